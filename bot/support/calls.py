"""The calls that carry messages between the group and the customers: one per kind.

say      {"text", "entities"}                              words as they were typed
copy     {"from", "message_id", "text"?, "entities"?}      a copy; "text" takes the place of the caption
copies   {"from", "message_ids", "bare"?, "files"}         an album; "bare" leaves the captions behind
amend    {"kind", "text", "entities", "file"?}             an edit of the message that ``twin`` names
retract  {}                                                ``twins`` are deleted
receipt  {"message_id", "emoji"}                           a reaction
topic    {"do": "close"}                                   closes the topic

Where to and what it answers was looked up when the message was taken in hand (:mod:`bot.support.addressing`):
``place``, ``answers``, ``twin`` and ``twins`` are never stored.
"""

from collections.abc import Callable
from typing import Any

from telegram import (
    Bot,
    InputMedia,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MessageEntity,
)
from telegram.error import BadRequest

from bot.verdicts import Verdict, verdict
from tradein.delivery import Delivery

KINDS = frozenset({"say", "copy", "copies", "amend", "retract", "receipt", "topic"})
CARRYING = frozenset({"say", "copy", "copies"})
"""Kinds that make a message of a person's: rather marked as in doubt than sent twice."""
IDEMPOTENT = frozenset({"amend", "retract", "receipt", "topic", "card"})
_OVER = ("message to edit not found", "message can't be edited", "message to delete not found", "message_id_invalid")

_MEMBERS: dict[str, Callable[..., InputMedia]] = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "document": InputMediaDocument,
    "audio": InputMediaAudio,
}

type Body = dict[str, Any]


async def call(bot: Bot, delivery: Delivery, *, as_plain: bool = False) -> list[int]:
    """Make the call; return the ids of the messages that came of it. Raises telegram.error.TelegramError."""
    body = {**delivery.body, **delivery.to}
    try:
        return await _make(bot, delivery, body, as_plain=as_plain)
    except BadRequest as error:
        if "quote" not in str(error).lower() or "quote" not in (body.get("answers") or {}):
            raise
    # The quoted words are not in the message any more: then it is an answer to all of it.
    answers = {key: value for key, value in body["answers"].items() if key != "quote"}
    return await _make(bot, delivery, {**body, "answers": answers}, as_plain=as_plain)


async def _make(bot: Bot, delivery: Delivery, body: Body, *, as_plain: bool) -> list[int]:
    match delivery.kind:
        case "say":
            words = _words("text", body, as_plain=as_plain)
            return [_id(await bot.do_api_request("sendmessage", _to(body) | words | _UNSEEN))]
        case "copy":
            source = {"from_chat_id": body["from"], "message_id": body["message_id"]}
            caption = _words("caption", body, as_plain=as_plain) if "text" in body else {}
            return [_id(await bot.do_api_request("copymessage", _to(body) | source | caption))]
        case "copies":
            return await _copies(bot, body)
        case "amend" if body["twin"] is not None:
            await _unless_over(bot, *_amendment(body, as_plain=as_plain))
        case "retract" if body["twins"]:
            there = {"chat_id": body["place"]["chat_id"], "message_ids": body["twins"]}
            await _unless_over(bot, "deletemessages", there)
        case "receipt":
            reaction = [{"type": "emoji", "emoji": body["emoji"]}]
            there = {"chat_id": body["place"]["chat_id"], "message_id": body["message_id"], "reaction": reaction}
            await bot.do_api_request("setmessagereaction", there)
        case "topic":
            await bot.do_api_request("closeforumtopic", body["place"])
        case _:
            pass  # what it was about never arrived
    return []


_UNSEEN: Body = {"link_preview_options": {"is_disabled": True}}


async def _copies(bot: Bot, body: Body) -> list[int]:
    """Copy an album, which copyMessages keeps together.

    It takes no answer. So an album that answers something is made anew of the same files; where Telegram won't have
    them so, it arrives without what it answers.
    """
    if body.get("answers") and all(body.get("files") or [None]):
        try:
            return await _album(bot, body)
        except BadRequest as error:
            if verdict(error) is not Verdict.HOPELESS or "quote" in str(error).lower():
                raise
    source: Body = {"from_chat_id": body["from"], "message_ids": body["message_ids"]}
    if body.get("bare"):
        source["remove_caption"] = True
    return [_id(made) for made in await bot.do_api_request("copymessages", body["place"] | source)]


async def _album(bot: Bot, body: Body) -> list[int]:
    if len(body["files"]) == 1:  # sendMediaGroup takes two at least
        source = {"from_chat_id": body["from"], "message_id": body["message_ids"][0]}
        caption = {"caption": ""} if body.get("bare") else {}
        return [_id(await bot.do_api_request("copymessage", _to(body) | source | caption))]
    media = [_member(file, bare=bool(body.get("bare"))) for file in body["files"]]
    return [_id(made) for made in await bot.do_api_request("sendmediagroup", _to(body) | {"media": media})]


def _member(file: Body, *, bare: bool) -> InputMedia:
    kind = _MEMBERS[file["type"]]
    if bare:
        return kind(file["media"])
    entities = MessageEntity.de_list(file.get("caption_entities") or [])
    return kind(file["media"], caption=file.get("caption"), caption_entities=entities)


def _amendment(body: Body, *, as_plain: bool) -> tuple[str, Body]:
    there = {"chat_id": body["place"]["chat_id"], "message_id": body["twin"]}
    if body["kind"] == "text":
        return "editmessagetext", there | _words("text", body, as_plain=as_plain) | _UNSEEN
    caption = _words("caption", body, as_plain=as_plain)
    if not body.get("file"):
        return "editmessagecaption", there | caption
    return "editmessagemedia", there | {"media": {"type": body["kind"], "media": body["file"], **caption}}


async def _unless_over(bot: Bot, method: str, payload: Body) -> None:
    """Edit or delete; a message that is gone or says so already is as it should be."""
    try:
        await bot.do_api_request(method, payload)
    except BadRequest as error:
        reason = str(error).lower()
        if verdict(error) is not Verdict.DELIVERED and not any(part in reason for part in _OVER):
            raise


def _to(body: Body) -> Body:
    answers = body.get("answers")
    return {**body["place"], "reply_parameters": answers} if answers else dict(body["place"])


def _words(key: str, body: Body, *, as_plain: bool) -> Body:
    entities = [] if as_plain else body.get("entities") or []
    named = "entities" if key == "text" else "caption_entities"
    return {key: body["text"], named: entities} if entities else {key: body["text"]}


def _id(made: Any) -> int:  # noqa: ANN401 - JSON of the Bot API
    return int(made["message_id"])
