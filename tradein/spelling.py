"""How customers write, brought to one form: atoms, the smallest pieces that a name can differ by.

    "MotoG5s+  64GB"  ->  moto g 5 s plus 64 gb

Letters and digits part ways; case, width and the script of digits disappear; "+" becomes "plus". What people put or
leave out at will, the space, only survives as ``glued``. Nothing is ever dropped that tells two phones apart.
"""

import re
import unicodedata
from typing import NamedTuple

_ATOM = re.compile(r"[a-z]+|[0-9]+|[\u0900-\u0963\u0970-\u097f]+|[^\W\d_]+|[+/%&₹]|[.,;:!?()\n|\u2013\u2014\u0964-]")
_APOSTROPHE = re.compile(r"(?<=[a-z])['\u2019`](?=[a-z])")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_MARKS = frozenset(".,;:!?()\n|\u2013\u2014\u0964-")

# The words by which models differ, in the other script; makers' names in it belong to the catalogue's files.
_DEVANAGARI = {
    "प्रो": "pro",
    "प्लस": "plus",
    "प्राइम": "prime",
    "मैक्स": "max",
    "मिनी": "mini",
    "लाइट": "lite",
    "नोट": "note",
    "जीबी": "gb",
}


class Atom(NamedTuple):
    """A piece of text: ``mark`` is the punctuation before it, ``glued`` says that no space parts it from the last one.

    Both are there within a decimal only: "5.5".
    """

    text: str
    glued: bool
    mark: str


def words(line: str) -> frozenset[str]:
    """Return the words of a line as a set, for lists of words kept in code."""
    return frozenset(line.split())


def normalise(text: str) -> str:
    """Return the text in one case, one width and with ASCII digits."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
        text = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return _APOSTROPHE.sub("", text.casefold())


def atoms(text: str) -> list[Atom]:
    """Return the atoms of a text in order; marks of punctuation are kept with the atom they stand before."""
    found: list[Atom] = []
    end = -1
    mark = ""
    for match in _ATOM.finditer(normalise(text)):
        piece = match[0]
        if piece in _MARKS:
            mark += piece
            # "5.5" holds together, "note 5. 5 months" does not: the point then ends a sentence.
            end = match.end() if piece == "." and match.start() == end and found[-1].text.isdigit() else -1
            continue
        if piece == "+":
            piece = "plus"
        found.append(Atom(_DEVANAGARI.get(piece, piece), match.start() == end, mark))
        end = match.end()
        mark = ""
    return found


def key(name: str) -> tuple[str, ...]:
    """Return a name's atoms alone: two names with the same key are the same name to a customer who types."""
    return tuple(atom.text for atom in atoms(name))


def without_maker(name: tuple[str, ...], maker: str) -> tuple[str, ...]:
    """Return a model's key without its maker's name before it, however that is spaced, unless nothing would be left."""
    joined = "".join(key(maker))
    for cut in range(1, len(name)):
        if "".join(name[:cut]) == joined:
            return name[cut:]
    return name
