"""What a bot can ask about a chat and who is in it; and leaving it."""

from typing import Any, Final

from telegram import AcceptedGiftTypes, ChatFullInfo, ChatMember, ChatPermissions, Message, User

from sandbox import forum
from sandbox.errors import Json, bad_request
from sandbox.methods.call import Call, Method
from sandbox.rooms import Conversation, Group, membership

_PERMISSIONS: Final = (
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
    *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
    *("can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics"),
    *("can_edit_tag", "can_react_to_messages"),
)
_NOT_FOR_ALL: Final = frozenset({"can_change_info", "can_pin_messages", "can_manage_topics", "can_edit_tag"})


def get_chat(call: Call) -> Json:
    """Return the chat in full; accent colour and gifts are made up."""
    room = call.room()
    about = _about_group(call, room) if isinstance(room, Group) else {"type": "private", "first_name": room.first_name}
    return ChatFullInfo(
        room.id,
        accent_color_id=abs(room.id) % 7,
        max_reaction_count=11,
        accepted_gift_types=AcceptedGiftTypes(
            unlimited_gifts=True,
            limited_gifts=True,
            unique_gifts=True,
            premium_subscription=True,
            gifts_from_channels=True,
        ),
        **about,
    ).to_dict()


def _about_group(call: Call, group: Group) -> dict[str, Any]:
    pinned = call.world.message(group, group.pinned[-1]) if group.pinned else None
    permissions: dict[str, Any] = {name: name not in _NOT_FOR_ALL for name in _PERMISSIONS}
    return {
        "type": group.kind,
        "title": group.title,
        "is_forum": group.forum or None,
        "permissions": ChatPermissions(**permissions),
        "pinned_message": Message.de_json(pinned, None) if pinned else None,
    }


def get_chat_member(call: Call) -> Json:
    """Return a person or the bot as a member of the chat; who left a group is known to have."""
    room = call.room()
    user_id = call.given.integer("user_id")
    if user_id == call.bot.id:
        return _bot(call, room)
    if user_id <= 0:
        raise bad_request("invalid user_id specified")
    person = call.world.chats.get(user_id)
    if person is None or (isinstance(room, Conversation) and user_id != room.id):
        raise bad_request("user not found")
    status = room.members.get(user_id, ChatMember.LEFT) if isinstance(room, Group) else ChatMember.MEMBER
    return membership(person.customer, status).to_dict()


def _bot(call: Call, room: Conversation | Group) -> Json:
    if isinstance(room, Group):
        return membership(call.bot, room.bot_status, room.bot_rights).to_dict()
    return membership(call.bot, ChatMember.BANNED if room.blocked else ChatMember.MEMBER).to_dict()


def get_chat_administrators(call: Call) -> list[Json]:
    """Return the owner and the administrators of a group, the bot among them where it is one."""
    room = call.room()
    if not isinstance(room, Group):
        raise bad_request("there are no administrators in the private chat")
    people = [membership(user, status).to_dict() for user, status in _people(call, room) if status != ChatMember.MEMBER]
    return people + ([_bot(call, room)] if room.bot_status == ChatMember.ADMINISTRATOR else [])


def _people(call: Call, group: Group) -> list[tuple[User, str]]:
    return [(call.world.conversation(user_id).customer, status) for user_id, status in group.members.items()]


def get_chat_member_count(call: Call) -> int:
    """Return how many are in the chat, the bot counted."""
    room = call.room()
    return len(room.members) + 1 if isinstance(room, Group) else 2


def leave_chat(call: Call) -> bool:
    """Leave a group."""
    group = call.group()
    forum.set_bot(call.world, group, call.bot, status=ChatMember.LEFT, rights={})
    return True


METHODS: Final[dict[str, Method]] = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
}
