"""What people write, made by the thousand: each phone of the catalogue in ways that people have, with what they mean.

What a short form may mean is worked out here, from the catalogue's names alone, and never asked of the resolver.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from tests.phones import ways
from tradein.phones.index import ListedModel, ListedVariant, PhoneIndex

ROUNDS = 2
"""How often each phone is written."""
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_DEVANAGARI_DIGITS = str.maketrans("0123456789", "०१२३४५६७८९")
_KEYS = {"a": "s", "e": "r", "i": "o", "o": "p", "n": "m", "m": "n", "s": "a", "r": "t", "t": "y", "l": "k"}
_TYPO_FROM = 5
_MOST_MEANT = 5


@dataclass(frozen=True)
class Case:
    """A text and what is meant by it, as ``listed.verdict`` reads it; ``way`` is how it was made."""

    text: str
    meant: str
    way: str


def cases(index: PhoneIndex, seed: int = 2018) -> list[Case]:
    """Return all cases, the same for the same catalogue and seed."""
    writer = _Writer(index, Random(seed))  # noqa: S311 - no secret
    written = [writer.phone(model) for _ in range(ROUNDS) for model in index.models]
    written += [writer.corrected(model) for model in index.models[::5]]
    written += [writer.hindi(model) for model in index.models[::4] if model.name.isascii()]
    written += [case for model in index.models for case in writer.in_figures(model)]
    for brand, names in ways.UNLISTED.items():
        written += [writer.unlisted(brand, name) for name in names for _ in range(2)]
    for thing, names in ways.ELSEWHERE.items():
        written += [writer.elsewhere(thing, name) for name in names for _ in range(2)]
    return list({case.text: case for case in written if case}.values())


class _Writer:
    def __init__(self, index: PhoneIndex, random: Random) -> None:
        self.index = index
        self.random = random
        self.forms: dict[str, set[str]] = {}
        self.exact: dict[str, set[str]] = {}
        for model in index.models:
            for form in {model.name, _bare(model)}:
                self.exact.setdefault(_squeezed(form), set()).add(model.id)
            for form in {model.name, _plain(model.name), _bare(model), _plain(_bare(model))}:
                self.forms.setdefault(_squeezed(form), set()).add(model.id)

    def _one[T](self, of: Iterable[T]) -> T:
        return self.random.choice(list(of))

    def phone(self, model: ListedModel) -> Case | None:
        """Write a phone in one of the ways."""
        way = self._one((self._full, self._full, self._with_maker, self._misspelt, self._bare, self._with_maker_bare))
        named = way(model)
        if named is None:
            return None
        text, meant, how = named
        if meant == model.id and self.random.random() < 0.4:
            text, meant = self._with_memory(text, model)
        return Case(self._one(ways.SENTENCES).format(text), meant, how)

    def _full(self, model: ListedModel) -> tuple[str, str, str]:
        return self._spaced(self._named(model)), model.id, "full name"

    def _named(self, model: ListedModel) -> str:
        """Return the name by which nobody could mean another one: a maker without series has to be said."""
        return model.name if any(model.name.startswith(s) for s in _series(model)) else model.full_name

    def _with_maker(self, model: ListedModel) -> tuple[str, str, str]:
        maker = self._one(ways.MAKERS[model.brand_id])
        name = model.name.removeprefix("OnePlus ")
        return f"{maker} {self._spaced(name)}", model.id, "with the maker"

    def _misspelt(self, model: ListedModel) -> tuple[str, str, str]:
        words = self._named(model).split()
        long = [at for at, word in enumerate(words) if len(word) >= _TYPO_FROM and word.isalpha()]
        if long:
            at = self._one(long)
            words[at] = self._slip(words[at].lower())
        return " ".join(words), model.id, "a slip"

    def _slip(self, word: str) -> str:
        at = self.random.randrange(1, len(word) - 1)
        return self._one(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + _KEYS.get(word[at], word[at]) + word[at + 1 :],
            )
        )

    def _bare(self, model: ListedModel) -> tuple[str, str, str] | None:
        """Leave out maker and series: "note 4", "s8", "5t"; only where that still sounds like a phone."""
        bare = _plain(_bare(model))
        squeezed = _squeezed(bare)
        if not (squeezed[0].isalpha() and any(sign.isdigit() for sign in squeezed)) or bare == _plain(model.full_name):
            return None
        return self._short(bare, squeezed, None, "without maker and series")

    def _with_maker_bare(self, model: ListedModel) -> tuple[str, str, str] | None:
        """Say the maker and leave out the series: "xiaomi note 4", "sony z5"."""
        bare = _plain(_bare(model))
        if bare.isalpha():
            return None  # "asus max", "huawei play": no name
        maker = self._one(ways.MAKERS[model.brand_id])
        said = _squeezed(f"{maker} {bare}")  # "mi 4" is a name
        form = said if said in self.exact else _squeezed(bare)
        if maker == "MI" and bare.isdigit() and form != said:
            return None  # a "Mi 8" is a Mi
        return self._short(f"{maker} {self._spaced(bare)}", form, model.brand_id, "the maker instead of the series")

    def _short(self, text: str, form: str, brand: str | None, how: str) -> tuple[str, str, str] | None:
        """Say what a short form means: who leaves out a year, or what the series is, may mean several."""
        meant = {slug for slug in self.forms[form] if brand in {None, self._brand(slug)}}
        exact = {slug for slug in self.exact.get(form, ()) if slug in meant}
        named = {self._brand(slug) for slug in exact}  # their own name comes before another's with a year left out
        meant = {slug for slug in meant if slug in exact or self._brand(slug) not in named}
        if len(meant) == 1 and len(exact) == 1 and not form.isdigit():
            return text, next(iter(exact)), how
        return None if len(meant) > _MOST_MEANT else (text, f"? {' '.join(sorted(meant))}", how)

    def _brand(self, slug: str) -> str:
        return next(model.brand_id for model in self.index.models if model.id == slug)

    def _spaced(self, name: str) -> str:
        """Write a name in any case and with any spaces: "note4", "g 5 s plus", "MIA1"."""
        name = name.replace("(", "").replace(")", "")
        styles: tuple[Callable[[str], str], ...] = (
            str.lower,
            str.lower,
            str,
            str.upper,
            lambda said: re.sub(r"(?<=[A-Za-z]) (?=\d)", "", said),
            lambda said: re.sub(r"(?<=[A-Za-z])(?=\d)", " ", said).lower(),
            lambda said: re.sub(r"(?<=\d)(?=[A-Za-z])", " ", said),
            lambda said: re.sub(r"(?<=\d) (?=(?:pro|plus|prime|max|lite)\b)", "", said.lower()),
            lambda said: said.replace(" Plus", "+").replace("+", self._one(("+", " plus", " +"))),
            lambda said: said.replace(" ", "-").lower(),
        )
        return self._one(styles)(name)

    def _with_memory(self, text: str, model: ListedModel) -> tuple[str, str]:
        variant = self._one(model.variants)
        ram, storage = variant.ram_gb, variant.storage_gb
        both = (
            "{0}/{1}", "{0}gb/{1}gb", "{0}+{1}", "{0}GB RAM {1}GB", "{0} gb ram {1} gb rom", "({0}GB/{1}GB)",
            "{0}gb {1}gb", "{1}gb {0}gb ram", "{0}GB RAM, {1}GB storage",
        )  # fmt: skip
        if self.random.random() < 0.5:
            fitting = [variant for variant in model.variants if variant.storage_gb == storage]
            return f"{text} {self._one(('{0}gb', '{0} GB', '{0}GB storage', '{0}gb wala')).format(storage)}", _fit(
                model, fitting
            )
        return f"{text} {self._one(both).format(ram, storage)}", variant.id

    def corrected(self, model: ListedModel) -> Case:
        """Write another phone first, and take it back."""
        others = [other for other in self.index.models if other.brand_id == model.brand_id and other is not model]
        said = self._named(self._one(others)).lower(), self._named(model).lower()
        return Case(self._one(ways.CORRECTIONS).format(*said), model.id, "a correction")

    def hindi(self, model: ListedModel) -> Case | None:
        """Write it in Devanagari, as far as people do: names of models stay in Roman letters as often as not."""
        words = _plain(self._named(model)).replace("+", " plus").lower().split()
        letters = self.random.random() < 0.5
        if not {"redmi", "galaxy", "moto", "oneplus", "honor", "pixel", "poco"} & set(words):
            maker = self._one(ways.HINDI_MAKERS[model.brand_id])
            words = [*([] if maker in words else [maker]), *_plain(model.name).replace("+", " plus").lower().split()]
        said = [self._in_hindi(word, letters=letters) for word in words]
        text = " ".join(said)
        if self.random.random() < 0.3:
            text = text.translate(_DEVANAGARI_DIGITS)
        named = self._short(text, _squeezed(_plain(model.name)), model.brand_id, "")
        return named and Case(self._one(ways.HINDI_SENTENCES).format(named[0]), named[1], "in Devanagari")

    def _in_hindi(self, word: str, *, letters: bool) -> str:
        if word in ways.HINDI_WORDS:
            return ways.HINDI_WORDS[word]
        if not letters or not re.fullmatch(r"[a-z]?\d+[a-z]?", word):
            return word
        return "".join(ways.HINDI_LETTERS.get(sign, sign) for sign in word)

    def in_figures(self, model: ListedModel) -> list[Case]:
        """Say the number in words, as voice typing does: "note five pro"."""
        match model.name.lower().split():
            case ["redmi", "note", number, *rest] if number in ways.NUMBERS:
                text = " ".join(("redmi", "note", ways.NUMBERS[number], *rest))
            case ["oneplus" | "redmi", number] if number in ways.NUMBERS and number != "1":
                text = f"{model.name.split()[0].lower()} {ways.NUMBERS[number]}"
            case _:
                return []
        return [Case(self._one(ways.SENTENCES).format(text), model.id, "the number in words")]

    def unlisted(self, brand: str, name: str) -> Case:
        """Write a phone that isn't on the list."""
        known = any(name.startswith(series) for series in ways.SERIES.get(brand, ()))
        maker = "" if known and self.random.random() < 0.5 else f"{ways.MAKERS[brand][0]} "
        if name.startswith("OnePlus"):
            maker = ""
        text = self._one((str, str.lower, str.lower))(f"{maker}{name}")
        memory = self._one(("", "", " 128gb", " 6/128"))
        return Case(self._one(ways.SENTENCES).format(text + memory), f"no {brand}", "unlisted")

    def elsewhere(self, thing: str, name: str) -> Case:
        """Write what the programme doesn't take at all."""
        return Case(self._one(ways.SENTENCES).format(name), f"out {thing}", "outside")


def _fit(model: ListedModel, fitting: list[ListedVariant]) -> str:
    return fitting[0].id if len(fitting) == 1 else model.id


def _series(model: ListedModel) -> tuple[str, ...]:
    return (*ways.SERIES.get(model.brand_id, ()), "ROG", "ZUK", "Yu", "Bharat", "Huawei")


def _bare(model: ListedModel) -> str:
    for series in ways.SERIES.get(model.brand_id, ()):
        if model.name.startswith(f"{series} "):
            return model.name.removeprefix(f"{series} ")
    return model.name


def _plain(name: str) -> str:
    """Leave out what stands in brackets: nobody says it unless asked."""
    return _BRACKETS.sub("", name)


def _squeezed(name: str) -> str:
    return re.sub(r"[\s()-]", "", name.lower().replace("+", "plus"))
