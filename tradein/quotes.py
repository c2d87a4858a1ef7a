"""A quote: the value promised for one phone in one condition, line by line, until its last moment.

    OPEN ──coupon issued──► ACCEPTED
     ├──customer changes a fact──► SUPERSEDED
     └──its last moment passes──► EXPIRED

The lines are stored, so a later price book or condition file never changes what was promised.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein.catalogue import Brand, Model, Variant, variant_name
from tradein.database import Base, Json, UtcDateTime
from tradein.events import NOW, Moves, born, move, state_column
from tradein.policy import Policy
from tradein.prepared import Prepared
from tradein.pricing import Pricing
from tradein.refusals import QuoteExpired, QuoteMissing


class QuoteState(StrEnum):
    """Whether the promise stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


MOVES: Moves[QuoteState] = {
    QuoteState.OPEN: frozenset({QuoteState.ACCEPTED, QuoteState.SUPERSEDED, QuoteState.EXPIRED}),
    QuoteState.ACCEPTED: frozenset(),
    QuoteState.SUPERSEDED: frozenset(),
    QuoteState.EXPIRED: frozenset(),
}


class Quote(Base):
    """A promise in minor units of ``currency``; ``lines`` are ``{"code", "label", "amount_minor"}`` and sum to it."""

    __tablename__ = "quote"
    __table_args__ = (
        Index(
            "uq_quote_one_open_per_exchange",
            "exchange_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    price_book_id: Mapped[int] = mapped_column(ForeignKey("price_book.id"))
    condition_set_id: Mapped[int] = mapped_column(ForeignKey("condition_set.id"))
    condition_mode: Mapped[str] = mapped_column(String(8))
    state: Mapped[QuoteState] = mapped_column(state_column(QuoteState))
    answers: Mapped[dict[str, list[str]]] = mapped_column(Json)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    best_minor: Mapped[int]
    value_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    promised_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    variant: Mapped[Variant] = relationship()


_PHONE = Prepared(
    select(Brand.name, Model.name, Variant.ram_gb, Variant.storage_gb)
    .select_from(Quote)
    .join(Quote.variant)
    .join(Variant.model)
    .join(Model.brand)
    .where(Quote.id == bindparam("quote_id"))
)
_STANDING = (Quote.expires_at >= NOW,)


def promise(
    session: Session,
    *,
    exchange_id: int,
    variant_id: str,
    price_book_id: int,
    condition_set_id: int,
    answers: dict[str, list[str]],
    best_minor: int,
    currency: str,
    pricing: Pricing,
    actor: str,
    policy: Policy,
    now: datetime,
) -> Quote:
    """Write a quote down: good until the end of the ``policy.quote_days``-th local day."""
    quote = Quote(
        exchange_id=exchange_id,
        variant_id=variant_id,
        price_book_id=price_book_id,
        condition_set_id=condition_set_id,
        condition_mode=policy.condition_mode,
        state=QuoteState.OPEN,
        answers=answers,
        lines=[{"code": line.code, "label": line.label, "amount_minor": line.amount_minor} for line in pricing.lines],
        best_minor=best_minor,
        value_minor=pricing.value_minor,
        currency=currency,
        promised_at=now,
        expires_at=policy.last_moment(now, days=policy.quote_days),
    )
    session.add(quote)
    born(session, quote, actor=actor, now=now, value_minor=quote.value_minor)
    return quote


def open_of(session: Session, exchange_id: int) -> Quote | None:
    """Return the open quote of an exchange, expired by the clock or not; None if there is none."""
    return session.scalar(select(Quote).where(Quote.exchange_id == exchange_id, Quote.state == QuoteState.OPEN))


def phone(session: Session, quote_id: int) -> str:
    """Return the full name of a quote's phone; in one statement, for every message names it."""
    found = _PHONE.row(session, quote_id=quote_id)
    assert found is not None  # noqa: S101 - for the type: whoever asks has the quote
    return variant_name(*found)


def standing(session: Session, exchange_id: int, *, now: datetime) -> Quote:
    """Return the quote that can be accepted now; raises QuoteMissing, QuoteExpired."""
    quote = open_of(session, exchange_id)
    if quote is None:
        raise QuoteMissing
    if now > quote.expires_at:
        raise QuoteExpired(expires_at=quote.expires_at)
    return quote


def supersede(session: Session, exchange_id: int, *, actor: str, now: datetime) -> None:
    """Withdraw the open quote of an exchange, if any: the customer described another phone."""
    quote = open_of(session, exchange_id)
    if quote is not None:
        move(session, quote, QuoteState.SUPERSEDED, moves=MOVES, actor=actor, now=now)


def lapse(session: Session, quote: Quote, *, now: datetime) -> None:
    """Close a quote whose last moment has passed."""
    move(session, quote, QuoteState.EXPIRED, moves=MOVES, actor="clock", now=now)


def accept(session: Session, quote: Quote, *, actor: str, now: datetime) -> None:
    """Accept a quote; its last moment is checked in the statement that accepts it. Raises MoveLost."""
    move(
        session,
        quote,
        QuoteState.ACCEPTED,
        moves=MOVES,
        actor=actor,
        now=now,
        guards=_STANDING,
    )
