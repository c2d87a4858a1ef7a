"""Which old phones the programme takes and what each is worth at best; which new phones a coupon buys.

    brand ─< model ─< variant ─< price >─ price book          outside names: makers and things we don't take

What the files of ``catalogue/`` no longer hold is marked unlisted, never deleted: quotes and exchanges refer to it.
A newer price book replaces the older one whole. A phone is *offered* while it is listed and the current price book
has a price for it: between the import of a model and that of its price nobody is promised anything (mission, line 2).
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ScalarSelect, Select, String, func, select
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from tradein.database import Base, Json, UtcDateTime
from tradein.refusals import ContentMissing, NoPrice, UnknownPhone

SLUG_LENGTH = 64
DIGEST_LENGTH = 64
LONGEST_NOTE = 500

MINOR_UNITS = 100
"""Minor units in one whole unit of money in the content files, whose columns say ``inr``: paise in a rupee."""


class ProductKind(StrEnum):
    """What is sold; a coupon buys smartphones only (mission, line 6)."""

    SMARTPHONE = "smartphone"
    ACCESSORY = "accessory"


class OutsideKind(StrEnum):
    """What an outside name stands for."""

    BRAND = "brand"
    TABLET = "tablet"
    WATCH = "watch"
    LAPTOP = "laptop"
    TV = "tv"


class Brand(Base):
    """A maker whose phones are taken; ``position`` is its place in the list shown."""

    __tablename__ = "brand"

    id: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    aliases: Mapped[list[str]] = mapped_column(Json)
    position: Mapped[int]
    listed: Mapped[bool]


class OutsideName(Base):
    """A name customers say that is no phone of the programme: another maker, a tablet, a watch."""

    __tablename__ = "outside_name"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    what: Mapped[OutsideKind] = mapped_column(
        EnumType(OutsideKind, native_enum=False, length=20, values_callable=lambda kinds: [k.value for k in kinds])
    )
    aliases: Mapped[list[str]] = mapped_column(Json)


class Model(Base):
    """A phone as people call it, without its memory; ``released`` is a year, ``popularity`` a rank, 1 first."""

    __tablename__ = "model"

    id: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    brand_id: Mapped[str] = mapped_column(ForeignKey("brand.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    released: Mapped[int]
    popularity: Mapped[int]
    aliases: Mapped[list[str]] = mapped_column(Json)
    listed: Mapped[bool]

    brand: Mapped[Brand] = relationship()

    @property
    def full_name(self) -> str:
        """Return the name with its maker's, once: "Xiaomi Redmi Note 4", "OnePlus 5T"."""
        return full_name(self.brand.name, self.name)


class Variant(Base):
    """What a price belongs to: a model with its memory, ``ram_gb`` and ``storage_gb`` in gigabytes."""

    __tablename__ = "variant"

    id: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id"), index=True)
    ram_gb: Mapped[int]
    storage_gb: Mapped[int]
    listed: Mapped[bool]

    model: Mapped[Model] = relationship()

    @property
    def label(self) -> str:
        """Return the memory as it is printed on the box: "4 GB / 64 GB"."""
        return memory_label(self.ram_gb, self.storage_gb)

    @property
    def name(self) -> str:
        """Return the phone in full: "Xiaomi Redmi Note 4 (4 GB / 64 GB)"."""
        return variant_name(self.model.brand.name, self.model.name, self.ram_gb, self.storage_gb)


