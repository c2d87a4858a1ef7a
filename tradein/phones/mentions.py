"""Where in a sentence a phone, a maker or something outside the programme is named, and with how much proof.

The longest name wins. A name that could be anything ("5", "A1", "One") needs its maker beside it or the message to
itself; a name that goes on ("4x") is not the shorter one; where a misspelt or an everyday word makes two names equally
likely, both are kept.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rapidfuzz.distance import OSA

from tradein.phones.index import ListedBrand, Name, Node, Outside, PhoneIndex
from tradein.phones.sentence import YEARS, Sentence
from tradein.phones.words import (
    AGE,
    BARE_STORAGE,
    COMPOUNDS,
    CORRECTIONS,
    DENIED_AFTER,
    FILLERS,
    JOINERS,
    MEMORY_UNITS,
    ORDINALS,
    ORDINARY,
    SMALL_WORDS,
    STORAGE_WORDS,
)
from tradein.spelling import words

PLEASE = words("please pls plz kindly")
_CODE_LETTERS = 3
WEIGHTLESS = MEMORY_UNITS | STORAGE_WORDS | AGE | DENIED_AFTER | CORRECTIONS


class Mention(NamedTuple):
    """A span of atoms that names something; ``others`` are shorter or longer readings that are just as likely.

    ``misspelt``: they are the likelier ones, for the word after the span is a slip of theirs.
    """

    start: int
    end: int
    names: tuple[Name, ...] = ()
    others: tuple[Name, ...] = ()
    misspelt: bool = False
    maker: ListedBrand | None = None
    outside: Outside | None = None


class Mentions(Sentence):
    """A sentence with its ``mentions`` in order; ``brand_id`` is the maker known before it was said."""

    def __init__(self, index: PhoneIndex, text: str, brand_id: str | None) -> None:
        super().__init__(index, text)
        self.brand_id = brand_id
        self.mentions = self._find()

    def _find(self) -> list[Mention]:
        found: list[Mention] = []
        at = 0
        while at < len(self.said):
            mention = self._mention(at, found[-1] if found else None)
            if mention:
                found.append(mention)
                at = mention.end
            else:
                at += 1
        return found

    def _mention(self, at: int, last: Mention | None) -> Mention | None:
        inside = (
            self.said[at].glued and not (last and last.maker and last.end == at) and self._word(at - 1) not in JOINERS
        )
        if inside and self._word(at).isalpha() == self._word(at - 1).isalpha():
            inside = False  # letters parted from letters: words that we split ourselves
        maker = self._longest(self.index.makers, at)
        outside = self._longest(self.index.outside, at)
        phone = None if inside else self._phone(at, last)
        if outside and outside[0] > max(phone.end if phone else 0, maker[0] if maker else 0):
            return Mention(at, outside[0], outside=outside[1][0])
        if maker and maker[0] > (phone.end if phone else 0) and not self._is_memory_pair(at, last):
            return Mention(at, maker[0], maker=maker[1][0])
        return phone

    def _longest[T](self, trie: Node[T], at: int) -> tuple[int, list[T]] | None:
        best = None
        for end, node in self._along(trie, at):
            if node.here and not self._goes_on(end + 1):
                best = (end + 1, node.here)
        return best

    def _along[T](self, trie: Node[T], at: int) -> Iterator[tuple[int, Node[T]]]:
        """Walk into a trie with the words from ``at``; give each word's place and where it leads."""
        node = trie
        for end in range(at, len(self.said)):
            child = node.children.get(self.words[end])
            if child is None or (end > at and self.stops[end]):
                return
            node = child
            yield end, node

    def _goes_on(self, at: int) -> bool:
        """Say whether the word at ``at`` is the rest of the one before: letters glued to letters we did not split."""
        return (
            at < len(self.said)
            and self.said[at].glued
            and self.words[at].isalpha()
            and self.words[at - 1].isalpha()
            and self.words[at] not in self.index.letters
        )

    def _is_memory_pair(self, at: int, last: Mention | None) -> bool:
        """Say whether "1+" begins a pair of memories, 1 GB and 16 GB, and not the maker some write like that."""
        if not self._word(at).isdigit() or at + 2 not in self._pair(at):
            return False
        if last and last.names and last.end == at:
            return True
        return int(self.words[at + 2]) in BARE_STORAGE or self._word(at + 3) in MEMORY_UNITS

    def _phone(self, at: int, last: Mention | None) -> Mention | None:
        """Return the longest name of models that begins at ``at`` and has enough proof around it."""
        best: Mention | None = None
        ends: list[tuple[int, Node[Name]]] = []
        for end, node in self._along(self.index.names, at):
            if self._set_apart(end):
                break
            if node.here and self._ends_here(end + 1) and not self._means_a_size(end, at):
                ends.append((end + 1, node))
        if ends and self._begins_memory(ends[-1][0] - 1, at, alone=len(ends) == 1):
            ends.pop()
        for end, place in reversed(ends):
            names = tuple(name for name in place.here if self._proven(name, at, end, last))
            if names:
                meant = self._misspelt(end, place)
                best = Mention(at, end, names, meant or self._other_readings(end, ends, place), bool(meant))
                break
        return best

    def _set_apart(self, at: int) -> bool:
        """Say whether a word is only there to be denied: "redmi note 7 (pro nahi)"."""
        return bool(self.said[at].mark) and not self._stopped(at + 1) and self.words[at + 1] in DENIED_AFTER

    def _ends_here(self, at: int) -> bool:
        """Say whether a name may end before ``at``: not within "4x" or "g5", but before "4wala" and "4/64"."""
        if at >= len(self.said) or not self.said[at].glued:
            return True
        word = self.words[at]
        if word.isdigit():
            return not self.words[at - 1].isalpha()
        if word == "plus":
            return True
        if not word.isalpha():
            return True
        return word in FILLERS or (len(word) > 1 and word in ORDINARY) or word in ORDINALS or word in MEMORY_UNITS

    def _means_a_size(self, at: int, start: int) -> bool:
        """Say whether the number a name would end with belongs elsewhere: "4" in "4gb" or "4 months", not in "S5.5"."""
        return at in self.memory | self.noise and not (self._in_decimal(at) and at > start)

    def _begins_memory(self, at: int, start: int, *, alone: bool) -> bool:
        """Say whether the last number of a name is rather a RAM: "Pixel 4/32" is a Pixel, "note 4/64" no "note"."""
        joined = self._word(at + 1) == "/" or (self._word(at + 1) == "plus" and not self._stopped(at + 2))
        slashed = (
            joined
            and self.said[at + 1].glued
            and bool(self._pair(at))
            and self.said[self._pair(at)[1]].glued
            and not self._glued_to_letters(at)
        )
        return slashed and (at == start or not alone)

    def _glued_to_letters(self, at: int) -> bool:
        return self.said[at].glued and self._word(at - 1).isalpha()

    def _proven(self, name: Name, start: int, end: int, last: Mention | None) -> bool:
        brand_id = name.model.brand_id
        after_outside = last and last.end == start and last.outside
        if after_outside and not self.stops[start] and name.atoms[0] not in self.index.series:
            return False  # "LG G5" is not a Moto, "Mi TV 4A" no Redmi
        if len(name.atoms) == 1 and name.numeric and not name.full and self._of_another_series(start, brand_id):
            return False  # "Pixel 6" is not the Nexus 6
        if name.distinctive:
            return not (name.atoms[0] == "note" and self._word(start - 1) in PLEASE)
        if self._beside_brand(brand_id, start, end, last):
            return True
        if self._alone(start, end, brand_id):
            # "I have 2 phones", "the 32gb one": a mere number or an everyday word must be the whole message, and a
            # number may else be the answer to "which model of that brand?".
            mere = len(name.atoms) == 1 and (name.numeric or name.atoms[0] in ORDINARY)
            answers = name.numeric and brand_id == self.brand_id
            return not mere or answers or end - start == len(self.words)
        return self._is_code(name, start, end)

    def _is_code(self, name: Name, start: int, end: int) -> bool:
        """Say whether the name is a letter and a number, "j7", that stand out in any sentence."""
        if len(name.atoms) == 1 or (name.atoms[0] in ORDINARY and len(name.atoms[0]) > 1):
            return False
        # "I have a 1 year old": they are a name only where nothing parts them, or the maker is named.
        apart = any(
            not self.said[at].glued
            for at in range(start + 1, end)
            if self.words[at - 1].isalpha() != self.words[at].isalpha()
            and len(self.words[at]) <= _CODE_LETTERS
            and self.words[at] not in self.index.modifiers
        )
        named = self._names_brand(name.model.brand_id)
        return named and not apart if name.numeric else named or not apart

    def _beside_brand(self, brand_id: str, start: int, end: int, last: Mention | None) -> bool:
        if last and last.end <= start and last.maker and last.maker.id == brand_id:
            between = range(last.end, start)
            if all(self.words[at] in FILLERS for at in between) and not any(
                self.stops[at] for at in range(last.end, start + 1)
            ):
                return True
        if not self._stopped(start - 1) and not self.stops[start] and self._in_series(start - 1, brand_id):
            return True
        after = self._longest(self.index.makers, end) if not self._stopped(end) else None
        return bool(after and any(brand.id == brand_id for brand in after[1]))

    def _of_another_series(self, start: int, brand_id: str) -> bool:
        return start > 0 and not self.stops[start] and self._in_series(start - 1, brand_id)

    def _in_series(self, at: int, brand_id: str) -> bool:
        return brand_id in self.index.series.get(self._word(at), ()) and self.words[at] not in ORDINARY

    def _names_brand(self, brand_id: str) -> bool:
        if brand_id == self.brand_id:
            return True
        for at in range(len(self.words)):
            if self._in_series(at, brand_id):
                return True
            maker = self._longest(self.index.makers, at)
            if maker and any(brand.id == brand_id for brand in maker[1]):
                return True
        return False

    def _alone(self, start: int, end: int, brand_id: str | None = None) -> bool:
        """Say whether the message is about this span alone: around it only its maker, memory and words of no weight."""
        for at, word in enumerate(self.words):
            if start <= at < end or at in self.memory or at in self.noise or word in FILLERS or word in JOINERS:
                continue
            if word.isdigit() and (int(word) in BARE_STORAGE or at in self._all_pairs()) and at >= end:
                continue
            maker = self._longest(self.index.makers, at)
            if maker and (brand_id is None or any(brand.id == brand_id for brand in maker[1])):
                continue
            if word in self.index.series and (brand_id is None or brand_id in self.index.series[word]):
                continue
            if word in WEIGHTLESS:
                continue
            return False
        return True

    def _all_pairs(self) -> set[int]:
        return {place for at in range(len(self.words)) if self.words[at].isdigit() for place in self._pair(at)}

    def _other_readings(self, end: int, ends: list[tuple[int, Node[Name]]], place: Node[Name]) -> tuple[Name, ...]:
        """Return the names that fit the words nearly as well: a shorter one, or a longer one that was misspelt."""
        last, after = self.words[end - 1], "" if self._stopped(end) else self._word(end)
        shorter = [node for shorter_end, node in ends if shorter_end == end - 1]
        spaced = not self.said[end - 1].glued
        if shorter and spaced:
            article = last in SMALL_WORDS and after.isalpha() and after not in FILLERS - {"phone", "mobile"}
            if article or after in COMPOUNDS.get(last, ()):
                return tuple(shorter[0].here)
        if not after.isdigit() and (dated := self._dated(place)):
            return dated
        if after in COMPOUNDS and after in place.children and self._word(end + 1) in COMPOUNDS[after]:
            return tuple(place.children[after].here)
        return ()

    def _misspelt(self, end: int, place: Node[Name]) -> tuple[Name, ...]:
        """Return the longer names that go on with a word of which the next one is a slip: "j7 prme"."""
        after = "" if self._stopped(end) else self._word(end)
        if after == "light" and self._word(end + 1) not in COMPOUNDS[after]:
            return tuple(place.children["lite"].here if "lite" in place.children else ())
        if not after.isalpha() or self.said[end].glued or after in ORDINARY | FILLERS or after in place.children:
            return ()
        return tuple(name for step, node in place.children.items() if slip(after, step) for name in node.here)

    def _dated(self, place: Node[Name]) -> tuple[Name, ...]:
        """Return the names of other makers that go on with a year, which people leave out: "A7" for "A7 (2018)"."""
        makers = {name.model.brand_id for name in place.here}
        return tuple(
            name
            for step, node in place.children.items()
            if step.isdigit() and int(step) in YEARS
            for name in node.here
            if name.model.brand_id not in makers
        )


def slip(word: str, meant: str) -> bool:
    """Say whether ``word`` may be ``meant`` misspelt or cut short: "prp", "plsu", "prme", "pr"."""
    if len(meant) < 3 or len(word) < 2:  # noqa: PLR2004 - letters are never a slip of each other
        return False
    return meant.startswith(word) or OSA.distance(word, meant) <= (1 if len(meant) < 6 else 2)  # noqa: PLR2004
