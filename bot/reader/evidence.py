"""Which numbers of a picture are the phone's IMEIs: no wrong number ever, rather none.

What speaks for a number: it is named IMEI where it stands, and it came out the same when its line was read again in
other views, or a barcode holds it. What speaks against: another name, a barcode beside it that says another number, two
numbers for one slot, more than two numbers. A number without any name is taken only if it is the only one that could be
meant, begins as IMEIs of smartphones do, and nothing in the picture speaks of anything else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.reader.barcodes import Barcode
from bot.reader.layout import UNCLEAR, UNNAMED, Place, Print, name_of, neighbours, place_of
from bot.reader.numbers import ALLOCATED, Called, Name, said, speaks_of_others

SIM_SLOTS = 2
"""A phone has one IMEI for each SIM it can hold: more are several phones'."""


class Contradiction(Exception):
    """The picture says two things: a second look would not make it clearer."""


@dataclass(frozen=True, slots=True)
class Found:
    """A number with its name; ``at`` sorts what has no slot, from the top; ``coded`` if a barcode holds it."""

    imei: str
    name: Name
    at: float
    coded: bool = False


@dataclass(slots=True)
class Evidence:
    """What one or more looks at a picture brought."""

    named: list[Found] = field(default_factory=list)
    unnamed: list[Found] = field(default_factory=list)
    against: bool = False
    """Something else was named or stood there as a number; or an IMEI was named and its number not found."""

    def verdict(self) -> tuple[Found, ...]:
        """Return what the evidence bears: none, one or two; raises Contradiction."""
        found = _distinct(self.named)
        if not found and not self.against:
            found = [one for one in _distinct(self.unnamed) if one.imei.startswith(ALLOCATED)]
            if len(found) > SIM_SLOTS:
                return ()
        slots = [one.name.slot for one in found if one.name.slot]
        if len(found) > SIM_SLOTS or len(slots) != len(set(slots)):
            raise Contradiction
        return tuple(
            sorted(found, key=lambda one: (one.name.slot or 0, one.at) if len(slots) == len(found) else (0, one.at))
        )


def weigh(
    evidence: Evidence,
    lines: Sequence[Print],
    codes: Sequence[Barcode],
    angle: float,
    confirmed: Callable[[Print, str], bool],
) -> None:
    """Add to the evidence what one look brought; ``confirmed`` reads a line again. Raises Contradiction."""
    printed: list[tuple[Found, Print]] = []
    evidence.against = evidence.against or any(
        line.caption.called is Called.IMEI or speaks_of_others(line.line.text) for line in lines
    )
    for line in lines:
        for place, written in enumerate(line.said.numbers):
            name = written.name
            if name.called is Called.NOTHING and place == 0:
                name = name_of(line, lines)
            evidence.against = evidence.against or written.imei is None or name.called is Called.OTHER
            if written.imei is not None:
                printed.append((Found(written.imei, name, line.place.top), line))
    coded = [found for code in codes for found in _coded(code, angle, lines, [each for each, _ in printed])]
    for code in codes:
        evidence.against = evidence.against or any(number.imei is None for number in said(code.content).numbers)
    held = {found.imei for found in coded}
    sure = [
        found
        for found, line in printed
        if found.imei in held or (found.name.called is not Called.OTHER and confirmed(line, found.imei))
    ]
    for found in [*coded, *sure]:
        if found.name.called is Called.IMEI:
            evidence.named.append(found)
        elif found.name.called is Called.NOTHING:
            evidence.unnamed.append(found)
        else:
            evidence.against = True


def _coded(code: Barcode, angle: float, lines: Sequence[Print], printed: Sequence[Found]) -> list[Found]:
    """Return the IMEIs in a barcode, named by the barcode itself or by what is printed by it."""
    place = place_of(code, angle)
    found = []
    for written in said(code.content).numbers:
        if written.imei is None:
            continue
        name = written.name
        if name.called is Called.NOTHING:
            same = [each.name for each in printed if each.imei == written.imei]
            name = _told(same) if same else _named_beside(place, neighbours(place, lines))
        found.append(Found(written.imei, name, place.top, coded=True))
    return found


def _told(names: Sequence[Name]) -> Name:
    """Return the name of a number that is printed several times: some makers use the IMEI as serial number too."""
    return next((name for name in names if name.called is Called.IMEI), names[0])


def _named_beside(place: Place, lines: Sequence[Print]) -> Name:
    """Return the name of a barcode whose number is printed nowhere, or not legibly. Raises Contradiction."""
    if not lines:
        return UNNAMED
    nearest, others = lines[0], lines[1:]
    if any(number.imei for number in nearest.said.numbers):
        if any(number.imei and number.name.called is not Called.OTHER for number in nearest.said.numbers):
            raise Contradiction
        return UNCLEAR
    distance = place.distance(nearest.place)
    if nearest.said.numbers:
        # Its own number, not legible: only if it touches, or it is the text of the barcode above.
        return nearest.said.numbers[0].name if distance < nearest.place.height / 2 else UNCLEAR
    rivals = [each for each in others if place.distance(each.place) < 2 * distance + nearest.place.height / 2]
    if any(each.caption.called is Called.OTHER or each.said.numbers for each in rivals):
        return UNCLEAR
    return nearest.caption


def _distinct(found: Sequence[Found]) -> list[Found]:
    """Return each number once, with its slot if one of its finds knows it."""
    best: dict[str, Found] = {}
    for one in found:
        if one.imei not in best or (one.name.slot and not best[one.imei].name.slot):
            best[one.imei] = one
    return list(best.values())
