"""The catalogue's names, ready to be found in a sentence: built once per content, kept in memory, never changed.

Names become paths of atoms in a trie. A brand's *series* is what several of its models begin with ("redmi", "galaxy",
"moto"); customers leave it out, so every name also lives without it, and the resolver asks for more proof then.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from tradein.catalogue import (
    memory_label,
)
from tradein.phones.words import FILLERS, MODIFIERS, ORDINARY
from tradein.spelling import key, without_maker

_NO_NAME = ORDINARY | FILLERS | MODIFIERS
_SERIES_SIZE = 2
_LONG = 3
_CORRECTABLE = 4
_CORRECTABLE_INSIDE = 6
"""Short words that only stand within a name, "live", are too much like everyday ones to be read into them."""
_TWO_SLIPS = 7
_NEAR = 45.0


@dataclass(frozen=True, slots=True)
class ListedBrand:
    """A brand as it was when the index was built."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedVariant:
    """A variant on offer, memory in gigabytes."""

    id: str
    model_id: str
    ram_gb: int
    storage_gb: int

    @property
    def label(self) -> str:
        """Return the memory as it is printed on the box."""
        return memory_label(self.ram_gb, self.storage_gb)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model on offer with its variants, the smallest first."""

    id: str
    brand_id: str
    name: str
    full_name: str
    released: int
    popularity: int
    variants: tuple[ListedVariant, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that is not taken: a name and what it is, such as "brand" or "tablet"."""

    name: str
    what: str


class Name(NamedTuple):
    """One name of a model, as atoms; ``full`` when nothing was left out but the maker."""

    atoms: tuple[str, ...]
    model: ListedModel
    full: bool

    @property
    def numeric(self) -> bool:
        """Say whether the name is a number with at most single letters and modifiers: "5", "3t", "6 Pro"."""
        return self.atoms[0].isdigit()

    @property
    def distinctive(self) -> bool:
        """Say whether the name can hardly be anything but a phone, wherever it stands."""
        first = self.atoms[0]
        if self.numeric or len(first) == 1:
            return False
        if first in ORDINARY:
            numbered = any(atom.isdigit() for atom in self.atoms)
            return numbered and (len(self.atoms) > 2 or (first == "note" and self.atoms[1].isdigit()))  # noqa: PLR2004
        return len(self.atoms) > 1 or len(first) > _LONG


class Node[T]:
    """A place in a trie: the values of the path to it, and of all paths through it."""

    __slots__ = ("children", "here", "through")

    def __init__(self) -> None:
        self.children: dict[str, Node[T]] = {}
        self.here: list[T] = []
        self.through: list[T] = []

    def add(self, path: Iterable[str], value: T) -> None:
        """Add a value at the end of a path, once."""
        node = self
        for step in path:
            node = node.children.setdefault(step, Node())
            node.through.append(value)
        if value not in node.here:
            node.here.append(value)


@dataclass
class PhoneIndex:
    """Everything the resolver looks things up in."""

    brands: dict[str, ListedBrand]
    models: tuple[ListedModel, ...]
    makers: Node[ListedBrand] = field(default_factory=Node)
    outside: Node[Outside] = field(default_factory=Node)
    names: Node[Name] = field(default_factory=Node)
    series: dict[str, set[str]] = field(default_factory=dict)
    bags: dict[tuple[str, ...], list[ListedModel]] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    modifiers: set[str] = field(default_factory=lambda: set(MODIFIERS))
    by_brand: dict[str, list[Name]] = field(default_factory=dict)
    year_names: set[str] = field(default_factory=set)
    run_together: set[str] = field(default_factory=set)
    leading: set[str] = field(default_factory=set)
    numbered: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.known = lru_cache(maxsize=4096)(self._known)

    @cached_property
    def corrections(self) -> list[str]:
        """Return the words a misspelt one may be brought back to: makers and series, never what tells twins apart."""
        return sorted(
            word
            for word in self.letters
            if len(word) >= (_CORRECTABLE if word in self.leading else _CORRECTABLE_INSIDE)
            and word not in ORDINARY
            and word not in self.modifiers
        )

    def _known(self, word: str, after_number: bool) -> tuple[str, ...]:
        """Return the atoms a run of letters stands for: itself, words run together, or the one it is a slip of."""
        if word in self.letters or word in ORDINARY or len(word) < _LONG:
            return (word,)
        if after_number and word[1:] in self.modifiers and len(word) >= _LONG:
            return (word[0], word[1:])
        parts = self._split(word)
        if len(word) < _CORRECTABLE or any(part in self.corrections for part in parts):
            return parts or (word,)
        slips = 2 if len(word) >= _TWO_SLIPS else 1
        near = [
            (distance, known)
            for known, distance, _ in process.extract(
                word, self.corrections, scorer=OSA.distance, score_cutoff=slips, limit=3
            )
            if len(known) > slips + 2
        ]
        near.sort()
        nearest = [known for distance, known in near if distance == near[0][0]]
        if nearest and (len(nearest) == 1 or self._of_one_maker(nearest)):
            return (max(nearest, key=self.series.__contains__),)
        return parts or (word,)

    def _of_one_maker(self, near: list[str]) -> bool:
        """Say whether the words a slip is equally near to are names of the same maker: "Huawei" and "Huwai"."""
        owners = [
            self.series.get(word) or {maker.id for maker in self.makers.children.get(word, Node[ListedBrand]()).here}
            for word in near
        ]
        return all(owners) and len(set[str]().union(*owners)) == 1

    def continued(self, begun: Node[Name], word: str) -> str:
        """Return what a slip within a name stands for, "redmi nte": the one word that names begun like that go on with.

        Where the words so far are a name of their own, "S8 plsu", it would be a guess between twins.
        """
        if begun.here or len(word) < _LONG or word in self.letters or word in ORDINARY or word in FILLERS:
            return word
        near = [step for step in begun.children if len(step) > _LONG and _near(step, word)]
        return near[0] if len(near) == 1 else word

    def _split(self, word: str) -> tuple[str, ...]:
        """Return the known words that were typed without a space: "redminote", "promax", "galaxyj"."""
        for cut in range(len(word) - 1, 1, -1):
            head, tail = word[:cut], word[cut:]
            if head not in self.letters:
                continue
            if tail in self.letters:
                return (head, tail)
            if len(head) >= _LONG and tail[1:] in self.modifiers and len(tail) > _LONG:
                return (head, tail[0], tail[1:])
            if rest := self._split(tail):
                return (head, *rest)
        return ()

    def nearest(self, described: str, brand_id: str | None, limit: int = 3) -> tuple[ListedModel, ...]:
        """Return the models whose names look most like the words, of one brand if it is known, the best first."""
        names = self.by_brand.get(brand_id, []) if brand_id else [n for some in self.by_brand.values() for n in some]
        scored = process.extract(
            described, [" ".join(name.atoms) for name in names], scorer=fuzz.ratio, score_cutoff=_NEAR, limit=limit * 6
        )
        best: dict[str, tuple[float, int, str]] = {}
        for _, score, at in scored:
            model = names[at].model
            best[model.id] = min(best.get(model.id, (0.0, 0, "")), (-score, model.popularity, model.name))
        listed = {model.id: model for model in self.models}
        return tuple(listed[slug] for slug in sorted(best, key=lambda slug: best[slug])[:limit])


