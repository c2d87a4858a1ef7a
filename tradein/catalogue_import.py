"""Content into the database: what an import would change, and the import itself. All of it or, with a problem, nothing.

``plan_*`` only looks; ``import_*`` does what the plan says. Importing the same content again changes nothing. A price
book and a set of questions replace the ones in force as a whole and are kept for the quotes made with them.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tradein import condition_files, conditions, events
from tradein.catalogue import (
    MINOR_UNITS,
    Brand,
    CatalogueEdition,
    Model,
    OutsideName,
    Price,
    PriceBook,
    Product,
    Variant,
    memory_label,
)
from tradein.catalogue_check import check, check_prices
from tradein.catalogue_files import (
    BrandRow,
    CatalogueFiles,
    ModelRow,
    OutsideRow,
    PriceFile,
    ProductRow,
    VariantRow,
    digest,
)
from tradein.conditions import ConditionBook, ConditionSet
from tradein.events import COMMAND_LINE
from tradein.plan import Change, Plan, difference
from tradein.refusals import ContentMissing
from tradein.tables import ContentError


# --- names ------------------------------------------------------------------------------------------------------------
def stored(session: Session) -> CatalogueFiles:
    """Return the names in force as if they had just been read."""
    brands = session.scalars(select(Brand).where(Brand.listed).order_by(Brand.position)).all()
    outside = session.scalars(select(OutsideName).order_by(OutsideName.name)).all()
    models = session.scalars(select(Model).where(Model.listed).order_by(Model.id)).all()
    variants = session.scalars(select(Variant).where(Variant.listed).order_by(Variant.id)).all()
    products = session.scalars(select(Product).where(Product.listed).order_by(Product.sku)).all()
    return CatalogueFiles(
        brands=tuple(
            BrandRow(id=row.id, name=row.name, aliases=tuple(row.aliases), position=row.position) for row in brands
        ),
        outside=tuple(OutsideRow(id=row.name, what=row.what, aliases=tuple(row.aliases)) for row in outside),
        models=tuple(
            ModelRow(
                id=row.id,
                brand=row.brand_id,
                name=row.name,
                released=row.released,
                popularity=row.popularity,
                aliases=tuple(row.aliases),
            )
            for row in models
        ),
        variants=tuple(
            VariantRow(id=row.id, model=row.model_id, ram_gb=row.ram_gb, storage_gb=row.storage_gb) for row in variants
        ),
        products=tuple(
            ProductRow(id=row.sku, kind=row.kind, name=row.name, price_minor=row.price_minor) for row in products
        ),
    )


def plan_catalogue(session: Session, files: CatalogueFiles) -> Plan:
    """Return what an import of these files would change; raises ContentError if they don't fit what is stored."""
    return _plan(files, stored(session))


def _plan(files: CatalogueFiles, before: CatalogueFiles) -> Plan:
    complete = all(getattr(files, table.name) is not None for table in fields(files))
    report = check(files.over(before), complete=complete)
    if report.problems:
        raise ContentError(report.problems)
    changes: list[Change] = []
    for table in fields(files):
        given: Sequence[Any] | None = getattr(files, table.name)
        if given is not None:
            had = {row.id: row for row in getattr(before, table.name)}
            changes += difference(table.name, had, {row.id: row for row in given}, _show)
    return Plan(tuple(changes), report.warnings)


def import_catalogue(session: Session, files: CatalogueFiles, *, now: datetime) -> Plan:
    """Store the files given; what they no longer hold is unlisted. Raises ContentError and then changes nothing."""
    before = stored(session)
    plan = _plan(files, before)
    if not plan.changes:
        return plan
    _store_makers(session, files)
    _store_phones(session, files)
    _store_products(session, files)
    names = files.over(before)
    content = digest(
        [
            [(row.id, row.name, row.aliases, row.position) for row in names.brands or ()],
            sorted((row.id, row.what, row.aliases) for row in names.outside or ()),
            sorted(
                (row.id, row.brand, row.name, row.released, row.popularity, row.aliases) for row in names.models or ()
            ),
            sorted((row.id, row.model, row.ram_gb, row.storage_gb) for row in names.variants or ()),
        ]
    )
    session.add(CatalogueEdition(digest=content, imported_at=now))
    session.flush()
    return plan


def _store_makers(session: Session, files: CatalogueFiles) -> None:
    if files.brands is not None:
        _unlist(session, Brand, {row.id for row in files.brands})
        for brand in files.brands:
            session.merge(
                Brand(id=brand.id, name=brand.name, aliases=list(brand.aliases), position=brand.position, listed=True)
            )
    if files.outside is not None:
        session.execute(delete(OutsideName))
        session.add_all(OutsideName(name=row.id, what=row.what, aliases=list(row.aliases)) for row in files.outside)
    session.flush()


