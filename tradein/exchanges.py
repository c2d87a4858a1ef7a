"""An exchange: one old phone on its way to a new one, from the first word to the coupon and beyond.

    (none) ──start──► DRAFT ──make_quote──► QUOTED ──coupons.issue──► ISSUED
                        ▲  └──restart──► CANCELLED ◄──┘
                        └──── choose, answer ────┘

The draft is the truth about what the customer has said so far; what Rasa keeps in slots only mirrors it. Slugs and
option keys that arrive here are claims by the customer: each is looked up in the catalogue before it counts.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, bindparam, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import catalogue, conditions, coupons, imei, quotes, reminders
from tradein.catalogue import Brand, Model, Variant
from tradein.customers import Customer
from tradein.database import Base, Json, UtcDateTime
from tradein.events import Moves, born, move, state_column
from tradein.imei import Claim, Device
from tradein.policy import Policy
from tradein.pricing import price
from tradein.quotes import Quote
from tradein.refusals import (
    ExchangeClosed,
    ExchangeIncomplete,
    ImeiBlocked,
    ImeiOfAnotherBrand,
    QuoteMissing,
)


class ExchangeState(StrEnum):
    """Where an exchange stands."""

    DRAFT = "draft"
    QUOTED = "quoted"
    ISSUED = "issued"
    CANCELLED = "cancelled"


MOVES: Moves[ExchangeState] = {
    ExchangeState.DRAFT: frozenset({ExchangeState.QUOTED, ExchangeState.CANCELLED}),
    ExchangeState.QUOTED: frozenset({ExchangeState.DRAFT, ExchangeState.ISSUED, ExchangeState.CANCELLED}),
    ExchangeState.ISSUED: frozenset(),
    ExchangeState.CANCELLED: frozenset(),
}

OPEN = (ExchangeState.DRAFT, ExchangeState.QUOTED)


class Exchange(Base):
    """What a customer has told us about one old phone.

    ``answers`` maps a condition question to the chosen options; ``touched_at`` orders the exchanges of a customer.
    """

    __tablename__ = "exchange"
    __table_args__ = (
        Index(
            "uq_exchange_one_draft_per_customer",
            "customer_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        Index(None, "customer_id", "touched_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    state: Mapped[ExchangeState] = mapped_column(state_column(ExchangeState))
    brand_id: Mapped[str | None] = mapped_column(ForeignKey("brand.id"))
    model_id: Mapped[str | None] = mapped_column(ForeignKey("model.id"))
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variant.id"))
    answers: Mapped[dict[str, list[str]]] = mapped_column(Json)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    brand: Mapped[Brand | None] = relationship()
    model: Mapped[Model | None] = relationship()
    variant: Mapped[Variant | None] = relationship()
    device: Mapped[Device | None] = relationship()

    @property
    def actor(self) -> str:
        """The customer, as the event log names them."""
        return f"customer:{self.customer_id}"


# Built once: every turn looks for it, and building takes as long as running.
_CURRENT = (
    select(Exchange)
    .where(Exchange.customer_id == bindparam("customer_id"), Exchange.state.in_(OPEN))
    .order_by(Exchange.touched_at.desc(), Exchange.id.desc())
    .limit(1)
)
_CURRENT_HELD = _CURRENT.with_for_update()


def current(session: Session, customer: Customer, *, hold: bool = False) -> Exchange | None:
    """Return the draft or quoted exchange the customer last touched, None if there is none.

    Who goes on to change it holds it: on PostgreSQL others then wait for this transaction and see what it did; on
    SQLite BEGIN IMMEDIATE has done that already.
    """
    return session.scalar(_CURRENT_HELD if hold else _CURRENT, {"customer_id": customer.id})


def latest(session: Session, customer: Customer) -> Exchange | None:
    """Return the exchange the customer last touched, whatever its state."""
    return session.scalar(
        select(Exchange)
        .where(Exchange.customer_id == customer.id)
        .order_by(Exchange.touched_at.desc(), Exchange.id.desc())
        .limit(1)
    )


def of_quote(session: Session, customer: Customer, *, quote_id: int) -> Exchange:
    """Return the customer's exchange that a quote was given for, held for a change; raises QuoteMissing."""
    exchange = session.scalar(
        select(Exchange)
        .join(Quote, Quote.exchange_id == Exchange.id)
        .where(Quote.id == quote_id, Exchange.customer_id == customer.id)
        .with_for_update(of=Exchange)
    )
    if exchange is None:
        raise QuoteMissing
    return exchange


