"""Text as Telegram reads it: HTML into entities, links and commands found in plain words, offsets in UTF-16 units."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from telegram import MessageEntity

from sandbox.errors import ApiError, bad_request
from sandbox.markup import Span, parse_html

OPAQUE: Final = frozenset({"code", "pre", "text_link", "url"})
"""Inside these nothing else is looked for."""

_FOUND: Final = (
    ("url", re.compile(r"\b(?:https?://|www\.|t\.me/)[^\s<>\"]*[^\s<>\".,:;!?)'\]]")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")),
    ("bot_command", re.compile(r"(?<![\w/@<>.#-])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w/@.])@[A-Za-z]\w{3,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#&])#\d*[^\W\d]\w*")),
)
_ORDER: Final = {"blockquote": 0, "expandable_blockquote": 0, "pre": 1}


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text and its entities, ready to be stored."""

    text: str
    entities: tuple[MessageEntity, ...] = ()

    @property
    def length(self) -> int:
        """UTF-16 code units of the text."""
        return utf16_length(self.text)


def utf16_length(text: str) -> int:
    """Code units the text takes in UTF-16: two for every character beyond U+FFFF."""
    return len(text) + sum(1 for character in text if character > "\uffff") if not text.isascii() else len(text)


def read_text(source: str, *, parse_mode: str = "", given: list[dict[str, object]] | None = None) -> Formatted:
    """Parse, clean, trim and mark up a text the way the Bot API does before it checks any limit.

    `parse_mode` is "" or "HTML" in any case; `given` are entities sent along instead. Refuses markup that
    doesn't parse, with the byte offset, and every other parse mode.
    """
    source = "".join(
        " " if character < " " and character != "\n" else character for character in source.replace("\r", "")
    )
    mode = parse_mode.lower()
    if mode in {"", "none"}:
        text, spans = source, _from_entities(source, given or [])
    elif mode == "html":
        text, spans = parse_html(source)
    elif mode in {"markdown", "markdownv2"}:
        raise bad_request("unsupported parse_mode (the sandbox reads HTML only)")
    else:
        raise bad_request("unsupported parse_mode")
    return _finish(text, spans)


def _finish(text: str, spans: list[Span]) -> Formatted:
    trimmed = text.strip(" \n\t\u00a0\u200e\u200f")
    shift = text.index(trimmed) if trimmed else 0
    kept = [replace(span, start=max(span.start - shift, 0), end=min(span.end - shift, len(trimmed))) for span in spans]
    kept = [span for span in dict.fromkeys(kept) if span.start < span.end]
    kept += _detect(trimmed, kept)
    kept.sort(key=lambda span: (span.start, -span.end, _ORDER.get(span.kind, 2)))
    unit = _utf16_offsets(trimmed)
    return Formatted(
        trimmed,
        tuple(
            MessageEntity(
                span.kind, unit(span.start), unit(span.end) - unit(span.start), url=span.url, language=span.language
            )
            for span in kept
        ),
    )


def _detect(text: str, spans: list[Span]) -> list[Span]:
    taken = [(span.start, span.end) for span in spans if span.kind in OPAQUE]
    found: list[Span] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= low or start >= high for low, high in taken):
                taken.append((start, end))
                found.append(Span(kind, start, end))
    return found


def _utf16_offsets(text: str) -> Callable[[int], int]:
    """Return the map from an index of the text to UTF-16 units; free of charge while no character needs two."""
    wide = [] if text.isascii() else [at for at, character in enumerate(text) if character > "\uffff"]
    return lambda index: index + sum(1 for at in wide if at < index)


def _from_entities(text: str, given: list[dict[str, object]]) -> list[Span]:
    """Entities sent as JSON, from UTF-16 units to indexes of the text."""
    if not given:
        return []
    units: list[int] = []
    for index, character in enumerate(text):
        units += [index] * (2 if character > "\uffff" else 1)
    units.append(len(text))
    spans = []
    for entity in given:
        kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
        if not isinstance(kind, str) or not isinstance(offset, int) or not isinstance(length, int):
            raise _unreadable_entity()
        if offset < 0 or length <= 0 or offset >= len(units):
            continue
        url, language = entity.get("url"), entity.get("language")
        spans.append(
            Span(
                kind,
                units[offset],
                units[min(offset + length, len(units) - 1)],
                url=str(url) if url else None,
                language=str(language) if language else None,
            )
        )
    return spans


def _unreadable_entity() -> ApiError:
    return bad_request('can\'t parse MessageEntity: field "type", "offset" or "length" is wrong')