class PriceBook(Base):
    """One import of prices, those of the day ``as_of``; ``digest`` names its content."""

    __tablename__ = "price_book"

    id: Mapped[int] = mapped_column(primary_key=True)
    as_of: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Price(Base):
    """The best exchange value of a variant in one book, in minor units of the book's currency."""

    __tablename__ = "price"
    __table_args__ = (CheckConstraint("best_minor > 0", name="best_is_positive"),)

    book_id: Mapped[int] = mapped_column(ForeignKey("price_book.id"), primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    best_minor: Mapped[int] = mapped_column(BigInteger)

    book: Mapped[PriceBook] = relationship()


class Product(Base):
    """Something the shop sells now; ``price_minor`` is in minor units of the programme's currency."""

    __tablename__ = "product"
    __table_args__ = (CheckConstraint("price_minor > 0", name="price_is_positive"),)

    sku: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    kind: Mapped[ProductKind] = mapped_column(
        EnumType(ProductKind, native_enum=False, length=20, values_callable=lambda kinds: [k.value for k in kinds])
    )
    name: Mapped[str] = mapped_column(String(120))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    listed: Mapped[bool]


class CatalogueEdition(Base):
    """One import of names that changed something; ``digest`` names the content, so that a reader may keep an index."""

    __tablename__ = "catalogue_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


def full_name(brand: str, model: str) -> str:
    """Return the model's name led by its maker's, which is not said twice."""
    return model if model.casefold().startswith(f"{brand.casefold()} ") else f"{brand} {model}"


def memory_label(ram_gb: int, storage_gb: int) -> str:
    """Return the memory, both in gigabytes, as it is printed on the box."""
    return f"{ram_gb} GB / {storage_gb} GB"


def variant_name(brand: str, model: str, ram_gb: int, storage_gb: int) -> str:
    """Return a phone's name in full."""
    return f"{full_name(brand, model)} ({memory_label(ram_gb, storage_gb)})"


# --- what is offered --------------------------------------------------------------------------------------------------
def _current_book_id() -> ScalarSelect[int]:
    return select(func.max(PriceBook.id)).scalar_subquery()


def offered() -> Select[Variant]:
    """Return the query for the variants that are listed, down from their brand, and priced in the current book."""
    return (
        select(Variant)
        .join(Price, (Price.variant_id == Variant.id) & (Price.book_id == _current_book_id()))
        .join(Variant.model)
        .join(Model.brand)
        .where(Variant.listed, Model.listed, Brand.listed)
    )


_EDITION = select(
    select(CatalogueEdition.digest).order_by(CatalogueEdition.id.desc()).limit(1).scalar_subquery(),
    select(PriceBook.digest).order_by(PriceBook.id.desc()).limit(1).scalar_subquery(),
)


def edition(session: Session) -> tuple[str, str] | None:
    """Return the digests of the names and of the prices in force, None unless an import wrote both.

    As long as they are the same, so is all that is on offer: a reader may keep what it made of it.
    """
    names, prices = session.execute(_EDITION).one()
    return None if names is None or prices is None else (names, prices)


def brands(session: Session) -> Sequence[Brand]:
    """Return the brands with a phone to offer, in the order of the file."""
    on_offer = offered().with_only_columns(Model.brand_id)
    return session.scalars(select(Brand).where(Brand.id.in_(on_offer)).order_by(Brand.position, Brand.name)).all()


def models(session: Session, brand_id: str) -> Sequence[Model]:
    """Return the brand's models on offer, the best known (rank 1) first; raises UnknownPhone."""
    brand(session, brand_id)
    on_offer = offered().with_only_columns(Variant.model_id)
    return session.scalars(
        select(Model)
        .where(Model.brand_id == brand_id, Model.id.in_(on_offer))
        .order_by(Model.popularity, Model.name)
        .options(joinedload(Model.brand))
    ).all()


def variants(session: Session, model_id: str) -> Sequence[Variant]:
    """Return the model's variants on offer, the smallest memory first; raises UnknownPhone."""
    model(session, model_id)
    return session.scalars(
        offered()
        .where(Variant.model_id == model_id)
        .order_by(Variant.ram_gb, Variant.storage_gb)
        .options(joinedload(Variant.model).joinedload(Model.brand))
    ).all()


# One question to the database instead of one for each table.
_WITH_BRAND = (joinedload(Model.brand),)
_WITH_MODEL_AND_BRAND = (joinedload(Variant.model).joinedload(Model.brand),)


def brand(session: Session, brand_id: str) -> Brand:
    """Return a listed brand; raises UnknownPhone."""
    found = session.get(Brand, brand_id)
    if found is None or not found.listed:
        raise UnknownPhone(slug=brand_id)
    return found


def model(session: Session, model_id: str) -> Model:
    """Return a listed model of a listed brand; raises UnknownPhone."""
    found = session.get(Model, model_id, options=_WITH_BRAND)
    if found is None or not found.listed or not found.brand.listed:
        raise UnknownPhone(slug=model_id)
    return found


def variant(session: Session, variant_id: str) -> Variant:
    """Return a listed variant of a listed model; raises UnknownPhone."""
    found = session.get(Variant, variant_id, options=_WITH_MODEL_AND_BRAND)
    if found is None or not found.listed or not found.model.listed or not found.model.brand.listed:
        raise UnknownPhone(slug=variant_id)
    return found


# --- what it is worth -------------------------------------------------------------------------------------------------
def current_prices(session: Session) -> PriceBook:
    """Return the price book in force; raises ContentMissing."""
    book = session.scalar(select(PriceBook).order_by(PriceBook.id.desc()).limit(1))
    if book is None:
        raise ContentMissing(what="prices")
    return book


def price_of(session: Session, variant_id: str) -> Price:
    """Return the variant's price in the book in force; raises UnknownPhone, ContentMissing or NoPrice."""
    variant(session, variant_id)
    price = session.get(Price, (current_prices(session).id, variant_id))
    if price is None:
        raise NoPrice(slug=variant_id)
    return price


def best_value(session: Session, variant_id: str) -> int:
    """Return the variant's best exchange value in minor units; raises as :func:`price_of`."""
    return price_of(session, variant_id).best_minor


def up_to(session: Session, model_id: str) -> int:
    """Return the best value of the dearest variant, minor units; raises UnknownPhone, ContentMissing or NoPrice."""
    model(session, model_id)
    best = session.scalar(
        select(func.max(Price.best_minor))
        .join(Variant, Variant.id == Price.variant_id)
        .where(Price.book_id == current_prices(session).id, Variant.model_id == model_id, Variant.listed)
    )
    if best is None:
        raise NoPrice(slug=model_id)
    return best


def products(session: Session, kind: ProductKind | None = None) -> Sequence[Product]:
    """Return what is on sale, the cheapest first; ``kind`` narrows it."""
    query = select(Product).where(Product.listed).order_by(Product.price_minor, Product.name)
    return session.scalars(query if kind is None else query.where(Product.kind == kind)).all()
