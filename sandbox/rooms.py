"""Chats: private ones, and groups with their members, topics and the bot's standing in them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from telegram import (
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberBanned,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberOwner,
    ChatMemberRestricted,
    User,
)

from sandbox.errors import Json
from sandbox.signals import Signal

GENERAL: Final = 1
"""The number of a forum's first topic; no message names it, and none can be sent to it by that number."""
SUPERGROUP: Final = 1_000_000_000_000
"""What a supergroup's own number is subtracted from to give its chat id."""
ALL_RIGHTS: Final = {
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_restrict_members": True,
    "can_invite_users": True,
    "can_pin_messages": True,
    "can_manage_topics": True,
    "can_change_info": True,
}
"""What a bot is given that somebody makes an administrator with every switch on that matters here."""
_NO_RIGHTS: Final = {
    "is_anonymous": False,
    "can_be_edited": False,
    "can_manage_chat": True,
    "can_delete_messages": False,
    "can_manage_video_chats": False,
    "can_restrict_members": False,
    "can_promote_members": False,
    "can_change_info": False,
    "can_invite_users": False,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_pin_messages": False,
    "can_manage_topics": False,
}
_RESTRICTED: Final = (
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
    *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
    *("can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics"),
    *("can_edit_tag", "can_react_to_messages"),
)


@dataclass(slots=True)
class Record:
    """A message, when it came to be and when it last changed, both in the world's sequence of changes."""

    message: Json
    born: int
    seq: int
    deleted: bool = False
    reactions: dict[str, str] = field(default_factory=dict)
    """The emoji each user put to it, by user id; no message shows them to a bot."""


@dataclass(slots=True)
class Room:
    """What every chat has."""

    id: int
    last_message_id: int = field(default=0, kw_only=True)
    records: dict[int, Record] = field(default_factory=dict, kw_only=True)
    """By message id, the last changed last."""
    changed: Signal = field(default_factory=Signal, kw_only=True)

    @property
    def chat(self) -> Chat:
        """The chat as the Bot API shows it."""
        raise NotImplementedError

    def kept(self) -> Json:
        """Return what the store holds of the chat itself."""
        raise NotImplementedError


@dataclass(slots=True)
class Conversation(Room):
    """A private chat between the bot and one person; chat id and user id are the same, as in Telegram."""

    first_name: str
    language_code: str = "en"
    blocked: bool = False
    read_message_id: int = 0
    """The newest message of the person that the bot has taken: what two ticks show."""

    @property
    def chat(self) -> Chat:
        """The chat as the Bot API shows it."""
        return Chat(self.id, Chat.PRIVATE, first_name=self.first_name)

    @property
    def customer(self) -> User:
        """The person in it."""
        return User(self.id, self.first_name, is_bot=False, language_code=self.language_code)

    def kept(self) -> Json:
        """Return what the store holds of the chat itself."""
        return {
            "id": self.id,
            "first_name": self.first_name,
            "language_code": self.language_code,
            "blocked": self.blocked,
            "last_message_id": self.last_message_id,
            "read_message_id": self.read_message_id,
        }


@dataclass(slots=True)
class Topic:
    """One topic of a forum. A deleted one is remembered; `late` has Telegram say so instead of knowing nothing."""

    id: int
    name: str
    icon_color: int
    icon_custom_emoji_id: str | None = None
    closed: bool = False
    deleted: bool = False
    late: bool = False


@dataclass(slots=True)
class Group(Room):
    """A group of people and the bot; as a rule a supergroup with topics."""

    title: str
    kind: str = Chat.SUPERGROUP
    forum: bool = True
    members: dict[int, str] = field(default_factory=dict)
    """User id to "creator", "administrator" or "member"; who left is not in it."""
    bot_status: str = ChatMember.ADMINISTRATOR
    bot_rights: dict[str, bool] = field(default_factory=lambda: dict(ALL_RIGHTS))
    topics: dict[int, Topic] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None
    """Where a basic group has gone; what is sent to it is answered with this id."""

    @property
    def chat(self) -> Chat:
        """The chat as the Bot API shows it."""
        return Chat(self.id, self.kind, title=self.title, is_forum=True if self.forum else None)

    def kept(self) -> Json:
        """Return what the store holds of the chat itself."""
        return {
            "id": self.id,
            "title": self.title,
            "kind": self.kind,
            "forum": self.forum,
            "members": {str(user_id): status for user_id, status in self.members.items()},
            "bot_status": self.bot_status,
            "bot_rights": self.bot_rights,
            "topics": [asdict(topic) for topic in self.topics.values()],
            "pinned": self.pinned,
            "migrated_to": self.migrated_to,
            "last_message_id": self.last_message_id,
        }

    @classmethod
    def of_kept(cls, kept: Json) -> "Group":
        """Return the group as the store held it."""
        members = {int(user_id): status for user_id, status in kept["members"].items()}
        topics = {topic["id"]: Topic(**topic) for topic in kept["topics"]}
        return cls(**{**kept, "members": members, "topics": topics})

    def allows(self, right: str) -> bool:
        """Say whether the bot has an administrator's right here."""
        return self.bot_status == ChatMember.ADMINISTRATOR and self.bot_rights.get(right, False)

    def messages_of(self, topic_id: int) -> Iterator[Json]:
        """Yield what stands in a topic, in any order."""
        for record in self.records.values():
            if not record.deleted and record.message.get("message_thread_id") == topic_id:
                yield record.message


def membership(user: User, status: str, rights: dict[str, bool] | None = None) -> ChatMember:
    """Return a user's standing; somebody banned is so for ever."""
    match status:
        case ChatMember.OWNER:
            return ChatMemberOwner(user, is_anonymous=False)
        case ChatMember.ADMINISTRATOR:
            allowed: dict[str, Any] = _NO_RIGHTS | (rights or {})
            return ChatMemberAdministrator(user, **allowed)
        case ChatMember.RESTRICTED:
            nothing: dict[str, Any] = dict.fromkeys(_RESTRICTED, False)
            return ChatMemberRestricted(user, is_member=True, until_date=datetime.fromtimestamp(0, UTC), **nothing)
        case ChatMember.LEFT:
            return ChatMemberLeft(user)
        case ChatMember.BANNED:
            return ChatMemberBanned(user, until_date=datetime.fromtimestamp(0, UTC))
        case _:
            return ChatMemberMember(user)
