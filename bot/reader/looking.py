"""Look at a picture until what it says is clear, or until nothing more can be done."""

import time
from collections.abc import Callable, Iterator

import cv2

from bot.reader.barcodes import barcodes
from bot.reader.digits import OTHERS, Eyes
from bot.reader.evidence import Contradiction, Evidence, Found, weigh
from bot.reader.image import Pixels
from bot.reader.layout import Print, prints
from bot.reader.numbers import Called, said
from bot.reader.outcome import Reading

_LEAST_SIDE = 24
"""A picture narrower than this, in pixels, holds no text."""
_PATIENCE = 7.0
"""Seconds after which no second look is begun: it takes twice as long as the first, and somebody waits."""
_AGREEING = 2
"""In so many of the other views a number must come out the same."""


def look(picture: Pixels, eyes: Eyes) -> Reading:
    """Return the IMEIs that the picture shows beyond doubt."""
    evidence, began = Evidence(), time.monotonic()
    found: tuple[Found, ...] = ()
    if min(picture.shape[:2]) < _LEAST_SIDE:
        return Reading(())
    try:
        for view, side in _looks(picture):
            lines, angle = eyes.lines(view, side)
            printed = prints(lines, angle)
            weigh(evidence, printed, barcodes(view, angle), angle, _rereading(view, eyes))
            found = evidence.verdict()
            if (found and len(found) >= _named(printed)) or time.monotonic() - began > _PATIENCE:
                break
    except Contradiction:
        return Reading(())
    return _reading(found)


def _looks(picture: Pixels) -> Iterator[tuple[Pixels, int]]:
    """Yield the picture as it is, then larger and with the contrast of each part of it evened out."""
    yield picture, 960
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    even = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(lab)
    yield cv2.cvtColor(even, cv2.COLOR_GRAY2BGR), 1280


def _rereading(picture: Pixels, eyes: Eyes) -> Callable[[Print, str], bool]:
    """Return what reads a line again in other views and says whether the number comes out the same."""

    def confirmed(line: Print, number: str) -> bool:
        again = [
            [one.imei for one in said(eyes.read(picture, line.line.region, view).text).numbers if one.imei]
            for view in OTHERS
        ]
        mine = {one.imei for one in line.said.numbers}
        return sum(number in numbers for numbers in again) >= _AGREEING and all(
            set(numbers) <= mine for numbers in again
        )

    return confirmed


def _named(lines: list[Print]) -> int:
    """Return how many IMEIs the lines speak of: as many names, or numbers that were meant to be one."""
    slots = {
        name.slot
        for line in lines
        for name in (*(each.name for each in line.said.numbers), line.caption)
        if name.called is Called.IMEI
    }
    return max((slot for slot in slots if slot), default=1)


def _reading(found: tuple[Found, ...]) -> Reading:
    if not found:
        return Reading(())
    return Reading(tuple(one.imei for one in found), "barcode" if all(one.coded for one in found) else "digits")
