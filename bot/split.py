"""Telegram's limit of a message's length, kept without breaking the HTML.

The Bot API counts a text in UTF-16 units after its entities are parsed (sendMessage, ``text``: 1-4096).
"""

import html
import re
from dataclasses import dataclass

from telegram.constants import MessageLimit

_ATOM = re.compile(r"<(?P<close>/?)(?P<tag>[a-zA-Z-]+)[^>]*>|&#?\w+;|.", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_SENTENCE_ENDS = frozenset(".!?।")  # the last one ends a sentence in Devanagari


@dataclass(frozen=True, slots=True)
class _Atom:
    """The smallest piece that can't be cut: a character, a character reference, or a tag (no units)."""

    markup: str
    units: int
    tag: str = ""
    closes: bool = False


def utf16_units(text: str) -> int:
    """Return the length of ``text`` as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def plain(markup: str) -> str:
    """Return the words of an HTML text: what is sent when Telegram can't read the markup."""
    return html.unescape(_TAG.sub("", markup))


def split(markup: str, limit: int = MessageLimit.MAX_TEXT_LENGTH) -> list[str]:
    """Return the parts of an HTML text, each at most ``limit`` UTF-16 units of words and valid HTML by itself.

    Cut after a paragraph if there is one in the last half of a part, else after a line, a sentence, a word.
    """
    if utf16_units(markup) <= limit:
        return [markup]
    parts: list[str] = []
    rest = [_atom(match) for match in _ATOM.finditer(markup)]
    open_tags: list[_Atom] = []
    while rest:
        cut = _cut(rest, limit)
        part, rest = rest[:cut], rest[cut:]
        opening = "".join(tag.markup for tag in open_tags)
        for atom in part:
            if atom.closes and open_tags:
                open_tags.pop()
            elif atom.tag and not atom.closes:
                open_tags.append(atom)
        closing = "".join(f"</{tag.tag}>" for tag in reversed(open_tags))
        body = "".join(atom.markup for atom in part)
        if plain(body).strip():
            parts.append(opening + body.strip() + closing)
    return parts


def _atom(match: re.Match[str]) -> _Atom:
    if match["tag"]:
        return _Atom(match[0], 0, match["tag"].lower(), closes=bool(match["close"]))
    return _Atom(match[0], utf16_units(html.unescape(match[0])))


def _cut(atoms: list[_Atom], limit: int) -> int:
    """Return how many of ``atoms`` make the next part."""
    units = end = 0
    while end < len(atoms) and units + atoms[end].units <= limit:
        units += atoms[end].units
        end += 1
    if end == len(atoms):
        return end
    best = dict.fromkeys(range(4), 0)
    for position in range(end // 2, end):
        rank = _rank(atoms, position)
        if rank is not None:
            best[rank] = position + 1
    return next((cut for cut in best.values() if cut), end)


def _rank(atoms: list[_Atom], position: int) -> int | None:
    """How good a place to cut is behind ``position``: 0 a paragraph's end … 3 a word's, None inside a word."""
    here = atoms[position].markup
    before = atoms[position - 1].markup if position else ""
    if here == "\n":
        return 0 if before == "\n" else 1
    if here == " ":
        return 2 if before in _SENTENCE_ENDS else 3
    return None