def _store_phones(session: Session, files: CatalogueFiles) -> None:
    if files.models is not None:
        _unlist(session, Model, {row.id for row in files.models})
        for model in files.models:
            session.merge(
                Model(
                    id=model.id,
                    brand_id=model.brand,
                    name=model.name,
                    released=model.released,
                    popularity=model.popularity,
                    aliases=list(model.aliases),
                    listed=True,
                )
            )
        session.flush()
    if files.variants is not None:
        _unlist(session, Variant, {row.id for row in files.variants})
        for variant in files.variants:
            session.merge(
                Variant(
                    id=variant.id,
                    model_id=variant.model,
                    ram_gb=variant.ram_gb,
                    storage_gb=variant.storage_gb,
                    listed=True,
                )
            )
        session.flush()


def _store_products(session: Session, files: CatalogueFiles) -> None:
    if files.products is not None:
        _unlist(session, Product, {row.id for row in files.products})
        for product in files.products:
            session.merge(
                Product(
                    sku=product.id,
                    kind=product.kind,
                    name=product.name,
                    price_minor=product.price_minor,
                    listed=True,
                )
            )
        session.flush()


def _unlist(session: Session, table: type[Brand | Model | Variant | Product], kept: set[str]) -> None:
    identity = table.sku if issubclass(table, Product) else table.id
    session.execute(update(table).where(table.listed, identity.not_in(kept)).values(listed=False))


# --- prices -----------------------------------------------------------------------------------------------------------
def plan_prices(session: Session, prices: PriceFile, *, file: str) -> Plan:
    """Return what a new price book would change; raises ContentError if it doesn't fit the listed variants."""
    floor = 0
    with suppress(ContentMissing):  # the questions may come later
        floor = conditions.book(session).floor_minor
    report = check_prices(prices, stored(session).variants or (), file=file, floor_minor=floor)
    if report.problems:
        raise ContentError(report.problems)
    newest = session.scalar(select(PriceBook).order_by(PriceBook.id.desc()).limit(1))
    had: dict[str, Any] = {}
    if newest is not None:
        had = {p.variant_id: p.best_minor for p in session.scalars(select(Price).where(Price.book_id == newest.id))}
    changes = difference("prices", had, {row.id: row.best_minor for row in prices.prices}, _money)
    if newest is not None and newest.digest != prices.digest:
        about = [(book.as_of.isoformat(), book.note) for book in (newest, prices)]
        changes += difference("prices", {"as_of, note": about[0]}, {"as_of, note": about[1]}, " · ".join)
    return Plan(tuple(changes), report.warnings)


def import_prices(session: Session, prices: PriceFile, *, file: str, now: datetime, actor: str = COMMAND_LINE) -> Plan:
    """Put a price book in force; raises ContentError and then changes nothing."""
    plan = plan_prices(session, prices, file=file)
    if plan.changes:
        book = PriceBook(
            as_of=prices.as_of, currency=prices.currency, note=prices.note, digest=prices.digest, imported_at=now
        )
        session.add(book)
        session.flush()
        session.add_all(Price(book_id=book.id, variant_id=row.id, best_minor=row.best_minor) for row in prices.prices)
        events.done(session, book, "imported", actor=actor, now=now, prices=len(prices.prices))
    return plan


# --- questions --------------------------------------------------------------------------------------------------------
def plan_conditions(session: Session, book: ConditionBook) -> Plan:
    """Return what a new set of questions would change."""
    had: dict[str, Any] = {}
    with suppress(ContentMissing):  # the first set: everything is added
        had = _pieces(conditions.book(session))
    return Plan(tuple(difference("conditions", had, _pieces(book), str)), ())


def import_conditions(session: Session, book: ConditionBook, *, now: datetime) -> Plan:
    """Put a set of questions in force."""
    plan = plan_conditions(session, book)
    newest = session.scalar(select(ConditionSet.version).order_by(ConditionSet.id.desc()).limit(1))
    if newest != condition_files.version(book):
        session.add(
            ConditionSet(version=condition_files.version(book), body=condition_files.body(book), imported_at=now)
        )
        session.flush()
    return plan


def _pieces(book: ConditionBook) -> dict[str, Any]:
    content = condition_files.body(book)
    pieces: dict[str, Any] = {"floor_inr": book.floor_inr, "round_to_inr": book.round_to_inr}
    pieces |= {f"reasons.{key}": words for key, words in content["reasons"].items()}
    for question in content["questions"]:
        options = question.pop("options")
        pieces[question["key"]] = question
        pieces |= {f"{question['key']}={option['key']}": option for option in options}
    pieces["order"] = [question.key for question in book.questions]
    return pieces


# --- how a row is shown -----------------------------------------------------------------------------------------------
def _money(minor: int) -> str:
    return f"{minor // MINOR_UNITS:,}"


def _show(row: BrandRow | OutsideRow | ModelRow | VariantRow | ProductRow) -> str:
    match row:
        case BrandRow():
            return _joined([row.name, *row.aliases, f"#{row.position + 1}"])
        case OutsideRow():
            return _joined([row.what, *row.aliases])
        case ModelRow():
            return _joined([row.name, str(row.released), f"popularity {row.popularity}", *row.aliases])
        case VariantRow():
            return _joined([row.model, memory_label(row.ram_gb, row.storage_gb)])
        case ProductRow():
            return _joined([row.kind, row.name, _money(row.price_minor)])


def _joined(pieces: Iterable[str]) -> str:
    return " · ".join(pieces)
