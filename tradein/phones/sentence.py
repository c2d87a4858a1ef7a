"""A message about a phone, cut into words whose parts are known: which numbers are memory, which are age or money.

"redmi note4 4/64, 2 saal purana"  ->  redmi note 4 [4 64: memory] | [2: noise] saal purana
"""

import re
from itertools import pairwise

from tradein.phones.index import Name, Node, PhoneIndex
from tradein.phones.words import (
    AGE,
    BARE_STORAGE,
    FIGURES,
    JOINERS,
    MEASURES,
    MEMORY_UNITS,
    MONEY_BEFORE,
    RAM_SIZES,
    RAM_WORDS,
    STORAGE_SIZES,
    STORAGE_WORDS,
)
from tradein.spelling import AFTER_A_NUMBER, Atom, atoms, words

LONGEST_TEXT = 400
"""Characters looked at: a phone's name stands in the first lines, and nobody may keep the processor busy with more."""
YEARS = range(2007, 2040)

_REFERENCE = re.compile(r"number#\w+")
_COUNTED = words("phone phones mobile mobiles pieces piece times sim sims")
_END = Atom("", False, "")
_STOPS = frozenset(".,;:!?\n|\u0964")
_MODEL_NUMBER = 1000
_LONGEST_NUMBER = 4
_SMALLEST_G = 8


