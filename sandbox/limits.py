"""Telegram's limits on what a bot may send, refused in Telegram's words."""

from typing import Any, Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ReactionEmoji

from sandbox.entities import Formatted, read_text
from sandbox.errors import Json, bad_request
from sandbox.parameters import Parameters

TEXT: Final = 4096
CAPTION: Final = 1024
ANSWER: Final = 200
CALLBACK_DATA: Final = 64
BUTTONS: Final = 100
ROW: Final = 8
REACTIONS: Final = frozenset(ReactionEmoji)
"""The emoji that Telegram takes as reactions; a tick is none of them."""
_ACTIONS: Final = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_EMPTY_ALLOWED: Final = frozenset({"switch_inline_query", "switch_inline_query_current_chat"})


def read_message_text(parameters: Parameters) -> Formatted:
    """Return the `text` of a message, 1-4096 UTF-16 units once its markup is read."""
    source = parameters.text("text")
    if not source:
        raise bad_request("message text is empty")
    text = read_text(source, parse_mode=parameters.text("parse_mode"), given=_entities(parameters, "entities"))
    if not text.text:
        raise bad_request("text must be non-empty")
    if text.length > TEXT:
        raise bad_request("message is too long")
    return text


def read_caption(parameters: Parameters) -> Formatted:
    """Return the `caption` of a photo or file, 0-1024 UTF-16 units once its markup is read."""
    return read_caption_of(
        {
            "caption": parameters.text("caption"),
            "parse_mode": parameters.text("parse_mode"),
            "caption_entities": _entities(parameters, "caption_entities"),
        }
    )


def read_caption_of(given: Json) -> Formatted:
    """Return the caption that comes with an InputMedia, under the same rules."""
    entities = given.get("caption_entities")
    caption = read_text(
        str(given.get("caption") or ""),
        parse_mode=str(given.get("parse_mode") or ""),
        given=entities if isinstance(entities, list) else None,
    )
    if caption.length > CAPTION:
        raise bad_request("message caption is too long")
    return caption


def _entities(parameters: Parameters, name: str) -> list[dict[str, object]]:
    given = parameters.structure(name, "MessageEntity")
    return [entity for entity in given if isinstance(entity, dict)] if isinstance(given, list) else []


def read_inline_keyboard(parameters: Parameters) -> InlineKeyboardMarkup | None:
    """Return the inline keyboard of `reply_markup`; None without one, and for those that replace the phone's own."""
    markup = parameters.structure("reply_markup", "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    given = markup.get("inline_keyboard")
    if given is None:
        return None
    if not isinstance(given, list) or any(not isinstance(row, list) for row in given):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    rows = [[_button(button) for button in row] for row in given if row]
    if sum(map(len, rows)) > BUTTONS or any(len(row) > ROW for row in rows):
        raise bad_request("reply markup is too long")
    return InlineKeyboardMarkup(rows) if rows else None


def _button(given: Any) -> InlineKeyboardButton:  # noqa: ANN401 - what the bot sent, to be judged
    problem = "can't parse inline keyboard button: "
    if not isinstance(given, dict):
        raise bad_request(f"{problem}InlineKeyboardButton must be an Object")
    text = given.get("text")
    if text is None:
        raise bad_request(f'{problem}can\'t find field "text"')
    if not isinstance(text, str):
        raise bad_request(f'{problem}field "text" must be of type String')
    action = next((name for name in _ACTIONS if given.get(name) or (name in _EMPTY_ALLOWED and name in given)), None)
    if action is None:
        raise bad_request(f"{problem}text buttons are unallowed in the inline keyboard")
    if not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if action == "callback_data" and not _is_callback_data(given["callback_data"]):
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url" and not str(given["url"]).startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{given['url']}' is invalid: wrong HTTP URL")
    known = {name: given[name] for name in ("text", "style", action) if name in given}
    return InlineKeyboardButton.de_json(known, None)


def _is_callback_data(data: object) -> bool:
    return isinstance(data, str) and 1 <= len(data.encode()) <= CALLBACK_DATA
