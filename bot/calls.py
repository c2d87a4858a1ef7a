"""The calls that deliver an outbox message: one per kind.

reply   {"text", "buttons"?, "repeat"?}                 worded by the dialogue or the gateway
edit    {"message_id", "text", "buttons"?}              the same message again, with other words or buttons
notice  {"response", "params", "once"?, "repeat"?}      worded here, when it is sent
reminder {"reminder", "response", "params", "once"}     worded and asked after as it is taken in hand
menu    {"courier"}                                     the commands of the chat, a courier's or everybody's
progress {"response", "params", "message_id"}           an edit of the message that shows it, or else a new one

``buttons`` are rows as :func:`bot.keyboards.rows` lays them out; ``reply_to`` is a message that a notice answers. What
the group and the customers write to each other is carried by :mod:`bot.support.calls`.
"""

from typing import Any

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot import menu
from bot.keyboards import Rows
from bot.split import plain, split
from bot.support import calls as carrying
from bot.verdicts import Verdict, verdict
from bot.words import Words
from tradein.delivery import Delivery
from tradein.staff import MENU

IDEMPOTENT = frozenset({"edit", MENU}) | carrying.IDEMPOTENT
"""Kinds that may be repeated without anybody noticing."""
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
# Telegram reads a method's name in any case; by these python-telegram-bot gives the answer as it is. To make a message
# of it, of which one number is wanted, would take longer than the call itself.
_SEND, _EDIT = "sendmessage", "editmessagetext"


async def call(bot: Bot, delivery: Delivery, words: Words, *, as_plain: bool = False) -> list[int]:
    """Deliver a message; return the ids of the messages that came of it, none for a call that makes none.

    Raises telegram.error.TelegramError, and WordsMissing for a notice without words.
    """
    if delivery.kind in carrying.KINDS:
        return await carrying.call(bot, delivery, as_plain=as_plain)
    body = {**delivery.body, **delivery.to}
    if delivery.kind == "edit":
        await _edit(bot, delivery, body["text"], as_plain=as_plain)
        return []
    if delivery.kind == MENU:
        chat_id, courier = delivery.chat_id, body["courier"]
        await menu.show(bot, words, chat_id=chat_id, courier=courier, language=delivery.language)
        return []
    if (
        delivery.kind == "progress"
        and body.get("message_id")
        and await _edited(bot, delivery, words, as_plain=as_plain)
    ):
        return [int(body["message_id"])]
    place = body.get("place") or {"chat_id": delivery.chat_id}
    if body.get("answers"):
        place = {**place, "reply_parameters": body["answers"]}
    parts = split(_words_of(delivery, words))
    made: list[int] = []
    for part in parts:
        buttons = body.get("buttons") if part is parts[-1] else None
        sent = await bot.do_api_request(_SEND, place | _worded(part, buttons, as_plain=as_plain))
        made.append(int(sent["message_id"]))
    return made


async def _edited(bot: Bot, delivery: Delivery, words: Words, *, as_plain: bool) -> bool:
    """Edit the message that shows a progress; False if it is gone or too old, and a new one has to take its place."""
    try:
        await _edit(bot, delivery, _words_of(delivery, words), as_plain=as_plain)
    except BadRequest as error:
        reason = str(error).lower()
        if not any(part in reason for part in _GONE):
            if verdict(error) is Verdict.DELIVERED:
                return True
            raise
        return False
    return True


async def _edit(bot: Bot, delivery: Delivery, text: str, *, as_plain: bool) -> None:
    place = {"chat_id": delivery.chat_id, "message_id": delivery.body["message_id"]}
    await bot.do_api_request(_EDIT, place | _worded(text, delivery.body.get("buttons"), as_plain=as_plain))


def _words_of(delivery: Delivery, words: Words) -> str:
    body = {**delivery.body, **delivery.to}
    text: str = body.get("text") or words.say(
        body["response"], language=delivery.language, params=body.get("params") or {}
    )
    if body.get("repeat") and delivery.kind != "progress":
        text = f"{words.say('utter_repeat_mark', language=delivery.language)}\n{text}"
    return text


def _worded(text: str, buttons: Rows | None, *, as_plain: bool) -> dict[str, Any]:
    """Return a text and its buttons as the Bot API names them (sendMessage, editMessageText)."""
    worded: dict[str, Any] = {"text": plain(text)} if as_plain else {"text": text, "parse_mode": ParseMode.HTML}
    if buttons:
        worded["reply_markup"] = {"inline_keyboard": buttons}
    return worded | {"link_preview_options": {"is_disabled": True}}