def start(session: Session, customer: Customer, *, now: datetime) -> Exchange:
    """Return the customer's current exchange, held for a change, or a new draft."""
    return current(session, customer, hold=True) or _draft(session, customer, now=now)


def restart(session: Session, customer: Customer, *, now: datetime) -> Exchange:
    """Begin anew: an unfinished draft is cancelled, a quote that was already given stays good."""
    _drop_draft(session, customer.id, now=now)
    return _draft(session, customer, now=now)


def take_up(session: Session, customer: Customer, *, quote_id: int, now: datetime) -> Exchange:
    """Make the exchange of one of the customer's open quotes the current one; raises QuoteMissing."""
    exchange = of_quote(session, customer, quote_id=quote_id)
    quote = quotes.open_of(session, exchange.id)
    if exchange.state is not ExchangeState.QUOTED or quote is None or quote.id != quote_id:
        raise QuoteMissing
    exchange.touched_at = now
    session.flush()
    return exchange


def _draft(session: Session, customer: Customer, *, now: datetime) -> Exchange:
    exchange = Exchange(customer_id=customer.id, state=ExchangeState.DRAFT, answers={}, created_at=now, touched_at=now)
    session.add(exchange)
    born(session, exchange, actor=exchange.actor, now=now)
    return exchange


def _drop_draft(session: Session, customer_id: int, *, now: datetime) -> None:
    draft = session.scalar(
        select(Exchange).where(Exchange.customer_id == customer_id, Exchange.state == ExchangeState.DRAFT)
    )
    if draft is not None:
        move(session, draft, ExchangeState.CANCELLED, moves=MOVES, actor=draft.actor, now=now)


def drop(session: Session, exchange: Exchange, *, actor: str, now: datetime) -> None:
    """End an exchange that has no coupon yet, its quote with it; raises MoveNotAllowed, MoveLost."""
    quotes.supersede(session, exchange.id, actor=actor, now=now)
    move(session, exchange, ExchangeState.CANCELLED, moves=MOVES, actor=actor, now=now)


def choose(
    session: Session,
    exchange: Exchange,
    *,
    brand_id: str | None = None,
    model_id: str | None = None,
    variant_id: str | None = None,
    now: datetime,
) -> Exchange:
    """Choose the phone by its most exact slug; a model with a single variant chooses that variant too.

    The answers about its condition stay, a quote does not. Raises UnknownPhone, ExchangeClosed.
    """
    brand, model, variant = _phone(session, brand_id=brand_id, model_id=model_id, variant_id=variant_id)
    chosen = (brand.id, model.id if model else None, variant.id if variant else None)
    if chosen == (exchange.brand_id, exchange.model_id, exchange.variant_id):
        return exchange
    _reopen(session, exchange, now=now)
    exchange.brand_id, exchange.model_id, exchange.variant_id = chosen
    exchange.device_id = None  # another phone has another number
    session.flush()
    return exchange


def _phone(
    session: Session, *, brand_id: str | None, model_id: str | None, variant_id: str | None
) -> tuple[Brand, Model | None, Variant | None]:
    variant = catalogue.variant(session, variant_id) if variant_id else None
    model = variant.model if variant else catalogue.model(session, model_id) if model_id else None
    if model and not variant:
        offered = catalogue.variants(session, model.id)
        variant = offered[0] if len(offered) == 1 else None
    brand = model.brand if model else catalogue.brand(session, brand_id or "")
    return brand, model, variant


def answer(session: Session, exchange: Exchange, *, question: str, options: Sequence[str], now: datetime) -> Exchange:
    """Record the answer to a condition question; raises UnknownQuestion, UnknownOption, ExchangeClosed."""
    chosen = conditions.book(session).checked(question, options)
    if exchange.answers.get(question) != chosen:
        _reopen(session, exchange, now=now)
        exchange.answers = {**exchange.answers, question: chosen}
        session.flush()
    return exchange


