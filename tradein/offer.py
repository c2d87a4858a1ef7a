"""What is on offer now, as lists to choose from: built once per content, kept in memory, never changed.

Every question about the phone shows one of these lists. They change only with an import, so a reader asks the database
for the digests of the content in force and for the rows only when those are new to it. What is promised to a customer
is not read here but from :mod:`tradein.catalogue`, in the transaction that promises it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from threading import Lock

from sqlalchemy.orm import Session, contains_eager

from tradein import catalogue
from tradein.catalogue import Brand, Model, Price, Variant, offered
from tradein.refusals import NoPrice

_KEPT = 4


@dataclass(frozen=True, slots=True)
class OfferedVariant:
    """A variant and its best value, minor units."""

    id: str
    label: str
    best_minor: int


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model with its variants, the smallest memory first."""

    id: str
    name: str
    full_name: str
    variants: tuple[OfferedVariant, ...]

    @property
    def up_to_minor(self) -> int:
        """Return the best value of the dearest variant, minor units."""
        return max(variant.best_minor for variant in self.variants)


@dataclass(frozen=True, slots=True)
class OfferedBrand:
    """A brand with its models, the best known first."""

    id: str
    name: str
    models: tuple[OfferedModel, ...]


Offer = tuple[OfferedBrand, ...]
"""The brands with a phone to offer, in the order of the file."""

_offers: dict[tuple[str, str], Offer] = {}
_lock = Lock()


def brands(session: Session) -> Offer:
    """Return all that is on offer."""
    content = catalogue.edition(session)
    if content is None:
        return _load(session)  # rows that no import wrote have no digest to go by
    known = _offers.get(content)
    if known is None:
        known = _load(session)
        with _lock:
            while len(_offers) >= _KEPT:
                _offers.pop(next(iter(_offers)))
            _offers[content] = known
    return known


def brand(session: Session, brand_id: str) -> OfferedBrand:
    """Return a listed brand, which may have nothing to offer; raises UnknownPhone."""
    found = next((brand for brand in brands(session) if brand.id == brand_id), None)
    return found or OfferedBrand(brand_id, catalogue.brand(session, brand_id).name, ())


def model(session: Session, model_id: str) -> OfferedModel:
    """Return a model on offer; raises UnknownPhone, or NoPrice where it is listed only."""
    models = (model for brand in brands(session) for model in brand.models)
    found = next((model for model in models if model.id == model_id), None)
    if found is None:
        raise NoPrice(slug=catalogue.model(session, model_id).id)
    return found


def _load(session: Session) -> Offer:
    rows = session.execute(
        offered()
        .add_columns(Price.best_minor)
        .options(contains_eager(Variant.model).contains_eager(Model.brand))
        .order_by(Brand.position, Brand.name, Model.popularity, Model.name, Variant.ram_gb, Variant.storage_gb)
    )
    values: dict[Variant, int] = {row.Variant: row.best_minor for row in rows}
    return tuple(_brands(values))


def _brands(values: dict[Variant, int]) -> Iterator[OfferedBrand]:
    for brand, variants in groupby(values, attrgetter("model.brand")):
        yield OfferedBrand(brand.id, brand.name, tuple(_models(variants, values)))


def _models(variants: Iterator[Variant], values: dict[Variant, int]) -> Iterator[OfferedModel]:
    for model, own in groupby(variants, attrgetter("model")):
        listed = tuple(OfferedVariant(variant.id, variant.label, values[variant]) for variant in own)
        yield OfferedModel(model.id, model.name, model.full_name, listed)
