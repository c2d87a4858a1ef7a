"""What a message holds and how it is carried: words with their formatting, or a copy of what Telegram has.

Words are sent as they were when the message came, never copied: between the two somebody may have edited them, and what
was public may be an internal note by now. A caption goes with its picture if it fits, else behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegram import Message, MessageEntity
from telegram.constants import MessageLimit

from bot.split import utf16_units
from bot.support.door import FORMATS, WRITTEN

LONGEST_CAPTION = int(MessageLimit.CAPTION_LENGTH) - 1
"""UTF-16 units; with one more a copy into a topic fails (tdlib/telegram-bot-api issue 334)."""
CARRIED = (
    *("photo", "video", "animation", "document", "audio", "voice", "video_note", "sticker"),
    *("contact", "venue", "location", "dice", "poll"),
)
"""Kinds that copyMessage copies; a venue has a location too, an animation a document: the first that fits counts."""
CAPTIONED = frozenset({"photo", "video", "animation", "document", "audio", "voice"})
EDITABLE = frozenset({"photo", "video", "animation", "document", "audio"})
"""Kinds that editMessageMedia puts in each other's place."""

BLACKED_OUT = "•" * 8
"""What a long number looks like at the least where it was blacked out."""

type Entity = dict[str, Any]
type Part = tuple[str, list[Entity]]


@dataclass(frozen=True, slots=True)
class Content:
    """A message to carry: its kind, its words with their formatting, the album it belongs to, the file in it."""

    kind: str
    text: str = ""
    entities: Sequence[Entity] = ()
    album: str | None = None
    file_id: str | None = None

    @property
    def too_long(self) -> bool:
        """Whether the words don't fit under what they belong to."""
        return self.kind != "text" and utf16_units(self.text) > LONGEST_CAPTION

    def signed(self, name: str) -> "Content":
        """Return the content with ``name`` above its words, if it has any."""
        if not self.text:
            return self
        head, shift = f"{name}\n", utf16_units(name) + 1
        bold: Entity = {"type": MessageEntity.BOLD, "offset": 0, "length": shift - 1}
        moved = [{**entity, "offset": entity["offset"] + shift} for entity in self.entities]
        return replace(self, text=head + self.text, entities=[bold, *moved])


def content_of(message: Message) -> Content | None:
    """Return what a message holds; None for a kind that can't be carried."""
    kind = "text" if message.text is not None else next((name for name in CARRIED if getattr(message, name)), None)
    if kind is None:
        return None
    text, entities = _words(message)
    attached = getattr(message, kind, None) if kind in EDITABLE else None
    largest = attached[-1] if kind == "photo" and attached else attached
    return Content(
        kind=kind,
        text=text,
        entities=entities,
        album=message.media_group_id,
        file_id=largest.file_id if largest is not None else None,
    )


def in_words(message: Message) -> Content | None:
    """Return a poll or a place in words where a number was blacked out in it: a copy would show it. None for others."""
    said: list[str] = []
    if message.poll:
        said = [message.poll.question, *(option.text for option in message.poll.options)]
    elif message.venue:
        said = [message.venue.title, message.venue.address]
    text = "\n".join(said)
    return Content("text", text) if BLACKED_OUT in text else None


def _words(message: Message) -> Part:
    typed = message.api_kwargs.get(WRITTEN)
    if typed:
        return typed["text"], list(typed["entities"])
    found = message.entities if message.text is not None else message.caption_entities
    return message.text or message.caption or "", [entity.to_dict() for entity in found if entity.type in FORMATS]


def parts(text: str, entities: Sequence[Entity], limit: int = MessageLimit.MAX_TEXT_LENGTH) -> list[Part]:
    """Return ``text`` in parts of at most ``limit`` UTF-16 units, each with the formatting that falls into it.

    Cut behind a line, else behind a word, if there is one in the last half of a part.
    """
    units = text.encode("utf-16-le")
    found: list[Part] = []
    start, end_of_all = 0, len(units) // 2
    while start < end_of_all:
        end = _cut(units, start, min(start + limit, end_of_all), end_of_all)
        part = units[start * 2 : end * 2].decode("utf-16-le")
        if part.strip():
            found.append((part, [inside for entity in entities if (inside := _inside(entity, start, end))]))
        start = end
    return found


def _cut(units: bytes, start: int, end: int, end_of_all: int) -> int:
    if end == end_of_all:
        return end
    half = start + (end - start) // 2
    for mark in ("\n", " "):
        at = _last(units, mark.encode("utf-16-le"), half, end)
        if at is not None:
            return at + 1
    low = int.from_bytes(units[end * 2 : end * 2 + 2], "little")
    return end - 1 if 0xDC00 <= low <= 0xDFFF else end  # noqa: PLR2004 - no character is cut in half


def _last(units: bytes, mark: bytes, start: int, end: int) -> int | None:
    return next((at for at in range(end - 1, start - 1, -1) if units[at * 2 : at * 2 + 2] == mark), None)


def _inside(entity: Entity, start: int, end: int) -> Entity | None:
    first = max(entity["offset"], start)
    last = min(entity["offset"] + entity["length"], end)
    return {**entity, "offset": first - start, "length": last - first} if first < last else None
