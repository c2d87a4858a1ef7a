"""Who is named by what: the places of lines and barcodes, and the name that stands by a number.

Names stand before their number in the same line, left of it, or above it; by a barcode also below. Places are taken in
the upright picture, whatever the angle of the photo.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.reader.barcodes import Barcode
from bot.reader.digits import Line
from bot.reader.numbers import Called, Name, Said, said

_REACH = 4.5
"""How far above a number, in heights of its line, its name may stand: a barcode may be between them."""
_LEGIBLE = 0.5
"""Below this score a line is there but can't be read: it may say anything."""
UNNAMED = Name(Called.NOTHING)
UNCLEAR = Name(Called.OTHER)


@dataclass(frozen=True, slots=True)
class Place:
    """A box in the upright picture, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Its height."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The middle of its height."""
        return (self.top + self.bottom) / 2

    def overlaps(self, other: "Place") -> bool:
        """Whether one stands over the other."""
        return min(self.right, other.right) > max(self.left, other.left)

    def gap(self, other: "Place") -> float:
        """Return the distance between the two from top to bottom, at least 0."""
        return max(self.top - other.bottom, other.top - self.bottom, 0.0)

    def distance(self, other: "Place") -> float:
        """Return the distance between the two, sideways or from top to bottom, whichever is more; at least 0."""
        return max(self.gap(other), self.left - other.right, other.left - self.right)

    def beside(self, other: "Place") -> bool:
        """Whether the two stand in one row."""
        return abs(self.middle - other.middle) < 0.6 * max(self.height, other.height)


@dataclass(frozen=True, slots=True)
class Print:
    """A line with its place and what it says."""

    line: Line
    place: Place
    said: Said

    @property
    def caption(self) -> Name:
        """The name that this line gives to what stands after it; unclear if it can't be read."""
        return self.said.trailing if self.line.score >= _LEGIBLE else UNCLEAR


def prints(lines: Iterable[Line], angle: float) -> list[Print]:
    """Return the lines with their places in the picture turned upright by ``angle`` degrees."""
    found = []
    for line in lines:
        region = line.region
        x, y = _turned(region.x, region.y, angle)
        half, high = region.length / 2, region.height / 2
        found.append(Print(line, Place(x - half, y - high, x + half, y + high), said(line.text)))
    return found


def place_of(barcode: Barcode, angle: float) -> Place:
    """Return the place of a barcode in the picture turned upright by ``angle`` degrees."""
    corners = [_turned(x, y, angle) for x, y in barcode.corners]
    xs, ys = zip(*corners, strict=True)
    return Place(min(xs), min(ys), max(xs), max(ys))


def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return x * cos + y * sin, y * cos - x * sin


def name_of(number: Print, others: Sequence[Print]) -> Name:
    """Return the name by which the lines around call the first number of a line that has no name itself."""
    place = number.place
    row = [other for other in others if other.place.beside(place) and other.place.right <= place.left + place.height]
    if row:
        nearest = max(row, key=lambda other: other.place.right)
        if nearest.caption.called is not Called.NOTHING:
            return nearest.caption
        if place.left - nearest.place.right < 1.5 * place.height:
            return UNCLEAR  # what is left of it may be its beginning
    above = _above(number, others)
    if above is None:
        return UNNAMED
    if not above.said.numbers:
        return UNCLEAR if _names_what_is_above(above, others) else above.caption
    first = above.said.numbers[0]
    if first.name.called is not Called.NOTHING:
        return UNCLEAR if first.name.called is Called.OTHER else UNNAMED
    # A column of numbers under one name; the second of two is not in the slot that the name may tell.
    heading = name_of(above, others)
    return Name(heading.called) if first.imei or heading.called is not Called.IMEI else UNCLEAR


def _above(line: Print, others: Sequence[Print]) -> Print | None:
    """Return the nearest line above, within reach."""
    place = line.place
    found = [
        other
        for other in others
        if other.place.bottom <= place.top + place.height / 2
        and other.place.middle < place.middle
        and place.top - other.place.bottom < _REACH * place.height
        and other.place.overlaps(place)
    ]
    return max(found, key=lambda other: other.place.bottom, default=None)


def _names_what_is_above(caption: Print, others: Sequence[Print]) -> bool:
    """Whether a name may belong to the number above it: there is one, and nothing else names it."""
    above = _above(caption, others)
    if above is None or not above.said.numbers:
        return False
    called = above.said.numbers[0].name.called
    return called is Called.NOTHING and name_of(above, others).called is Called.NOTHING


def neighbours(place: Place, others: Iterable[Print]) -> list[Print]:
    """Return the nearest line above, below and left of a barcode, the nearest of them first."""
    sides: dict[str, Print] = {}
    for other in sorted(others, key=lambda other: place.distance(other.place)):
        reach = 2 * other.place.height
        if other.place.overlaps(place) and place.gap(other.place) < reach:
            sides.setdefault("above" if other.place.top < place.top else "below", other)
        elif other.place.beside(place) and -other.place.height < place.left - other.place.right < 3 * reach:
            sides.setdefault("left", other)
    return list(sides.values())
