"""The index of what a database has on offer, kept until its content changes."""

from collections.abc import Iterable, Iterator
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein.catalogue import Brand, Model, OutsideName, Variant, edition, full_name, offered
from tradein.phones.index import ListedBrand, ListedModel, ListedVariant, Outside, PhoneIndex, build

_KEPT = 4
_indexes: dict[tuple[str, str], PhoneIndex] = {}
_lock = Lock()


def current(session: Session) -> PhoneIndex:
    """Return the index of what is on offer now; one cheap question to the database says whether it has changed.

    Kept by the digests of the content, so that processes and databases can't mix theirs up.
    """
    content = edition(session)
    if content is None:
        return _load(session)  # rows that no import wrote have no digest to go by
    known = _indexes.get(content)
    if known is None:
        known = _load(session)
        with _lock:  # the gateway reads in several threads
            while len(_indexes) >= _KEPT:
                _indexes.pop(next(iter(_indexes)))
            _indexes[content] = known
    return known


def _load(session: Session) -> PhoneIndex:
    variants: dict[str, list[Variant]] = {}
    for variant in session.scalars(offered().order_by(Variant.ram_gb, Variant.storage_gb)):
        variants.setdefault(variant.model_id, []).append(variant)
    models = [model for model in session.scalars(select(Model)) if model.id in variants]
    brands = {brand.id: brand for brand in session.scalars(select(Brand).where(Brand.listed))}
    return build(
        [(ListedBrand(brand.id, brand.name), brand.aliases) for brand in brands.values()],
        list(_listed(models, brands, variants)),
        [(Outside(row.name, row.what.value), row.aliases) for row in session.scalars(select(OutsideName))],
    )


def _listed(
    models: Iterable[Model], brands: dict[str, Brand], variants: dict[str, list[Variant]]
) -> Iterator[tuple[ListedModel, list[str]]]:
    for model in models:
        yield (
            ListedModel(
                id=model.id,
                brand_id=model.brand_id,
                name=model.name,
                full_name=full_name(brands[model.brand_id].name, model.name),
                released=model.released,
                popularity=model.popularity,
                variants=tuple(
                    ListedVariant(row.id, row.model_id, row.ram_gb, row.storage_gb) for row in variants[model.id]
                ),
            ),
            model.aliases,
        )
