"""Which phone a customer means, in their own words: the catalogue searched with the whole sentence.

    "hi, I want to sell my redmi note4 64gb, box included"  ->  variant
    "note 5"                                                ->  choice: Redmi or Galaxy?
    "redmi note 5 pro nahi, note 5"                         ->  model: the later one
    "redmi note 7"                                          ->  not listed, with the nearest
    "iphone 6"                                              ->  not listed, outside: Apple

A number is never corrected and a word that tells twins apart ("Pro", "Plus", "S") is never ignored: where the words fit
two phones, or nearly fit a longer name, the answer is a choice, not a guess. Makers' and series' names may be
misspelt. How the names are kept is :mod:`tradein.phones.index`'s business.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from tradein.phones import listing
from tradein.phones.index import ListedBrand, ListedModel, ListedVariant, Name, Node, PhoneIndex
from tradein.phones.meant import REACH, Meant
from tradein.phones.mentions import Mention
from tradein.phones.sentence import YEARS
from tradein.phones.words import (
    BARE_STORAGE,
    COMPOUNDS,
    FILLERS,
    JOINERS,
    MODIFIERS,
    ORDINALS,
    ORDINARY,
    STORAGE_SIZES,
)

Kind = Literal["variant", "model", "choice", "brand", "not_listed", "nothing"]

CANDIDATES = 5
NEAREST = 3
_SHORT = 2
_NO_SERIES = FILLERS | MODIFIERS


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was understood.

    ``variant``: all three known. ``model``: brand and model. ``choice``: ``candidates``, best first. ``brand``: the
    brand alone. ``not_listed``: a phone that is not taken: of a brand that is (``brand``, if known, and the ``nearest``
    listed models) or ``outside`` the programme. ``memory_unlisted``: the memory they named is not one of the model's.
    """

    kind: Kind
    brand: ListedBrand | None = None
    model: ListedModel | None = None
    variant: ListedVariant | None = None
    candidates: tuple[ListedModel, ...] = ()
    nearest: tuple[ListedModel, ...] = ()
    outside: str | None = None
    outside_kind: str | None = None
    memory_unlisted: bool = False


def resolve(session: Session, text: str, *, brand_id: str | None = None, model_id: str | None = None) -> Resolution:
    """Find the phone in a text; ``brand_id`` and ``model_id``, known from before, only help where they fit."""
    return read(listing.current(session), text, brand_id=brand_id, model_id=model_id)


def read(index: PhoneIndex, text: str, *, brand_id: str | None = None, model_id: str | None = None) -> Resolution:
    """Find the phone in a text with an index at hand."""
    return _Reading(index, text, brand_id if brand_id in index.brands else None, model_id).resolution()