def _reopen(session: Session, exchange: Exchange, *, now: datetime) -> None:
    """Let the draft change: a quote that was given for the old facts is superseded."""
    if exchange.state not in OPEN:
        raise ExchangeClosed(state=exchange.state.value)
    if exchange.state is ExchangeState.QUOTED:
        _drop_draft(session, exchange.customer_id, now=now)
        quotes.supersede(session, exchange.id, actor=exchange.actor, now=now)
        move(session, exchange, ExchangeState.DRAFT, moves=MOVES, actor=exchange.actor, now=now)
    exchange.touched_at = now


def make_quote(session: Session, exchange: Exchange, *, policy: Policy, now: datetime) -> Quote:
    """Promise a value for the phone as described; an open quote for the same facts is the same promise.

    Raises ExchangeIncomplete, ExchangeClosed, NotEligible, NoPrice.
    """
    if exchange.state not in OPEN:
        raise ExchangeClosed(state=exchange.state.value)
    promised = quotes.open_of(session, exchange.id)
    if promised is not None and now <= promised.expires_at:
        return promised
    if exchange.variant_id is None:
        raise ExchangeIncomplete(missing="phone")
    condition_set_id, book = conditions.current(session)
    unanswered = book.next(exchange.answers)
    if unanswered is not None:
        raise ExchangeIncomplete(missing=unanswered.key)
    best = catalogue.price_of(session, exchange.variant_id)
    pricing = price(best.best_minor, exchange.answers, book, mode=policy.condition_mode)
    if promised is not None:
        quotes.lapse(session, promised, now=now)
    else:
        move(session, exchange, ExchangeState.QUOTED, moves=MOVES, actor=exchange.actor, now=now)
    exchange.touched_at = now
    quote = quotes.promise(
        session,
        exchange_id=exchange.id,
        variant_id=exchange.variant_id,
        price_book_id=best.book_id,
        condition_set_id=condition_set_id,
        answers=exchange.answers,
        best_minor=best.best_minor,
        currency=best.book.currency,
        pricing=pricing,
        actor=exchange.actor,
        policy=policy,
        now=now,
    )
    reminders.plan_quote(session, quote, customer_id=exchange.customer_id, policy=policy, now=now)
    return quote


def give_imei(session: Session, exchange: Exchange, *, claim: Claim, now: datetime) -> Device:
    """Bind a number the customer sent to the exchange, if it may be exchanged.

    Raises the ImeiInvalid that fits, ImeiBlocked, ImeiOfAnotherBrand, ImeiInExchange, ImeiSettled, ExchangeClosed.
    The checks are repeated when the coupon is issued: this is the early, kind answer.
    """
    if exchange.state is not ExchangeState.QUOTED:
        raise ExchangeClosed(state=exchange.state.value)
    device = imei.device_claimed(claim)
    check_device(session, exchange, device, now=now)
    exchange.device_id = device.id
    exchange.touched_at = now
    session.flush()
    return device


def check_device(session: Session, exchange: Exchange, device: Device, *, now: datetime) -> None:
    """Raise ImeiBlocked, ImeiOfAnotherBrand, ImeiInExchange or ImeiSettled unless the phone may be exchanged now."""
    if device.blocked_at is not None:
        raise ImeiBlocked(masked=device.masked)
    brand = imei.maker(session, device)
    if brand is not None and brand != exchange.brand_id:
        known = session.get(Brand, brand)
        chosen = exchange.brand.name if exchange.brand else ""
        raise ImeiOfAnotherBrand(brand=known.name if known else brand, chosen=chosen, masked=device.masked)
    let_go = coupons.check_free(session, device, customer_id=exchange.customer_id, now=now)
    if let_go is not None:
        reminders.plan_expired(session, let_go, now=now)


def forget_devices(session: Session, *, before: datetime) -> int:
    """Delete the numbers first seen before ``before`` that nothing came of; return how many.

    Whoever typed an IMEI and gave it for no exchange has traded nothing in: we have no use for it. What an exchange or
    a coupon is about stays, a claim that is still fresh, and the blocked list.
    """
    used = (select(table.device_id).where(table.device_id.is_not(None)) for table in (Claim, Exchange, coupons.Coupon))
    unused = (Device.id.not_in(ids) for ids in used)
    gone = delete(Device).where(Device.created_at < before, Device.blocked_at.is_(None), *unused)
    return len(session.scalars(gone.returning(Device.id).execution_options(synchronize_session=False)).all())
