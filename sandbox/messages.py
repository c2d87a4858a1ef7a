"""Messages in the Bot API's shape, their parts built by python-telegram-bot's own classes, kept as JSON."""

from collections.abc import Iterable
from typing import Any

from telegram import Document, InlineKeyboardMarkup, PhotoSize, User

from sandbox.entities import Formatted
from sandbox.errors import Json
from sandbox.files import StoredFile
from sandbox.world import Conversation


def compose(
    conversation: Conversation,
    sender: User,
    *,
    at: float,
    text: Formatted | None = None,
    caption: Formatted | None = None,
    photo: StoredFile | None = None,
    document: StoredFile | None = None,
    keyboard: InlineKeyboardMarkup | None = None,
    reply_to: Json | None = None,
    **more: Any,  # noqa: ANN401 - further fields, as the Bot API names them
) -> Json:
    """Return a message of this sender at Unix time `at`; its id, 0 here, is given when it is posted."""
    message: Json = {
        "message_id": 0,
        "date": int(at),
        "chat": conversation.chat.to_dict(),
        "from": sender.to_dict(),
        **more,
    }
    for field, formatted in (("text", text), ("caption", caption)):
        if formatted:
            message = with_text(message, field, formatted)
    if photo:
        message["photo"] = [PhotoSize(photo.file_id, photo.unique_id, photo.width, photo.height, photo.size).to_dict()]
    if document:
        message["document"] = Document(
            document.file_id,
            document.unique_id,
            file_name=document.name or None,
            mime_type=document.mime or None,
            file_size=document.size,
        ).to_dict()
    message = with_keyboard(message, keyboard)
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