class Sentence:
    """The words of a text; ``stops`` tells before which a new clause begins."""

    def __init__(self, index: PhoneIndex, text: str) -> None:
        self.index = index
        self.said = self._known(atoms(_REFERENCE.sub(" ", text[:LONGEST_TEXT])))
        self.words = [atom.text for atom in self.said]
        self.stops = [not atom.glued and any(mark in _STOPS for mark in atom.mark) for atom in self.said]
        self.memory: set[int] = set()
        self.noise: set[int] = set()
        for at, word in enumerate(self.words):
            if not word.isdigit():
                continue
            after = "" if self._stopped(at + 1) else self._word(at + 1)
            before = "" if self.stops[at] else self._word(at - 1)
            if self._is_memory(at, after, before, int(word)):
                self.memory.add(at)
            elif self._is_noise(at, after, before, int(word)):
                self.noise.add(at)

    def _known(self, raw: list[Atom]) -> list[Atom]:
        said: list[Atom] = []
        begun: Node[Name] = self.index.names  # the names that go on from the last words
        seen = 0
        for atom, after in pairwise([*raw, _END]):
            for word in said[seen:]:
                begun = begun.children.get(word.text) or self.index.names.children.get(word.text, self.index.names)
            seen = len(said)
            if self._is_figure(atom, after, said):
                said.append(Atom(FIGURES[atom.text], False, ""))
                continue
            if atom.text in AFTER_A_NUMBER and said and said[-1].text.isdigit():
                said.append(Atom(AFTER_A_NUMBER[atom.text], True, ""))
                continue
            together = said[-1].text + atom.text if said and not atom.mark else ""
            if together in self.index.run_together and said[-1].text.isalpha():
                said[-1] = Atom(together, said[-1].glued, said[-1].mark)
                continue
            if not atom.text.isalpha():
                said.append(atom)
                continue
            after_number = atom.glued and bool(said) and said[-1].text.isdigit()
            first, *rest = self.index.known(atom.text, after_number)
            if not rest and begun is not self.index.names:
                first = self.index.continued(begun, first)
            said.append(Atom(first, atom.glued, atom.mark))
            said.extend(Atom(part, True, "") for part in rest)
        return said

    def _is_figure(self, atom: Atom, after: Atom, said: list[Atom]) -> bool:
        """Say whether a word is a phone's number, as a voice is typed: "note five", but not "my Samsung, two years"."""
        before = said[-1].text if said else ""
        return (
            atom.text in FIGURES
            and before in self.index.numbered
            and atom.text not in self.index.letters
            and len(before) > 1
            and not atom.mark
            and after.text not in AGE | _COUNTED
        )

    def _word(self, at: int) -> str:
        return self.words[at] if 0 <= at < len(self.words) else ""

    def _stopped(self, at: int) -> bool:
        """Say whether a new clause, or nothing, begins at ``at``."""
        return not 0 <= at < len(self.words) or self.stops[at]

    def _is_memory(self, at: int, after: str, before: str, number: int) -> bool:
        if after == "g":  # "64g" is storage, "4g" is a network
            return number in STORAGE_SIZES and number >= _SMALLEST_G and self.said[at + 1].glued
        if after in RAM_WORDS and not self._word(at + 2).isdigit():
            return True
        return after in MEMORY_UNITS or (before in RAM_WORDS and number in RAM_SIZES)

    def _in_decimal(self, at: int) -> bool:
        """Say whether ``at`` is the part of a decimal after its point."""
        return 0 < at < len(self.said) and self.said[at].glued and "." in self.said[at].mark

    def _is_noise(self, at: int, after: str, before: str, number: int) -> bool:
        """Say whether a number is age, money or measure: it can't be part of a name."""
        glued = self.said[at].glued
        if after == "k":
            return self.said[at + 1].glued  # "5k" is money, "V9 k liye" is not
        if after in AGE or after in MEASURES or (after == "g" and self.said[at + 1].glued and not glued):
            return True
        if (before in MONEY_BEFORE and not glued) or len(self.words[at]) > _LONGEST_NUMBER:
            return True
        if self._in_decimal(at) or self._in_decimal(at + 1):
            return True
        return number >= _MODEL_NUMBER and number not in YEARS and not glued

    def _pair(self, at: int) -> tuple[int, ...]:
        """Return the places of RAM and storage if they stand at ``at``: "4/64", "4gb+64gb", "4 64"."""
        if not self._word(at).isdigit() or int(self.words[at]) not in RAM_SIZES:
            return ()
        place = at + 1
        while place < len(self.words) and self.words[place] in JOINERS and place < at + 4:
            if self.words[place] == "x" and self.said[place].glued != self._glued(place + 1):
                return ()  # "T2x 128gb"
            place += 1
        if self._glued(at) and self.words[at - 1].isalpha() and self.words[at - 1] not in RAM_WORDS and place == at + 1:
            return ()  # "J3 128gb"
        if place < len(self.words) and self.words[place].isdigit() and not self._said_year(place):
            sizes = int(self.words[at]), int(self.words[place])
            joined = place > at + 1 or sizes[1] in BARE_STORAGE
            if sizes[1] in STORAGE_SIZES and sizes[0] < sizes[1] and joined and self._size_ends(place):
                return (at, place)
        return ()

    def _glued(self, at: int) -> bool:
        return 0 < at < len(self.said) and self.said[at].glued

    def _size_ends(self, at: int) -> bool:
        """Say whether the number is all there is: "1+16", and not "1+8T"."""
        after = self._word(at + 1)
        return not (after.isalpha() and self.said[at + 1].glued) or after in MEMORY_UNITS | RAM_WORDS | STORAGE_WORDS

    def _said_year(self, at: int) -> bool:
        return self.words[at].isdigit() and len(self.words[at]) == 4 and int(self.words[at]) in YEARS  # noqa: PLR2004

    def _sizes(self, start: int, end: int, *, after_name: bool) -> tuple[set[int], set[int], set[int]]:
        """Return the RAM, the storage, and the sizes that may be either, said between two places."""
        ram: set[int] = set()
        storage: set[int] = set()
        either: set[int] = set()
        at = start
        while at < end:
            word = self.words[at]
            pair = self._pair(at)
            if pair and pair[1] < end:
                ram.add(int(self.words[pair[0]]))
                storage.add(int(self.words[pair[1]]))
                at = pair[1] + 1
                continue
            if word.isdigit() and at in self.memory:
                self._one_size(at, int(word), ram, storage, either)
            elif word.isdigit() and int(word) in BARE_STORAGE and at not in self.noise and after_name:
                storage.add(int(word))
            at += 1
        return ram, storage, either

    def _one_size(self, at: int, size: int, ram: set[int], storage: set[int], either: set[int]) -> None:
        place = at + 1
        if self._word(place) == "tb":
            storage.add(size * 1024)
            return
        if self._word(place) in MEMORY_UNITS:
            place += 1
        word = self._word(place)
        if word in RAM_WORDS or (self._word(at - 1) in RAM_WORDS and size in RAM_SIZES):
            ram.add(size)
        elif word in STORAGE_WORDS or size not in RAM_SIZES:
            storage.add(size)
        else:
            either.add(size)
