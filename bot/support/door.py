"""What is kept of an update from the support group, and of a customer's message for the case that it is carried there.

Numbers that may be an IMEI are blacked out sign for sign, so that the formatting around them stays where it was. Names
of people other than the writer, of files, and all that was quoted stay at the door.
"""

from collections.abc import Callable, Sequence
from typing import Any

from telegram import Message, MessageEntity

from tradein import imei

WRITTEN = "written"
"""The key beside Telegram's own ones in a stored message: ``{"text", "entities"}``, the words as they were typed."""
FORMATS = frozenset(
    {
        MessageEntity.BOLD,
        MessageEntity.ITALIC,
        MessageEntity.UNDERLINE,
        MessageEntity.STRIKETHROUGH,
        MessageEntity.SPOILER,
        MessageEntity.BLOCKQUOTE,
        MessageEntity.EXPANDABLE_BLOCKQUOTE,
        MessageEntity.CODE,
        MessageEntity.PRE,
        MessageEntity.TEXT_LINK,
    }
)
"""Formatting that goes along; addresses, hashtags and mentions Telegram finds again by itself."""

HAPPENED = "happened"
"""The key in a stored message that is a service message: something happened in the chat, and nobody said anything."""
SERVICE = ("forum_topic_created", "forum_topic_closed", "forum_topic_reopened", "migrate_to_chat_id")
_HAPPENINGS = frozenset(
    {
        *("pinned_message", "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"),
        *("general_forum_topic_hidden", "general_forum_topic_unhidden", "message_auto_delete_timer_changed"),
        *("new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo"),
        *("group_chat_created", "supergroup_chat_created", "migrate_to_chat_id", "migrate_from_chat_id"),
        *("video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited"),
        *("chat_owner_changed", "chat_owner_left", "chat_background_set", "boost_added", "gift", "unique_gift"),
        *("gift_upgrade_sent", "giveaway_created", "giveaway_completed", "proximity_alert_triggered"),
        *("checklist_tasks_done", "checklist_tasks_added", "poll_option_added", "poll_option_deleted"),
        *("users_shared", "chat_shared", "connected_website", "write_access_allowed", "web_app_data"),
        *("successful_payment", "refunded_payment", "direct_message_price_changed", "paid_message_price_changed"),
    }
)
"""The Bot API's service messages: what else comes with nothing known in it is a kind of message yet to be heard of."""
_FRAME = ("message_id", "date", "edit_date", "message_thread_id", "is_topic_message", "media_group_id")
_FIELDS = ("type", "offset", "length", "url", "language")
_STANDS_FOR = "\ufffd"

type Json = dict[str, Any]


def written(raw: Json, *, tidied: Json) -> Json | None:
    """Return a customer's words as typed, long numbers blacked out; None where the tidied ones say all there is."""
    key = "text" if "text" in raw else "caption" if "caption" in raw else None
    if key is None:
        return None
    words = {"text": imei.blacked_out(storable(raw[key])), "entities": formats(raw, key, imei.blacked_out)}
    return None if words == {"text": tidied.get(key), "entities": []} else words


def frame(raw: Json) -> Json:
    """Return what ties a message to others: the album it belongs to, what it answers and the words quoted of that."""
    kept: Json = {key: raw[key] for key in ("media_group_id",) if key in raw}
    answered = raw.get("reply_to_message")
    if answered:
        chat = {key: answered["chat"][key] for key in ("id", "type")}
        kept["reply_to_message"] = {"message_id": answered["message_id"], "date": answered["date"], "chat": chat}
    quote = raw.get("quote")
    if answered and quote and quote.get("is_manual"):
        text = imei.blacked_out(storable(quote["text"]))
        kept["quote"] = {"text": text, "position": quote["position"], "is_manual": True}
    return kept


def of_group(raw: Json, *, attachments: frozenset[str], bare: Any, person: Any) -> Json:  # noqa: ANN401 - functions
    """Return the part that is kept of a message in the group; ``bare`` and ``person`` prune what is inside it."""
    kept: Json = {key: raw[key] for key in _FRAME if key in raw}
    kept["chat"] = {key: raw["chat"][key] for key in ("id", "type") if key in raw["chat"]}
    if "from" in raw:
        kept["from"] = person(raw["from"])
    if "sender_chat" in raw:
        kept["sender_chat"] = {key: raw["sender_chat"][key] for key in ("id", "type")}
    kept |= frame(raw)
    for key in ("text", "caption"):
        if key in raw:
            kept[key] = imei.without_imeis(storable(raw[key]))
            found = formats(raw, key, imei.without_imeis)
            if found:
                kept[_entities_of(key)] = found
    for key in attachments & raw.keys():
        kept[key] = bare(raw[key])
    kept |= happened(raw)
    for key in SERVICE:
        if key in raw:
            kept[key] = raw[key] if key == "migrate_to_chat_id" else {}
    if "forum_topic_created" in kept:
        kept["forum_topic_created"] = {"name": "", "icon_color": 0}
    return kept


def happened(raw: Json) -> Json:
    """Return the mark of a service message, nothing for any other."""
    return {HAPPENED: True} if _HAPPENINGS & raw.keys() else {}


def says_nothing(message: Message, *, edited: bool) -> bool:
    """Say whether nobody said anything: a pin and the like, or the next step of who shares live where they walk."""
    return HAPPENED in message.api_kwargs or (edited and message.location is not None)


def formats(raw: Json, key: str, hide: Callable[[str], str]) -> list[Json]:
    """Return the formatting of a message's text or caption, without what is hidden in it.

    Nobody sees the address under a word, so nobody would notice the number in it: such a one stays behind. So does a
    code's language that holds a number or what a database refuses: people who don't mean to name one by a first line.
    """
    found: Sequence[Json] = raw.get(_entities_of(key)) or ()

    def clean(said: str) -> bool:
        return hide(storable(said)) == said

    return [
        {field: entity[field] for field in _FIELDS if field in entity and (field != "language" or clean(entity[field]))}
        for entity in found
        if entity["type"] in FORMATS and clean(entity.get("url", ""))
    ]


def storable(text: str) -> str:
    """Return ``text`` without what a database refuses to keep: zeroes and halves of a character."""
    if text.isascii() and "\0" not in text:
        return text
    return "".join(_STANDS_FOR if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)


def _entities_of(key: str) -> str:
    return "entities" if key == "text" else "caption_entities"