class _Reading(Meant):
    """A sentence being answered; ``model_id`` is the phone known before it was said."""

    def __init__(self, index: PhoneIndex, text: str, brand_id: str | None, model_id: str | None) -> None:
        super().__init__(index, text, brand_id)
        self.model_id = model_id

    def resolution(self) -> Resolution:
        """Return what the text says."""
        phones = [mention for mention in self.mentions if mention.names]
        meant = self._meant([mention for mention in phones if not self._denied(mention)])
        unlisted = self._unlisted()
        if meant and unlisted and unlisted.start >= meant[-1].end and self._corrected(meant[-1].end, unlisted.start):
            meant = []
        if len(meant) == 1:
            return self._one(meant[0])
        if meant:
            return self._choice([model for mention in meant for model in self._models(mention)])
        outside = next((mention for mention in self.mentions if mention.outside), None)
        if outside and outside.outside and (not unlisted or unlisted.start >= outside.start):
            return Resolution("not_listed", outside=outside.outside.name, outside_kind=outside.outside.what)
        if unlisted and (begun := self._begun(unlisted)):
            return self._choice(begun)
        if unlisted:
            return self._not_listed(unlisted.brand_id, unlisted.start, unlisted.end)
        return self._brand_or_nothing(phones)

    def _one(self, mention: Mention) -> Resolution:
        models = self._models(mention)
        before = next((other for other in self.mentions if other.maker and other.end == mention.start), None)
        full = any(name.full and name.distinctive for name in mention.names)
        if before and before.maker and not full and all(model.brand_id != before.maker.id for model in models):
            return self._not_listed(before.maker.id, mention.start, mention.end)
        if owner := self._foreign_series(mention, models):
            return self._not_listed(owner, mention.start - 1, mention.end)
        extra = self._unaccounted(mention)
        if extra:
            words = [*self.words[mention.start : mention.end], *(self.words[at] for at in extra)]
            exact = self.index.bags.get(tuple(sorted(words)), [])
            brands = {model.brand_id for model in models}
            exact = [model for model in exact if model.brand_id in brands]
            if not exact and (begun := self._continued(mention.start, max(extra) + 1)):
                return self._choice([model for model in begun if model.brand_id in brands])
            if len(exact) != 1:
                brand = models[0].brand_id if len(brands) == 1 else None
                start = min(mention.start, *extra)
                return self._not_listed(brand, start, max(mention.end, max(extra) + 1))
            models = exact
        # "Mi Note 4" for the Redmi is likely, "Redmi A1" for the Mi A1 less so: another series is asked about.
        full = any(name.full for name in mention.names if name.model in models)
        mixed = mention.start and not self.stops[mention.start] and not full
        if len(models) > 1 or (mixed and self._in_series(mention.start - 1, models[0].brand_id)):
            return self._choice(models, [name.model for name in mention.others] if mention.misspelt else [])
        return self._model(models[0], mention)

    def _continued(self, start: int, end: int) -> list[ListedModel]:
        """Return the models whose names go on from all of these words: "zenfone max pro"."""
        node: Node[Name] | None = self.index.names
        for word in self.words[start:end]:
            node = node.children.get(word) if node else None
        return [name.model for name in node.through] if node else []

    def _foreign_series(self, mention: Mention, models: list[ListedModel]) -> str | None:
        """Return the maker whose series stands before another maker's name: a "Redmi Note 10" is no Galaxy."""
        if self.words[mention.start] in self.index.series:
            return None  # it names a series of its own
        for before in range(mention.start - 1, max(-1, mention.start - 1 - REACH), -1):
            if self.stops[before + 1] or self.words[before] in ORDINARY - MODIFIERS:
                return None
            owners = self.index.series.get(self.words[before], set())
            if len(owners) == 1 and all(model.brand_id not in owners for model in models):
                return next(iter(owners))
        return None

    def _model(self, model: ListedModel, mention: Mention) -> Resolution:
        brand = self.index.brands[model.brand_id]
        fitting, said = self._variants(model, mention.start, mention.end)
        if len(fitting) == 1:
            return Resolution("variant", brand, model, fitting[0])
        return Resolution("model", brand, model, memory_unlisted=said and not fitting)

    def _unaccounted(self, mention: Mention) -> list[int]:
        """Return the places beside a name that would make it another phone's: "Pro", "2", a glued "x"."""
        extra: list[int] = []
        at = mention.end
        makers = {place for other in self.mentions if other.maker for place in range(other.start, other.end)}
        models = self._models(mention)
        while at < len(self.words) and not self.stops[at] and len(extra) < REACH:
            if at not in makers:
                if self._set_apart(at) or not self._significant(at, models):
                    break
                extra.append(at)
            at += 1
        before = mention.start - 1
        if (
            before >= 0
            and not self.stops[mention.start]
            and self.words[before] in self.index.modifiers
            and self.words[before] not in ORDINARY - {"pro", "plus", "mini", "max"}
            and self.words[before] not in self.index.series
            and before not in makers
        ):
            extra.append(before)
        return extra

    def _significant(self, at: int, models: list[ListedModel]) -> bool:
        word, after = self.words[at], "" if self._stopped(at + 1) else self._word(at + 1)
        if at in self.memory or at in self.noise or any(mention.start <= at < mention.end for mention in self.mentions):
            return False
        if word.isdigit():
            return self._significant_number(at, int(word), after, models)
        if word == "plus" and (self._pair(at - 1) or after.isdigit()):
            return after.isdigit() and self.said[at].glued and not self._pair(at - 1)
        if word in self.index.modifiers:
            return after not in COMPOUNDS.get(word, ()) and not (word == "note" and after.isalpha())
        if self.said[at].glued and word.isalpha():
            return len(word) == 1 or (len(word) == 2 and word not in JOINERS | ORDINARY | FILLERS | ORDINALS)  # noqa: PLR2004
        return len(word) == 1 and word in "stxcez" and not self._word(at - 1).isalpha()

    def _significant_number(self, at: int, number: int, after: str, models: list[ListedModel]) -> bool:
        if pair := self._pair(at):
            sizes = number, int(self.words[pair[1]])
            fits = any(sizes == (variant.ram_gb, variant.storage_gb) for model in models for variant in model.variants)
            # "Le Max 3 128gb" is no Le Max; after a number, "Mi A1 3 32", it is a memory that the phone never had.
            return pair[1] == at + 1 and not fits and self._word(at - 1).isalpha()
        if (number in BARE_STORAGE and at and not self.said[at].glued) or after in ORDINALS:
            return False
        if self._word(at - 1) == "/" and number in STORAGE_SIZES:
            return False
        if number in YEARS:
            return all(number != model.released for model in models) and any(
                model.brand_id in self.index.year_names for model in models
            )
        return True

    def _not_listed(self, brand_id: str | None, start: int, end: int) -> Resolution:
        words = [word for at, word in enumerate(self.words[start:end], start) if not self._in_maker(at)]
        nearest = self.index.nearest(" ".join(words), brand_id, NEAREST)
        return Resolution("not_listed", self.index.brands[brand_id] if brand_id else None, nearest=nearest)

    def _choice(self, models: list[ListedModel], likeliest: list[ListedModel] | None = None) -> Resolution:
        first = likeliest or []
        models = sorted(dict.fromkeys(models), key=lambda model: (model not in first, model.popularity, model.name))
        brands = {model.brand_id for model in models}
        brand = self.index.brands[models[0].brand_id] if len(brands) == 1 else None
        return Resolution("choice", brand, candidates=tuple(models[:CANDIDATES]))

    def _brand_or_nothing(self, denied: list[Mention]) -> Resolution:
        for at in range(len(self.words)):
            end, brands = self._series_from(at)
            word = self._word(at)
            beside = any(m.maker and m.end == at and m.maker.id in brands for m in self.mentions)
            known = (len(word) > _SHORT and word not in ORDINARY) or (end > at + 1 and beside)
            if (
                end > at
                and len(brands) == 1
                and not self._in_maker(at)
                and (known or (len(word) > 1 and word not in _NO_SERIES and self._alone(at, end)))
            ):
                return self._series(at, end, next(iter(brands)))
        maker = next((mention.maker for mention in reversed(self.mentions) if mention.maker), None)
        if maker:
            return Resolution("brand", maker)
        if denied and denied[-1].names:
            return Resolution("brand", self.index.brands[self._models(denied[-1])[0].brand_id])
        known_model = next((model for model in self.index.models if model.id == self.model_id), None)
        if known_model:
            fitting, said = self._variants(known_model, 0, 0)
            if said and len(fitting) == 1:
                return Resolution("variant", self.index.brands[known_model.brand_id], known_model, fitting[0])
        return Resolution("nothing")

    def _series(self, start: int, end: int, brand_id: str) -> Resolution:
        """Answer a name that was begun, "redmi note": a choice if few models go on from it, else the brand's list."""
        node: Node[Name] = self.index.names
        for at in range(start, end):
            node = node.children[self.words[at]]
        models = list(dict.fromkeys(name.model for name in node.through if name.model.brand_id == brand_id))
        if len(models) > CANDIDATES and end - start == 1:
            return Resolution("brand", self.index.brands[brand_id])
        return self._choice(models)

    def _variants(self, model: ListedModel, start: int, end: int) -> tuple[list[ListedVariant], bool]:
        """Return the model's variants that fit the memory said, and whether any was said."""
        sizes = self._sizes(end, len(self.words), after_name=True)
        if not any(sizes):
            sizes = self._sizes(0, start, after_name=False)
        ram, storage, either = sizes
        fitting = [
            variant
            for variant in model.variants
            if (not ram or variant.ram_gb in ram)
            and (not storage or variant.storage_gb in storage)
            and all(size in (variant.ram_gb, variant.storage_gb) for size in either)
        ]
        return fitting, any(sizes)
