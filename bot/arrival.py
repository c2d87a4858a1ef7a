"""What is kept of an update: what a turn or an agent needs, and nothing that a customer wrote elsewhere.

The kept part is itself a valid update, so the inbox can give it back to python-telegram-bot after a crash. Quoted and
forwarded messages, names of files, thumbnails and the rest of Telegram's object are left behind at the door.
"""

from typing import Any

from telegram import MessageEntity
from telegram.constants import ChatType

from bot import keyboards
from bot.support import buttons, door
from bot.text import tidy
from tradein import imei

UPDATE_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that the gateway asks Telegram for."""

_WRITTEN = ("text", "caption")
_ATTACHMENTS = frozenset(
    {
        *("animation", "audio", "checklist", "contact", "dice", "document", "game", "invoice", "location"),
        *("paid_media", "photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice"),
    }
)
_MESSAGE_FRAME = ("message_id", "date", "edit_date")
_IN_TOPIC = ("message_thread_id", "is_topic_message")
_PERSON = ("id", "is_bot", "first_name", "language_code")
_NAMES_OF_FILES = frozenset({"file_id", "file_unique_id"})  # Telegram's own handles, no words
_SHED = frozenset({"file_name", "thumbnail", "thumb", "cover", "performer", "vcard"})


def prune(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a raw update that is kept, its texts tidied; raises whatever an unheard-of shape raises."""
    for kind in UPDATE_KINDS:
        if kind in raw:
            keep = {"callback_query": _query, "my_chat_member": _membership}.get(kind, _message)
            return {"update_id": raw["update_id"], kind: keep(raw[kind])}
    return {"update_id": raw["update_id"]}


def redacted(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a JSON value with every long number inside its strings blacked out (the names of files excepted)."""
    if isinstance(value, str):
        return imei.blacked_out(tidy(value))
    if isinstance(value, list):
        return [redacted(item) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _NAMES_OF_FILES else redacted(item) for key, item in value.items()}
    return value


def _message(raw: dict[str, Any]) -> dict[str, Any]:
    if raw["chat"]["type"] != ChatType.PRIVATE:
        return door.of_group(
            raw, attachments=_ATTACHMENTS, bare=lambda it: redacted(_without_names(it)), person=_person
        )
    kept: dict[str, Any] = {key: raw[key] for key in _MESSAGE_FRAME if key in raw}
    kept["chat"] = _chat(raw["chat"])
    if "from" in raw:
        kept["from"] = _person(raw["from"])
    for key in _WRITTEN:
        if key in raw:
            kept[key] = tidy(raw[key])
    command = _command(raw)
    if command:
        kept["entities"] = [command]
    for key in _ATTACHMENTS & raw.keys():
        kept[key] = redacted(_without_names(raw[key]))
    kept |= door.frame(raw) | door.happened(raw)
    words = door.written(raw, tidied=kept)
    return kept if words is None else {**kept, door.WRITTEN: words}


def _command(raw: dict[str, Any]) -> dict[str, Any] | None:
    """Return the entity of a command that opens a text; one elsewhere, or in a caption, is no command to us."""
    for entity in raw.get("entities") or ():
        if entity.get("type") == MessageEntity.BOT_COMMAND and entity.get("offset") == 0:
            return {"type": MessageEntity.BOT_COMMAND, "offset": 0, "length": entity["length"]}
    return None


def _query(raw: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: raw[key] for key in ("id", "chat_instance") if key in raw}
    # What is no button of ours is worth nothing, and may hold anything.
    data = raw.get("data")
    kept["data"] = data if keyboards.is_ours(data) or buttons.is_ours(data) else ""
    kept["from"] = _person(raw["from"])
    if "message" in raw:
        message = raw["message"]
        kept["message"] = {"message_id": message["message_id"], "date": message["date"], "chat": _chat(message["chat"])}
        kept["message"] |= {key: message[key] for key in _IN_TOPIC if key in message}
    return kept


def _membership(raw: dict[str, Any]) -> dict[str, Any]:
    return {**redacted(raw), "chat": _chat(raw["chat"]), "from": _person(raw["from"])}


def _chat(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: raw[key] for key in ("id", "type") if key in raw}


def _person(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: redacted(raw[key]) for key in _PERSON if key in raw}


def _without_names(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_without_names(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_names(item) for key, item in value.items() if key not in _SHED}
    return value
