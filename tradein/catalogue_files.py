"""The files of ``catalogue/`` that are tables, each read and checked by itself; no database.

    brands.csv outside.csv models.csv variants.csv products.csv      names
    prices.csv                                                       "# as_of:", "# currency:", "# note:", then a table

How they fit together is :mod:`tradein.catalogue_check`'s business, ``conditions.yml`` :mod:`tradein.condition_files`'s.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from tradein.catalogue import LONGEST_NOTE, MINOR_UNITS, OutsideKind, ProductKind
from tradein.policy import CURRENCY
from tradein.tables import ContentError, Line, Problem, Reason, Table

FIRST_YEAR = 2007
"""No smartphone a customer could hand in was released earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandRow:
    """A line of brands.csv; ``position`` is its place in the file."""

    line: int = field(default=0, compare=False)
    id: str
    name: str
    aliases: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRow:
    """A line of outside.csv."""

    line: int = field(default=0, compare=False)
    id: str
    what: OutsideKind
    aliases: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the name, which is also what tells the rows apart."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A line of models.csv; ``released`` is a year, ``popularity`` a rank: 1 is shown first."""

    line: int = field(default=0, compare=False)
    id: str
    brand: str
    name: str
    released: int
    popularity: int
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRow:
    """A line of variants.csv; both memories in gigabytes."""

    line: int = field(default=0, compare=False)
    id: str
    model: str
    ram_gb: int
    storage_gb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A line of products.csv; the price in minor units."""

    line: int = field(default=0, compare=False)
    id: str
    kind: ProductKind
    name: str
    price_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """A line of prices.csv; the best value in minor units."""

    line: int = field(default=0, compare=False)
    id: str
    best_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFile:
    """A price book as a file."""

    as_of: date
    currency: str
    note: str
    prices: tuple[PriceRow, ...]

    @property
    def digest(self) -> str:
        """Return what names this content."""
        rows = sorted((row.id, row.best_minor) for row in self.prices)
        return digest([self.as_of.isoformat(), self.currency, self.note, rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFiles:
    """The names of the programme; a file that was not given is None."""

    brands: tuple[BrandRow, ...] | None = None
    outside: tuple[OutsideRow, ...] | None = None
    models: tuple[ModelRow, ...] | None = None
    variants: tuple[VariantRow, ...] | None = None
    products: tuple[ProductRow, ...] | None = None

    def over(self, stored: "CatalogueFiles") -> "CatalogueFiles":
        """Return these files, with what is stored in the place of those not given."""
        given = {name.name: getattr(self, name.name) for name in fields(self)}
        return CatalogueFiles(**{name: getattr(stored, name) if rows is None else rows for name, rows in given.items()})


def digest(content: object) -> str:
    """Return the SHA-256 of JSON content in its one form."""
    form = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(form.encode()).hexdigest()


# --- the tables -------------------------------------------------------------------------------------------------------
def _brands(table: Table, _today: date) -> tuple[BrandRow, ...]:
    def row(line: Line) -> BrandRow:
        return BrandRow(
            line=line.number,
            id=line.slug("brand"),
            name=line.name(),
            aliases=line.names(),
            position=[number for number, _ in table.rows].index(line.number),
        )

    return table.collect(row)


def _outside(table: Table, _today: date) -> tuple[OutsideRow, ...]:
    def row(line: Line) -> OutsideRow:
        return OutsideRow(line=line.number, id=line.name(), what=line.choice("what", OutsideKind), aliases=line.names())

    return table.collect(row)


def _models(table: Table, today: date) -> tuple[ModelRow, ...]:
    def row(line: Line) -> ModelRow:
        released = line.positive("released")
        if not line.bad and not FIRST_YEAR <= released <= today.year:
            line.problem(Reason.BAD_YEAR, released, FIRST_YEAR, today.year)
        return ModelRow(
            line=line.number,
            id=line.slug("model"),
            brand=line.slug("brand"),
            name=line.name(),
            released=released,
            popularity=line.positive("popularity"),
            aliases=line.names(),
        )

    return table.collect(row)


def _variants(table: Table, _today: date) -> tuple[VariantRow, ...]:
    def row(line: Line) -> VariantRow:
        return VariantRow(
            line=line.number,
            id=line.slug("variant"),
            model=line.slug("model"),
            ram_gb=line.positive("ram_gb"),
            storage_gb=line.positive("storage_gb"),
        )

    return table.collect(row)


def _products(table: Table, _today: date) -> tuple[ProductRow, ...]:
    def row(line: Line) -> ProductRow:
        return ProductRow(
            line=line.number,
            id=line.slug("sku"),
            kind=line.choice("kind", ProductKind),
            name=line.name(longest=120),
            price_minor=line.positive("price_inr") * MINOR_UNITS,
        )

    return table.collect(row)


_COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "brands": (("brand", "name"), ("also",)),
    "outside": (("name", "what"), ("also",)),
    "models": (("model", "brand", "name", "released", "popularity"), ("also",)),
    "variants": (("variant", "model", "ram_gb", "storage_gb"), ()),
    "products": (("sku", "kind", "name", "price_inr"), ()),
}
_READERS: dict[str, Callable[[Table, date], tuple[object, ...]]] = {
    "brands": _brands,
    "outside": _outside,
    "models": _models,
    "variants": _variants,
    "products": _products,
}
TABLES = tuple(_COLUMNS)
"""The files of names, in the order in which they refer to each other."""


def read_catalogue(path: Path, *, today: date) -> CatalogueFiles:
    """Read a folder with all the files of names, or one of them by its name; raises ContentError.

    Each file is checked by itself; :func:`check` looks at them together. A folder must hold every one of them.
    """
    files = [path / f"{name}.csv" for name in TABLES] if path.is_dir() else [path]
    problems: list[Problem] = []
    read: dict[str, tuple[object, ...]] = {}
    for file in files:
        if file.stem not in _COLUMNS or file.suffix.casefold() != ".csv":
            problems.append(Problem(file.name, 0, Reason.UNKNOWN_FILE))
            continue
        content = _bytes(file, problems)
        if content is None:
            continue
        table = Table(file.name, content, *_COLUMNS[file.stem])
        read[file.stem] = _READERS[file.stem](table, today)
        problems += table.problems
    if problems:
        raise ContentError(sorted(problems, key=lambda problem: (_place(problem.file), problem.line)))
    return CatalogueFiles(**read)  # type: ignore[arg-type]  # each reader makes the rows of its own field


def read_prices(path: Path, *, today: date) -> PriceFile:
    """Read a price file, checked by itself; raises ContentError."""
    problems: list[Problem] = []
    content = _bytes(path, problems)
    if content is None:
        raise ContentError(problems)
    column = f"best_{CURRENCY.casefold()}"
    table = Table(path.name, content, ("variant", column))
    as_of = _as_of(table, today)
    for name in ("as_of", "currency", "note"):
        if name not in table.comments and not any(p.reason is Reason.NOT_UTF8 for p in table.problems):
            table.problem(1, Reason.MISSING_COMMENT, name)
    line, note = table.comments.get("note", (1, ""))
    if len(note) > LONGEST_NOTE:
        table.problem(line, Reason.TOO_LONG, "note", LONGEST_NOTE)
    line, currency = table.comments.get("currency", (1, CURRENCY))
    if currency != CURRENCY:
        table.problem(line, Reason.BAD_CURRENCY, currency, CURRENCY)
    prices = table.collect(
        lambda line: PriceRow(line=line.number, id=line.slug("variant"), best_minor=line.positive(column) * MINOR_UNITS)
    )
    if table.problems:
        raise ContentError(sorted(table.problems, key=lambda problem: problem.line))
    return PriceFile(as_of=as_of, currency=currency, note=note, prices=prices)


def _as_of(table: Table, today: date) -> date:
    line, value = table.comments.get("as_of", (1, ""))
    try:
        as_of = date.fromisoformat(value)
    except ValueError:
        if value:
            table.problem(line, Reason.BAD_DATE, "as_of", value)
        return today
    if as_of > today:
        table.problem(line, Reason.FUTURE_DATE, value)
    return as_of


def _bytes(file: Path, problems: list[Problem]) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        problems.append(Problem(file.name, 0, Reason.NOT_FOUND))
        return None


def _place(file: str) -> int:
    name = file.removesuffix(".csv")
    return TABLES.index(name) if name in TABLES else len(TABLES)