def _near(meant: str, word: str) -> bool:
    return OSA.distance(meant, word, score_cutoff=1) <= 1


def build(
    brands: Iterable[tuple[ListedBrand, Iterable[str]]],
    models: Iterable[tuple[ListedModel, Iterable[str]]],
    outside: Iterable[tuple[Outside, Iterable[str]]],
) -> PhoneIndex:
    """Build an index of names with their further names."""
    makers = [(brand, [key(name) for name in (brand.name, *also)]) for brand, also in brands]
    listed = sorted(models, key=lambda entry: (entry[0].popularity, entry[0].name))
    index = PhoneIndex({brand.id: brand for brand, _ in makers}, tuple(model for model, _ in listed))
    _add_names(
        index,
        [
            Name(without_maker(key(name), index.brands[model.brand_id].name), model, full=True)
            for model, also in listed
            for name in (model.name, *also)
        ],
    )
    for brand, names in makers:
        for name in names:
            index.letters.update(atom for atom in name if atom.isalpha())
            # "Redmi" or "Moto" may be given as a name of the maker, but "Redmi 6" must never become the Mi 6.
            if brand.id in index.series.get(name[0], ()) and len(name) == 1:
                continue
            index.makers.add(name, brand)
            index.leading.add(name[0])
            index.numbered.add(name[-1])
            index.run_together.update(name if len(name) == 1 and len(name[0]) >= _CORRECTABLE else ())
    for thing, also in outside:
        for other in (thing.name, *also):
            index.outside.add(key(other), thing)
            index.leading.add(key(other)[0])
            index.letters.update(atom for atom in key(other) if atom.isalpha() and len(atom) > 1)
    return index


def _add_names(index: PhoneIndex, full: list[Name]) -> None:
    first_words = Counter((name.model.brand_id, name.atoms[0]) for name in full)
    for name in full:
        _add(index, name)
        brand_id, first = name.model.brand_id, name.atoms[0]
        index.leading.add(first)
        index.numbered.update(word for word, after in pairwise(name.atoms) if after.isdigit())
        index.by_brand.setdefault(brand_id, []).append(name)
        if len(first) > 1 and first.isalpha() and first_words[brand_id, first] >= _SERIES_SIZE:
            index.series.setdefault(first, set()).add(brand_id)
            # Without "ROG", the ROG Phone is any phone; "grand prime" and "xa ultra" are names, if not in any sentence.
            if len(name.atoms) > 2 or not all(atom in _NO_NAME for atom in name.atoms[1:]):  # noqa: PLR2004
                _add(index, Name(name.atoms[1:], name.model, full=False))
    for name in full:
        if any(len(atom) == 4 and atom.isdigit() and atom.startswith("20") for atom in name.atoms):  # noqa: PLR2004
            index.year_names.add(name.model.brand_id)
    # What stands last in a name that goes on from another model's: exactly what tells twins apart.
    for name in full:
        node = index.names
        for at, atom in enumerate(name.atoms):
            if at and node.here and atom.isalpha() and len(atom) > 1:
                index.modifiers.add(atom)
            node = node.children[atom]


def _add(index: PhoneIndex, name: Name) -> None:
    index.names.add(name.atoms, name)
    index.letters.update(atom for atom in name.atoms if atom.isalpha())
    bag = index.bags.setdefault(tuple(sorted(name.atoms)), [])
    if name.model not in bag:
        bag.append(name.model)
