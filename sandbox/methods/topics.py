"""The topics of a forum: made, renamed, closed, reopened, deleted; and what is pinned."""

from collections.abc import Callable
from typing import Final

from telegram import ForumTopic, Sticker

from sandbox import forum
from sandbox.contents import kind_of
from sandbox.errors import Json, bad_request
from sandbox.methods.call import Call, Method
from sandbox.rooms import Conversation, Group

_EDIT: Final = ("can_manage_topics", "edit the topic")
_PINS: Final = ("can_pin_messages", "manage pinned messages in the chat")


def create_forum_topic(call: Call) -> Json:
    """Make a topic."""
    group = call.group("can_manage_topics", "create a topic")
    icon = call.given.text("icon_custom_emoji_id") or None
    made = forum.open_topic(
        call.world,
        group,
        call.bot,
        name=call.given.text("name"),
        icon_color=call.given.integer("icon_color"),
        icon=icon,
    )
    return ForumTopic(made.id, made.name, made.icon_color, icon_custom_emoji_id=icon).to_dict()


def edit_forum_topic(call: Call) -> bool:
    """Give a topic another name or icon."""
    group = call.group(*_EDIT)
    icon = call.given.text("icon_custom_emoji_id") if "icon_custom_emoji_id" in call.given.values else None
    thread = call.given.integer("message_thread_id")
    forum.edit_topic(call.world, group, call.bot, thread, name=call.given.text("name") or None, icon=icon)
    return True


def close_forum_topic(call: Call) -> bool:
    """Close a topic."""
    forum.close_topic(call.world, call.group(*_EDIT), call.bot, call.given.integer("message_thread_id"))
    return True


def reopen_forum_topic(call: Call) -> bool:
    """Reopen a topic."""
    group = call.group(*_EDIT)
    forum.close_topic(call.world, group, call.bot, call.given.integer("message_thread_id"), closed=False)
    return True


def delete_forum_topic(call: Call) -> bool:
    """Delete a topic with everything in it."""
    group = call.group("can_delete_messages", "delete the topic")
    forum.delete_topic(call.world, group, call.given.integer("message_thread_id"))
    return True


def get_forum_topic_icon_stickers(_: Call) -> list[Json]:
    """Return the icons anybody may put on a topic; their pictures are not here to download."""
    return [
        Sticker(
            f"CAAC{number}",
            number,
            100,
            100,
            is_animated=True,
            is_video=False,
            type=Sticker.CUSTOM_EMOJI,
            emoji=emoji,
            custom_emoji_id=number,
        ).to_dict()
        for number, emoji in forum.ICONS.items()
    ]


def pin_chat_message(call: Call) -> bool:
    """Pin a message; in a group a service message says so."""
    room = _pinning(call)
    message = call.message(room, "pin")
    if not kind_of(message):
        raise bad_request("message can't be pinned")
    if isinstance(room, Group):
        forum.pin(call.world, room, call.bot, message)
    return True


def unpin_chat_message(call: Call) -> bool:
    """Unpin a message, the newest where none is named."""
    room = _pinning(call)
    if not isinstance(room, Group):
        return True
    message_id = call.given.integer("message_id") or (room.pinned[-1] if room.pinned else 0)
    if message_id not in room.pinned:
        raise bad_request("message to unpin not found")
    forum.unpin(call.world, room, {message_id})
    return True


def _unpin_all(which: Callable[[Call, Group], set[int]]) -> Method:
    def unpin_all(call: Call) -> bool:
        room = _pinning(call)
        if isinstance(room, Group):
            forum.unpin(call.world, room, which(call, room))
        return True

    return unpin_all


def _of_topic(call: Call, group: Group) -> set[int]:
    known = forum.topic(group, call.given.integer("message_thread_id"))
    return {message["message_id"] for message in group.messages_of(known.id)}


def _pinning(call: Call) -> Conversation | Group:
    room = call.room()
    return call.group(*_PINS) if isinstance(room, Group) else room


METHODS: Final[dict[str, Method]] = {
    "createForumTopic": create_forum_topic,
    "editForumTopic": edit_forum_topic,
    "closeForumTopic": close_forum_topic,
    "reopenForumTopic": reopen_forum_topic,
    "deleteForumTopic": delete_forum_topic,
    "getForumTopicIconStickers": get_forum_topic_icon_stickers,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": _unpin_all(lambda _, group: set(group.pinned)),
    "unpinAllForumTopicMessages": _unpin_all(_of_topic),
}
