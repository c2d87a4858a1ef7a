"""What happens to a group: topics, pins, members, the bot's rights, its upgrade; done by the bot or by people.

Each leaves a service message where Telegram leaves one. The bot is told of those it caused itself, too, as in Telegram;
of a topic deleted by hand it is told nothing.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from telegram import (
    Chat,
    ChatMember,
    ChatMemberUpdated,
    ForumTopicClosed,
    ForumTopicCreated,
    ForumTopicEdited,
    ForumTopicReopened,
    User,
)
from telegram.constants import ForumIconColor

from sandbox.contents import kind_of
from sandbox.errors import Json, bad_request
from sandbox.messages import compose
from sandbox.rooms import SUPERGROUP, Group, Topic, membership
from sandbox.world import World

ICONS: Final = {
    "5434144690511290129": "📰",
    "5312536423851630001": "💡",
    "5312016608254762256": "⚡️",
    "5377544228505134960": "🎙",
    "5418085807791545980": "🔝",
    "5370870893004203704": "🗣",
    "5420216386448270341": "🆒",
    "5379748062124056162": "❗️",
    "5373251851074415873": "📝",
    "5377316857231450742": "❓",
    "5237699328843200968": "✅",
}
"""Custom emoji that anybody may put on a topic, of those that Telegram offers."""
_NAME_LIMIT: Final = 128


# --- groups and who is in them ----------------------------------------------------------------------------------------
def found(
    world: World, *, title: str, chat_id: int | None = None, kind: str = Chat.SUPERGROUP, forum: bool = True
) -> Group:
    """Make a group that the bot administers, with every right; nobody else is in it yet."""
    number = -world.next_person() - (SUPERGROUP if kind == Chat.SUPERGROUP else 0)
    group = Group(chat_id or number, title, kind=kind, forum=forum)
    world.groups[group.id] = group
    _changed(world, group)
    return group


def summary(world: World, group: Group) -> Json:
    """Return what the page knows of a group beside its messages."""
    people = [(world.chats[user_id], status) for user_id, status in group.members.items() if user_id in world.chats]
    return {
        "id": group.id,
        "title": group.title,
        "kind": group.kind,
        "forum": group.forum,
        "members": [{"id": who.id, "first_name": who.first_name, "status": status} for who, status in people],
        "bot": {"status": group.bot_status, "rights": group.bot_rights},
        "topics": [
            asdict(topic) | {"emoji": ICONS.get(topic.icon_custom_emoji_id or "")}
            for topic in group.topics.values()
            if not topic.deleted
        ],
        "pinned": group.pinned,
        "migrated_to": group.migrated_to,
    }


def join(world: World, group: Group, user: User, *, status: str = ChatMember.MEMBER) -> None:
    """Let a person into the group, or give one who is in it another standing."""
    before = group.members.get(user.id, ChatMember.LEFT)
    group.members[user.id] = status
    _standing_changed(world, group, user, membership(user, before), membership(user, status))
    if before == ChatMember.LEFT:
        _service(world, group, user, 0, new_chat_members=[user.to_dict()])


def leave(world: World, group: Group, user: User) -> None:
    """Let a member go."""
    before = group.members.pop(user.id, None)
    if before is None:
        raise bad_request("the user is not a member of the group")
    _standing_changed(world, group, user, membership(user, before), membership(user, ChatMember.LEFT))
    _service(world, group, user, 0, left_chat_member=user.to_dict())


def set_bot(world: World, group: Group, by: User, *, status: str, rights: dict[str, bool]) -> None:
    """Change the bot's standing: promote, demote, restrict or remove it."""
    bot = world.bot(world.bot_id)
    before = membership(bot, group.bot_status, group.bot_rights)
    group.bot_status, group.bot_rights = status, rights
    _standing_changed(world, group, by, before, membership(bot, status, rights))


def _standing_changed(world: World, group: Group, by: User, before: ChatMember, after: ChatMember) -> None:
    _changed(world, group)
    now = datetime.fromtimestamp(int(world.clock()), UTC)
    update = ChatMemberUpdated(group.chat, by, now, before, after).to_dict()
    if after.user.is_bot:
        world.updates.add("my_chat_member", update)
    elif group.bot_status == ChatMember.ADMINISTRATOR:
        world.updates.add("chat_member", update)


def migrate(world: World, group: Group, by: User) -> Group:
    """Upgrade the group: another id, the same people, and nothing of what was written; topics are to be made anew."""
    if group.migrated_to is not None:
        raise bad_request("the group was upgraded already")
    successor = Group(
        -SUPERGROUP - world.next_person(),
        group.title,
        forum=group.forum,
        members=dict(group.members),
        bot_status=group.bot_status,
        bot_rights=dict(group.bot_rights),
    )
    world.groups[successor.id] = successor
    _service(world, group, by, 0, migrate_to_chat_id=successor.id)
    group.migrated_to = successor.id
    _changed(world, group)
    _changed(world, successor)
    _service(world, successor, by, 0, migrate_from_chat_id=group.id)
    return successor


