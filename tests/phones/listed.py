"""The catalogue's own files as the resolver's index, and what an answer comes to."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from tradein.catalogue import full_name
from tradein.catalogue_files import read_catalogue
from tradein.phones.index import ListedBrand, ListedModel, ListedVariant, Outside, PhoneIndex, build
from tradein.phones.resolver import Resolution

CATALOGUE = Path(__file__).parents[2] / "catalogue"
SHORT_LIST = 5

Verdict = Literal["right", "short list", "asked", "wrong", "unlisted taken"]
"""``short list``: a choice that begins with what was meant, or holds all that may be meant. ``asked``: not right, but
nothing was decided either: another question follows. ``wrong``: a phone was chosen that nobody spoke of.
``unlisted taken``: chosen although what was meant is not on the list."""


def index(more: Iterable[ListedModel] = ()) -> PhoneIndex:
    """Return the index of everything in the catalogue's files, and of ``more`` models of the same brands."""
    files = read_catalogue(CATALOGUE, today=date(2026, 11, 23))
    assert files.brands
    assert files.outside
    assert files.models
    assert files.variants
    names = {brand.id: brand.name for brand in files.brands}
    variants: dict[str, list[ListedVariant]] = {}
    for row in files.variants:
        variants.setdefault(row.model, []).append(ListedVariant(row.id, row.model, row.ram_gb, row.storage_gb))
    return build(
        [(ListedBrand(brand.id, brand.name), brand.aliases) for brand in files.brands],
        [
            (
                ListedModel(
                    id=row.id,
                    brand_id=row.brand,
                    name=row.name,
                    full_name=full_name(names[row.brand], row.name),
                    released=row.released,
                    popularity=row.popularity,
                    variants=tuple(variants[row.id]),
                ),
                row.aliases,
            )
            for row in files.models
        ]
        + [(model, ()) for model in more],
        [(Outside(row.name, row.what.value), row.aliases) for row in files.outside],
    )


def verdict(found: Resolution, meant: str) -> Verdict:
    """Judge an answer by what was meant, written as in the tables of this folder.

    A slug of a model or a variant; ``? a b`` where each of them may be meant; ``brand x``; ``no x`` for a
    listed brand's phone that is not on the list, ``no`` where the brand isn't known; ``out Apple``
    for what is outside; ``-`` for no phone.
    """
    if _fits(found, meant):
        return "short list" if found.kind == "choice" else "right"
    if found.kind not in {"variant", "model"}:
        return "asked"
    return "unlisted taken" if meant.partition(" ")[0] in {"no", "out"} else "wrong"


def _fits(found: Resolution, meant: str) -> bool:
    kind, _, rest = meant.partition(" ")
    brand = found.brand.id if found.brand else ""
    candidates = [model.id for model in found.candidates][:SHORT_LIST]
    match kind:
        case "?":
            return set(rest.split()) <= {*candidates, *_slugs(found)}
        case "brand":
            return found.kind == "brand" and brand == rest
        case "no":
            return found.kind == "not_listed" and not found.outside and rest in {"", brand}
        case "out":
            return found.kind == "not_listed" and found.outside == rest
        case "-":
            return found.kind in {"nothing", "brand"}
    return candidates[:1] == [kind] or kind in _slugs(found)


def _slugs(found: Resolution) -> set[str]:
    """Return the slugs of what was chosen; a memory that wasn't asked for may only be chosen where there is but one."""
    if found.model is None:
        return set()
    if found.variant is None:
        return {found.model.id}
    return {found.variant.id, *([found.model.id] if len(found.model.variants) == 1 else [])}
