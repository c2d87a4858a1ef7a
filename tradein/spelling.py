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

# One word in one form: series and the words by which models differ, in the other script; makers' names in it belong to
# the catalogue's files.
_SAME = {
    "प्रो": "pro", "प्लस": "plus", "प्राइम": "prime", "मैक्स": "max", "मेक्स": "max", "मिनी": "mini", "लाइट": "lite",
    "नोट": "note", "पावर": "power", "पॉवर": "power", "अल्ट्रा": "ultra", "प्ले": "play", "एज": "edge", "यूथ": "youth",
    "सेल्फी": "selfie", "प्रीमियम": "premium", "कॉम्पैक्ट": "compact", "टर्बो": "turbo", "जूम": "zoom", "लेजर": "laser",
    "एक्टिव": "active", "डुओ": "duo", "कोर": "core", "नियो": "neo", "जीबी": "gb", "रैम": "ram", "रोम": "rom",
    "रेडमी": "redmi", "एमआई": "mi", "पोको": "poco", "गैलेक्सी": "galaxy", "गेलेक्सी": "galaxy", "एक्सपीरिया": "xperia",
    "एक्सपेरिया": "xperia", "डिजायर": "desire", "मोटो": "moto", "कैनवास": "canvas", "कैनवस": "canvas", "जेनफोन": "zenfone",
    "वाइब": "vibe", "ऑनर": "honor", "हॉनर": "honor", "नोवा": "nova", "मेट": "mate", "पिक्सल": "pixel", "पिक्सेल": "pixel",
    "नेक्सस": "nexus", "नॉर्ड": "nord", "रेनो": "reno", "फाइंड": "find", "इन्फिनिटी": "infinity", "भारत": "bharat",
    "generation": "gen",
    "टू": "two", "तीन": "three", "थ्री": "three", "चार": "four", "फोर": "four", "पाँच": "five", "पांच": "five",
    "फाइव": "five", "छह": "six", "छे": "six", "सिक्स": "six", "सात": "seven", "सेवन": "seven", "आठ": "eight",
    "एट": "eight",
    "नौ": "nine", "नाइन": "nine", "दस": "ten", "टेन": "ten",
}  # fmt: skip
_LETTERS = {
    "ए": "a", "बी": "b", "सी": "c", "डी": "d", "ई": "e", "एफ": "f", "जी": "g", "एच": "h", "आई": "i", "जे": "j", "के": "k",
    "एल": "l", "एम": "m", "एन": "n", "ओ": "o", "पी": "p", "क्यू": "q", "आर": "r", "एस": "s", "टी": "t", "यू": "u",
    "वी": "v", "डब्ल्यू": "w", "एक्स": "x", "वाई": "y", "जेड": "z", "जीबी": "gb",
}  # fmt: skip
"""Letters by their names, as a voice is typed: "जी5" for G5. Only beside a number: "के" is also Hindi for "of"."""
AFTER_A_NUMBER = {"एस": "s", "टी": "t", "एक्स": "x"}
"""Letters that are said after the number of a phone, "सिक्स टी" for 6T."""
_SIGNS = sorted(_LETTERS, key=len, reverse=True)
_NUKTA = "\u093c"
_ANY_LETTER = re.compile("|".join(_SIGNS))
_BEFORE_A_SPACE = "जे|एस|जी|वी|एफ|एम|वाई|जेड|एक्स"
_LETTERS_BESIDE = re.compile(
    rf"(?<![\u0900-\u097f])(?:{_BEFORE_A_SPACE})(?= [0-9])|"
    rf"(?<![\u0900-\u097f])(?:{'|'.join(_SIGNS)}){{1,2}}(?=[0-9])|(?<=[0-9])(?:{'|'.join(_SIGNS)}){{1,2}}(?![\u0900-\u097f])"
)


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
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace(_NUKTA, "")
        text = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
        text = _LETTERS_BESIDE.sub(_spelt, text)
    return _APOSTROPHE.sub("", text.casefold())


def _spelt(match: re.Match[str]) -> str:
    return "".join(_LETTERS[sign] for sign in _ANY_LETTER.findall(match[0]))


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
        found.append(Atom(_SAME.get(piece, piece), match.start() == end, mark))
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
