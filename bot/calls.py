"""The calls that deliver an outbox message: one per kind.

reply   {"text", "buttons"?, "repeat"?}                 worded by the dialogue or the gateway
edit    {"message_id", "text", "buttons"?}              the same message again, with other words or buttons
notice  {"response", "params", "once"?, "repeat"?}      worded here, when it is sent
progress {"response", "params", "message_id"}           an edit of the message that shows it, or else a new one

``buttons`` are rows as :func:`bot.keyboards.rows` lays them out.
"""

from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.keyboards import Rows
from bot.split import plain, split
from bot.verdicts import Verdict, verdict
from bot.words import Words
from tradein.delivery import Delivery

IDEMPOTENT = frozenset({"edit"})
"""Kinds that may be repeated without anybody noticing."""
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def call(bot: Bot, delivery: Delivery, words: Words, *, as_plain: bool = False) -> int | None:
    """Deliver a message; return the id that Telegram gave it, None for a call that makes none.

    Raises telegram.error.TelegramError, and WordsMissing for a notice without words.
    """
    chat_id, body = delivery.chat_id, delivery.body
    buttons = _markup(body.get("buttons"))
    if delivery.kind == "edit":
        await bot.edit_message_text(
            chat_id=chat_id,
            message_id=body["message_id"],
            reply_markup=buttons,
            link_preview_options=_NO_PREVIEW,
            **_worded(body["text"], as_plain=as_plain),
        )
        return None
    if body.get("message_id") and await _edited(bot, delivery, words, as_plain=as_plain):
        return int(body["message_id"])
    parts = split(_words_of(delivery, words))
    sent: Message | None = None
    for part in parts:
        sent = await bot.send_message(
            chat_id=chat_id,
            reply_markup=buttons if part is parts[-1] else None,
            link_preview_options=_NO_PREVIEW,
            **_worded(part, as_plain=as_plain),
        )
    return sent.message_id if sent else None


async def _edited(bot: Bot, delivery: Delivery, words: Words, *, as_plain: bool) -> bool:
    """Edit the message that shows a progress; False if it is gone or too old, and a new one has to take its place."""
    try:
        await bot.edit_message_text(
            chat_id=delivery.chat_id,
            message_id=delivery.body["message_id"],
            link_preview_options=_NO_PREVIEW,
            **_worded(_words_of(delivery, words), as_plain=as_plain),
        )
    except BadRequest as error:
        reason = str(error).lower()
        if not any(part in reason for part in _GONE):
            if verdict(error) is Verdict.DELIVERED:
                return True
            raise
        return False
    return True


def _words_of(delivery: Delivery, words: Words) -> str:
    body = delivery.body
    text: str = body.get("text") or words.say(
        body["response"], language=delivery.language, params=body.get("params") or {}
    )
    if body.get("repeat") and delivery.kind != "progress":
        text = f"{words.say('utter_repeat_mark', language=delivery.language)}\n{text}"
    return text


def _worded(text: str, *, as_plain: bool) -> dict[str, Any]:
    return {"text": plain(text)} if as_plain else {"text": text, "parse_mode": ParseMode.HTML}


def _markup(rows: Rows | None) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button["text"], callback_data=button["callback_data"]) for button in row]
            for row in rows
        ]
    )