# --- topics -----------------------------------------------------------------------------------------------------------
def topic(group: Group, thread: int) -> Topic:
    """Return a topic for a change to it. Refuses what is none, or none any more."""
    known = group.topics.get(thread)
    if known is None or known.deleted:
        raise bad_request("TOPIC_DELETED" if known and known.late else "TOPIC_ID_INVALID")
    return known


def open_topic(
    world: World, group: Group, by: User, *, name: str, icon_color: int = 0, icon: str | None = None
) -> Topic:
    """Make a topic; its number is that of the service message that opens it."""
    if not group.forum:
        raise bad_request("the chat is not a forum")
    colours = [int(colour) for colour in ForumIconColor]
    if icon_color and icon_color not in colours:
        raise bad_request("ICON_COLOR_INVALID")
    colour = icon_color or colours[len(group.topics) % len(colours)]
    created = ForumTopicCreated(_named(name), colour, icon_custom_emoji_id=_known_icon(icon)).to_dict()
    thread = group.last_message_id + 1
    made = Topic(thread, created["name"], colour, icon_custom_emoji_id=icon)
    group.topics[thread] = made
    _service(world, group, by, thread, forum_topic_created=created)
    _changed(world, group)
    return made


def edit_topic(
    world: World, group: Group, by: User, thread: int, *, name: str | None = None, icon: str | None = None
) -> None:
    """Give a topic another name or icon; "" takes the icon away. Refuses what changes nothing."""
    edited = topic(group, thread)
    name = _named(name) if name and _named(name) != edited.name else None
    if icon is not None and (_known_icon(icon) or None) == edited.icon_custom_emoji_id:
        icon = None
    if name is None and icon is None:
        raise bad_request("TOPIC_NOT_MODIFIED")
    edited.name = name or edited.name
    if icon is not None:
        edited.icon_custom_emoji_id = icon or None
    _service(world, group, by, thread, forum_topic_edited=ForumTopicEdited(name, icon).to_dict())
    _changed(world, group)


def close_topic(world: World, group: Group, by: User, thread: int, *, closed: bool = True) -> None:
    """Close or reopen a topic. Refuses what changes nothing."""
    changed = topic(group, thread)
    if changed.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    changed.closed = closed
    if closed:
        _service(world, group, by, thread, forum_topic_closed=ForumTopicClosed().to_dict())
    else:
        _service(world, group, by, thread, forum_topic_reopened=ForumTopicReopened().to_dict())
    _changed(world, group)


def delete_topic(world: World, group: Group, thread: int, *, late: bool = False) -> None:
    """Delete a topic and all that stands in it. `late` lets Telegram answer TOPIC_DELETED to who sends there."""
    gone = topic(group, thread)
    gone.deleted, gone.late = True, late
    for message in list(group.messages_of(thread)):
        world.remove(group, message["message_id"])
    group.pinned = [number for number in group.pinned if world.message(group, number)]
    _changed(world, group)


def _named(name: str) -> str:
    """Return a topic's name as Telegram keeps it: cut, not refused, where it is too long."""
    kept = name.strip()[:_NAME_LIMIT]
    if not kept:
        raise bad_request("topic title must be non-empty")
    return kept


def _known_icon(icon: str | None) -> str | None:
    if icon and icon not in ICONS:
        raise bad_request("DOCUMENT_INVALID")
    return icon


# --- pins -------------------------------------------------------------------------------------------------------------
def pin(world: World, group: Group, by: User, message: Json) -> None:
    """Pin a message; a second time changes nothing."""
    if message["message_id"] in group.pinned:
        return
    group.pinned = [*group.pinned, message["message_id"]]
    shown = {key: value for key, value in message.items() if key != "reply_to_message"}
    thread = message["message_thread_id"] if message.get("is_topic_message") else 0
    _service(world, group, by, thread, pinned_message=shown)
    _changed(world, group)


def unpin(world: World, group: Group, message_ids: set[int]) -> None:
    """Take pins away."""
    group.pinned = [number for number in group.pinned if number not in message_ids]
    _changed(world, group)


# --- what the bot hears ----------------------------------------------------------------------------------------------
def hear(world: World, group: Group, kind: str, message: Json) -> None:
    """Queue an update about a message, if the bot is there and, where it is a plain member, its privacy lets it see it.

    With privacy mode on, as BotFather leaves it, that is commands and replies to the bot.
    """
    if group.bot_status in {ChatMember.LEFT, ChatMember.BANNED}:
        return
    if group.bot_status != ChatMember.ADMINISTRATOR and kind_of(message):
        entities = [*message.get("entities", ()), *message.get("caption_entities", ())]
        replied = message.get("reply_to_message", {})
        to_bot = replied.get("from", {}).get("is_bot") and kind_of(replied)
        if not to_bot and not any(entity["type"] == "bot_command" for entity in entities):
            return
    world.updates.add(kind, message)


def _service(world: World, group: Group, by: User, thread: int, **content: object) -> None:
    message = world.post(group, compose(group, by, at=world.clock(), content=dict(content), thread=thread))
    hear(world, group, "message", message)


def _changed(world: World, group: Group) -> None:
    world.keep(group)
    world.watchers.tell("group", summary(world, group))
