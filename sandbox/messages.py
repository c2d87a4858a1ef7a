"""Messages in the Bot API's shape, their parts built by python-telegram-bot's own classes, kept as JSON."""

from collections.abc import Iterable
from typing import Any

from telegram import InlineKeyboardMarkup, User

from sandbox.entities import Formatted
from sandbox.errors import Json
from sandbox.rooms import Group, Room


def compose(
    room: Room,
    sender: User,
    *,
    at: float,
    content: Json,
    keyboard: InlineKeyboardMarkup | None = None,
    reply_to: Json | None = None,
    thread: int = 0,
    **more: Any,  # noqa: ANN401 - further fields, as the Bot API names them
) -> Json:
    """Return a message of this sender at Unix time `at`; its id, 0 here, is given when it is posted.

    `thread` is the topic it stands in, 0 for a private chat and a forum's General.
    """
    message: Json = {"message_id": 0, "date": int(at), "chat": room.chat.to_dict(), "from": sender.to_dict(), **more}
    if thread:
        message |= {"message_thread_id": thread, "is_topic_message": True}
    elif reply_to and isinstance(room, Group):
        # As in Telegram: outside of topics every chain of replies is a thread, named by its first message.
        message["message_thread_id"] = reply_to.get("message_thread_id", reply_to["message_id"])
    message = with_keyboard(message | content, keyboard)
    if reply_to is None and thread and isinstance(room, Group) and thread in room.records:
        # As in Telegram: what replies to nothing else replies to the service message that opened the topic.
        reply_to = room.records[thread].message
    if reply_to:
        message["reply_to_message"] = {key: value for key, value in reply_to.items() if key != "reply_to_message"}
    return message


def with_text(message: Json, field: str, text: Formatted) -> Json:
    """Return the message with another `text` or `caption`; an empty one takes the field away."""
    entities = "entities" if field == "text" else f"{field}_entities"
    changed = {key: value for key, value in message.items() if key not in {field, entities}}
    if text.text:
        changed[field] = text.text
        if text.entities:
            changed[entities] = [entity.to_dict() for entity in text.entities]
    return changed


def with_keyboard(message: Json, keyboard: InlineKeyboardMarkup | None) -> Json:
    """Return the message with this keyboard, or with none."""
    changed = {key: value for key, value in message.items() if key != "reply_markup"}
    return changed | {"reply_markup": keyboard.to_dict()} if keyboard else changed


def same_content(one: Json, other: Json) -> bool:
    """Say whether a reader would see the same: dates of edits don't count."""
    return _content(one.items()) == _content(other.items())


def _content(fields: Iterable[tuple[str, Any]]) -> Json:
    return {key: value for key, value in fields if key != "edit_date"}
