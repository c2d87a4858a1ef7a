"""How many of the pictures were read, kind by kind, and whether anything was read that isn't there."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.reader.outcome import Reading
from tests.reader.camera import CONDITIONS, shot
from tests.reader.looks import READABLE, UNREADABLE


@dataclass(frozen=True)
class Picture:
    """A photo with what it shows, how it was taken, and the IMEIs that a person finds in it."""

    look: str
    condition: str
    photo: bytes
    numbers: tuple[str, ...]


def picture(look: str, condition: str, seed: int = 0) -> Picture:
    """Return the photo of a look under a condition; the same seed makes the same photo."""
    rng = random.Random(f"{look}/{condition}/{seed}")  # noqa: S311  # pictures, not secrets
    canvas, numbers = (READABLE | UNREADABLE)[look](rng)
    return Picture(look, condition, shot(canvas, condition, rng), numbers)


def sample(seed: int = 0) -> Iterator[Picture]:
    """Yield pictures in which every look and every condition comes up: two looks for each condition, and the empty."""
    looks = itertools.cycle(READABLE)
    for condition in itertools.chain(CONDITIONS, CONDITIONS):
        yield picture(next(looks), condition, seed)
    for look, condition in zip(UNREADABLE, CONDITIONS, strict=False):
        yield picture(look, condition, seed)


def every(seed: int, count: int | None = None) -> Iterator[Picture]:
    """Yield every look under every condition, or ``count`` of these pictures drawn at random."""
    kinds = list(itertools.product(READABLE | UNREADABLE, CONDITIONS))
    drawn = random.Random(seed).sample(kinds, count) if count else kinds  # noqa: S311  # as above
    for look, condition in drawn:
        yield picture(look, condition, seed)


@dataclass
class Rates:
    """The count."""

    shown: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Kinds in which a number came out that isn't the phone's."""
    missed: list[str] = field(default_factory=list)
    pictures: int = 0

    def count(self, picture: Picture, reading: Reading) -> None:
        """Count one reading; it is right only if all the numbers came out, in their order."""
        self.pictures += 1
        kind = f"{picture.look}, {picture.condition}"
        if not set(reading.numbers) <= set(picture.numbers):
            self.wrong.append(kind)
        if not picture.numbers:
            return
        if reading.numbers != picture.numbers:
            self.missed.append(kind)
        for name in ("all", picture.look, picture.condition):
            self.shown[name] += 1
            self.read[name] += reading.numbers == picture.numbers

    @property
    def rate(self) -> float:
        """The share that was read of what a person can read."""
        return self.read["all"] / self.shown["all"]

    def table(self) -> list[str]:
        """Return the lines to print."""
        lines = [f"{name:<24}{self.read[name]:>5} of {self.shown[name]}" for name in self.shown]
        lines.append(f"wrong numbers: {len(self.wrong)} in {self.pictures} pictures {self.wrong or ''}")
        return [*lines, *(f"not read: {kind}" for kind in self.missed)]
