"""The files of ``catalogue/`` looked at together: references, names nobody could tell apart, missing prices."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tradein.catalogue import MINOR_UNITS
from tradein.catalogue_files import BrandRow, CatalogueFiles, OutsideRow, PriceFile, VariantRow
from tradein.spelling import key, without_maker
from tradein.tables import Problem, Reason


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: ``problems`` forbid the import, ``warnings`` are for the operator to think about."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check(files: CatalogueFiles, *, complete: bool) -> Report:
    """Look at the names together: references, names that collide, models without a variant.

    ``complete`` is false while files come one by one: a new model may then wait for its variants.
    """
    brands = {row.id for row in files.brands or ()}
    models = {row.id: row for row in files.models or ()}
    with_variant = {row.model for row in files.variants or ()}
    childless = [
        Problem("models.csv", row.line, Reason.NO_VARIANT, (row.id,))
        for row in models.values()
        if row.id not in with_variant
    ]
    problems = [
        *(
            Problem("models.csv", row.line, Reason.UNKNOWN_BRAND, (row.brand,))
            for row in models.values()
            if row.brand not in brands
        ),
        *(
            Problem("variants.csv", row.line, Reason.UNKNOWN_MODEL, (row.model,))
            for row in files.variants or ()
            if row.model not in models
        ),
        *_same_memory(files.variants or ()),
        *_collisions(files),
        *(childless if complete else ()),
    ]
    return Report(tuple(problems), () if complete else tuple(childless))


def _same_memory(variants: Iterable[VariantRow]) -> Iterator[Problem]:
    seen: dict[tuple[str, int, int], str] = {}
    for row in variants:
        memory = (row.model, row.ram_gb, row.storage_gb)
        if seen.setdefault(memory, row.id) != row.id:
            yield Problem("variants.csv", row.line, Reason.SAME_MEMORY, (seen[memory],))


def _collisions(files: CatalogueFiles) -> Iterator[Problem]:
    """Give the names that nobody could tell apart: among makers and outside names, and among the models of a brand."""
    makers: dict[tuple[str, ...], str] = {}
    rows: list[tuple[str, BrandRow | OutsideRow]] = [
        *(("brands.csv", row) for row in files.brands or ()),
        *(("outside.csv", row) for row in files.outside or ()),
    ]
    for file, row in rows:
        for name in (row.name, *row.aliases):
            if makers.setdefault(key(name), row.name) != row.name:
                yield Problem(file, row.line, Reason.NAME_TAKEN, (name, makers[key(name)]))
    own = {row.id: row.name for row in files.brands or ()}
    models: dict[tuple[str, tuple[str, ...]], str] = {}
    for model in files.models or ():
        for name in (model.name, *model.aliases):
            bare = without_maker(key(name), own.get(model.brand, ""))
            if models.setdefault((model.brand, bare), model.id) != model.id:
                yield Problem("models.csv", model.line, Reason.NAME_TAKEN, (name, models[model.brand, bare]))


def check_prices(prices: PriceFile, variants: Iterable[VariantRow], *, file: str, floor_minor: int = 0) -> Report:
    """Look at the prices beside the variants, listed ones only; ``floor_minor`` is that of the conditions if known."""
    listed = {row.id: row for row in variants}
    best = {row.id: row.best_minor for row in prices.prices}
    lines = {row.id: row.line for row in prices.prices}
    problems = [
        Problem(file, lines[variant], Reason.UNKNOWN_VARIANT, (variant,)) for variant in best if variant not in listed
    ]
    problems += [Problem(file, 0, Reason.NO_PRICE, (variant,)) for variant in listed if variant not in best]
    by_model: dict[str, list[VariantRow]] = {}
    for row in listed.values():
        if row.id in best:
            by_model.setdefault(row.model, []).append(row)
    warnings = [
        Problem(file, lines[larger.id], Reason.LARGER_IS_CHEAPER, (larger.id, smaller.id))
        for siblings in by_model.values()
        for larger in siblings
        for smaller in siblings
        if larger.ram_gb >= smaller.ram_gb
        and larger.storage_gb >= smaller.storage_gb
        and best[larger.id] < best[smaller.id]
    ]
    warnings += [
        Problem(file, lines[variant], Reason.BELOW_FLOOR, (variant, str(floor_minor // MINOR_UNITS)))
        for variant, value in best.items()
        if value < floor_minor
    ]
    return Report(tuple(problems), tuple(warnings))
