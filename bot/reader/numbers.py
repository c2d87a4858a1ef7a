"""What a line of text says: numbers, and what each of them is called.

A number counts as an IMEI by its digits alone: fifteen, with the right check digit. Nothing is repaired: an O for
a 0, a digit too many or too few, a check digit that isn't there make it no IMEI. What a number is *called* decides
whose it is; a serial number may have fifteen digits and pass every check.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from tradein import imei

_NAME = re.compile(r"(?<![a-z])[i1l|]\s?m\s?e\s?[i1l|]", re.IGNORECASE)
"""The word IMEI; its letters may be taken for their likenesses, for a name is no evidence of a digit."""
_SLOT = re.compile(r"(?P<words>[^0-9]{0,14}?)(?P<slot>[12])(?!\d)")
_RUN = re.compile(r"\d(?:[\d \-./]*\d)?")
_LEAST_DIGITS = 10
"""Shorter runs are part of a name: "slot 1", "4 GB", "R-41072200"."""
_COMPANIONS = frozenset(
    {
        "no",
        "nr",
        "num",
        "number",
        "code",
        "sim",
        "slot",
        "simslot",
        "card",
        "info",
        "information",
        "details",
        "primary",
        "secondary",
        "is",
        "meid",
    }
)
"""Words that may stand between the name and its number. "SV" is not among them: an IMEISV has no check digit."""
_OTHER_NUMBERS = re.compile(
    r"(?<![a-z])(s/?n|serial|iccid|eid|esn|ean|upc|imsi|order|awb|invoice|waybill|tracking|card|vat|gstin)(?![a-z])",
    re.IGNORECASE,
)
ALLOCATED = ("01", "35", "86", "91", "99")
"""How the IMEIs of smartphones begin (reporting bodies of the GSMA): asked of numbers that nobody names."""


class Called(Enum):
    """What a text calls the number that follows it."""

    IMEI = auto()
    OTHER = auto()
    """Something else, or something that can't be read."""
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Name:
    """A name and, on a phone with two IMEIs, which of them is named."""

    called: Called
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A run of digits with its name; ``imei`` is None where the digits are no IMEI."""

    name: Name
    imei: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says: its numbers, and the name at its end that no number in the line follows."""

    numbers: tuple[Written, ...]
    trailing: Name


def said(text: str) -> Said:
    """Read a line of text, or what a barcode holds."""
    text = unicodedata.normalize("NFKC", text)
    numbers: list[Written] = []
    at = 0
    for run in _runs(text):
        name = named(text[at : run.start()])
        attached = text[run.end() : run.end() + 1].isalpha() or (
            text[: run.start()][-1:].isalpha() and name.called is not Called.IMEI
        )
        found = [] if attached else _imeis(run.group(), glued=text[: run.start()][-1:].isalpha())
        numbers.extend([Written(name, number) for number in found] or [Written(name, None)])
        at = run.end()
    return Said(tuple(numbers), named(text[at:]))


def speaks_of_others(text: str) -> bool:
    """Whether a line names a number that is no IMEI, wherever that number may stand."""
    return _OTHER_NUMBERS.search(text) is not None


def named(text: str) -> Name:
    """Return what ``text`` calls a number that follows it."""
    matches = list(_NAME.finditer(text))
    rest = text[matches[-1].end() :] if matches else text
    slot = _SLOT.match(rest) if matches else None
    words = re.findall(r"[^\W\d_]+", rest)
    if not matches:
        return Name(Called.OTHER if words else Called.NOTHING)
    if any(word.lower() not in _COMPANIONS for word in words):
        return Name(Called.OTHER)
    return Name(Called.IMEI, int(slot["slot"]) if slot else None)


def _runs(text: str) -> list[re.Match[str]]:
    """Return the runs of digits that are long enough to be numbers; the slot after a name belongs to the name."""
    runs: list[re.Match[str]] = []
    at = 0
    while (run := _RUN.search(text, at)) is not None:
        name = list(_NAME.finditer(text, 0, run.start() + 1))
        slot = _SLOT.match(text, name[-1].end()) if name else None
        if slot and slot.start("slot") == run.start():
            at = slot.end()
            continue
        if sum(char.isdigit() for char in run.group()) >= _LEAST_DIGITS:
            runs.append(run)
        at = run.end()
    return runs


def _imeis(run: str, *, glued: bool) -> list[str]:
    """Return the IMEIs that a run is made of: one, whole or in groups, a software version after it; or two."""
    parts = [re.findall(r"\d+", part) for part in run.split("/")]
    first, rest = parts[0], [group for part in parts[1:] for group in part]
    whole = "".join(first)
    if glued and len(whole) == imei.IMEI_DIGITS + 1 and whole[0] in "12" and len(first) == 1:
        whole = whole[1:]  # "IMEI1352…": the slot, with the space lost
    if len(whole) == imei.IMEI_DIGITS and len("".join(rest)) <= 2:  # noqa: PLR2004  # "/ 78", the software version
        return _valid([whole])
    groups = [*first, *rest]
    if groups and all(len(group) == imei.IMEI_DIGITS for group in groups):
        return _valid(groups)
    if len(groups[0]) == imei.IMEI_DIGITS and len("".join(groups[1:])) <= 2:  # noqa: PLR2004  # its stroke lost
        return _valid(groups[:1])
    return []


def _valid(numbers: list[str]) -> list[str]:
    return [number for number in numbers if imei.read(number).problem is None]
