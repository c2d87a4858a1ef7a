"""What the programme says and pays: phones with their prices, price books, terms, condition questions; and the log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, override

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload
from starlette.requests import Request

from tradein.catalogue import Brand, Model, Price, PriceBook, Variant, full_name
from tradein.conditions import ConditionSet
from tradein.events import Event
from tradein.policy import Policy
from tradein.terms import Terms
from web.console.listing import LONGEST_NUMBER, Beyond, Column, Listing, Part, Told, moved
from web.console.local import Local, words


class Phones(Listing):
    """The old phones that are taken, with what each is worth at best."""

    key, menu_label, icon = "phones", "Phones", "fa fa-mobile"
    table = Variant
    columns = (
        Column("brand", "Brand", Brand.name),
        Column("phone", "Phone", Model.name),
        Column("memory", "Memory", Variant.storage_gb),
        Column("released", "Year", Model.released),
        Column("best", "Worth at best"),
        Column("listed", "Taken"),
        Column("id", "Name in the files", Variant.id),
    )
    default = ("phone", False)
    search_hint = "Brand or model"
    empty = "No phones here. 'tradein catalogue import catalogue' brings those of the files."

    @override
    def query(self) -> Select[Any]:
        return (
            select(Variant)
            .join(Variant.model)
            .join(Model.brand)
            .options(joinedload(Variant.model).joinedload(Model.brand))
        )

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        book = select(func.max(PriceBook.id)).scalar_subquery()
        priced = select(Price.variant_id).where(Price.book_id == book)
        return {
            "offered": Part(
                "Offered",
                (Variant.listed.is_(True), Model.listed.is_(True), Brand.listed.is_(True), Variant.id.in_(priced)),
            ),
            "unpriced": Part("Listed, without a price", (Variant.listed.is_(True), Variant.id.not_in(priced))),
            "unlisted": Part("Not taken any more", (Variant.listed.is_(False),)),
        }

    @override
    def matching(self, words: str) -> ColumnElement[bool] | None:
        return or_(Model.name.icontains(words, autoescape=True), Brand.name.icontains(words, autoescape=True))

    @override
    def told(self, row: Variant, local: Local) -> Told:
        return {
            "brand": row.model.brand.name,
            "phone": full_name(row.model.brand.name, row.model.name),
            "memory": row.label,
            "released": str(row.model.released),
            "best": "no price",
            "listed": "yes" if row.listed and row.model.listed and row.model.brand.listed else "no",
            "id": row.id,
        }

    @override
    def beside(self, session: Session, rows: Sequence[Variant], local: Local) -> Mapping[Any, Told]:
        prices = dict(
            session.execute(
                select(Price.variant_id, Price.best_minor).where(
                    Price.book_id == select(func.max(PriceBook.id)).scalar_subquery(),
                    Price.variant_id.in_([row.id for row in rows]),
                )
            ).all()
        )
        return {row: {"best": local.money(prices[row.id])} for row in rows if row.id in prices}

    @override
    def beyond(self, session: Session, row: Variant, local: Local) -> Sequence[Beyond]:
        found = session.execute(
            select(PriceBook, Price.best_minor)
            .join(Price, Price.book_id == PriceBook.id)
            .where(Price.variant_id == row.id)
            .order_by(PriceBook.id.desc())
        )
        rows = [
            (local.day(book.as_of), local.money(best, book.currency), local.moment(book.imported_at))
            for book, best in found
        ]
        return [Beyond("Its best value, the newest price book first", ("Prices of", "Worth at best", "Imported"), rows)]


class PriceBooks(Listing):
    """Every import of prices; the newest is in force."""

    key, menu_label, icon = "prices", "Price books", "fa fa-tags"
    table = PriceBook
    columns = (
        Column("as_of", "Prices of", PriceBook.as_of),
        Column("note", "Note"),
        Column("currency", "Currency"),
        Column("imported", "Imported", PriceBook.imported_at),
        Column("count", "Phones priced", detail=True),
        Column("range", "From, to", detail=True),
    )
    default = ("imported", True)
    empty = "No prices yet. 'Import a file' in the menu, or 'tradein prices import FILE', brings the first."

    @override
    def told(self, row: PriceBook, local: Local) -> Told:
        return {
            "as_of": local.day(row.as_of),
            "note": row.note,
            "currency": row.currency,
            "imported": local.moment(row.imported_at),
            "count": "",
            "range": "",
        }

    @override
    def opened(self, session: Session, row: PriceBook, local: Local) -> Told:
        counted = select(func.count(), func.min(Price.best_minor), func.max(Price.best_minor))
        count, least, most = session.execute(counted.where(Price.book_id == row.id)).one()
        spread = f"{local.money(least, row.currency)} to {local.money(most, row.currency)}" if count else ""
        return {"count": str(count), "range": spread}


class TermsVersions(Listing):
    """What customers agree to."""

    key, menu_label, icon = "terms", "Terms", "fa fa-file-contract"
    table = Terms
    columns = (
        Column("version", "Version", Terms.version),
        Column("language", "Language", Terms.language),
        Column("published", "Published", Terms.published_at),
        Column("text", "Text", detail=True),
    )
    default = ("version", True)
    empty = "No terms yet, so no coupon can be issued. 'Import a file' in the menu publishes the first."

    @override
    def told(self, row: Terms, local: Local) -> Told:
        published = local.moment(row.published_at)
        return {"version": str(row.version), "language": row.language, "published": published, "text": row.text}


class Questions(Listing):
    """Every set of condition questions; the newest is in force."""

    key, menu_label, icon = "questions", "Condition questions", "fa fa-list-check"
    table = ConditionSet
    columns = (
        Column("number", "Set", ConditionSet.id),
        Column("count", "Questions"),
        Column("imported", "Imported", ConditionSet.imported_at),
    )
    default = ("imported", True)
    empty = "No questions yet. 'tradein conditions import catalogue/conditions.yml' brings those of the file."

    @override
    def told(self, row: ConditionSet, local: Local) -> Told:
        count = str(len(row.body.get("questions", ())))
        return {"number": str(row.id), "count": count, "imported": local.moment(row.imported_at)}

    @override
    def beyond(self, session: Session, row: ConditionSet, local: Local) -> Sequence[Beyond]:
        rows = [
            (str(question["ask"]["en"]), str(option["label"]["en"]), _effect(option))
            for question in row.body.get("questions", ())
            for option in question["options"]
        ]
        return [Beyond("What is asked", ("Question", "Answer", "What it does"), rows)]


class Log(Listing):
    """The event log: every move, in the order it was made; nothing in it can be changed."""

    key, menu_label, icon = "log", "Event log", "fa fa-clock-rotate-left"
    table = Event
    columns = (
        Column("at", "When", Event.id),
        Column("subject", "What"),
        Column("move", "Move"),
        Column("actor", "By"),
        Column("detail", "Detail", detail=True),
    )
    default = ("at", True)
    search_hint = "coupon 12, staff:3, operator …"
    empty = "Nothing happened yet."

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        return {"staff": Part("By staff", (or_(Event.actor.startswith("staff:"), Event.actor == "operator"),))}

    @override
    def matching(self, words: str) -> ColumnElement[bool] | None:
        subject, _, number = words.rpartition(" ")
        if subject and number.isdecimal():
            return and_(Event.subject == subject.replace(" ", "_"), Event.subject_id == int(number[:LONGEST_NUMBER]))
        return or_(Event.subject == words.replace(" ", "_"), Event.actor == words)

    @override
    def told(self, row: Event, local: Local) -> Told:
        return {
            "at": local.moment(row.at),
            "subject": f"{words(row.subject)} {row.subject_id}",
            "move": moved(row),
            "actor": words(row.actor.replace(":", " ")),
            "detail": ", ".join(f"{words(name)}: {value}" for name, value in row.detail.items()),
        }

    @override
    def can_view_detail(self, request: Request) -> bool:
        return True


def _effect(option: Mapping[str, Any]) -> str:
    effects = []
    if option.get("gate"):
        effects.append("rules the phone out")
    if option.get("percent"):
        effects.append(f"deducts {option['percent']} %")
    if option.get("bonus_inr"):
        effects.append(f"adds {option['bonus_inr']} rupees")
    return ", ".join(effects) or "changes nothing"
