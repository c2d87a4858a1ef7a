"""How the programme does, what is due and what went wrong: the numbers an operator begins the day with.

Each number is a count, some with the money it stands for. What is due or went wrong is found by an index and costs what
is due or went wrong; what the programme did is one pass over the rows of a kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, TextClause, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tradein.checkout import Reservation, ReservationState
from tradein.coupons import Coupon, CouponState
from tradein.database import Base
from tradein.hooks import Hook, HookState
from tradein.inbox import SET_ASIDE, InboxUpdate
from tradein.orders import Order, OrderState
from tradein.outbox import UNDELIVERED, Message, MessageState
from tradein.policy import Policy
from tradein.quotes import Quote
from tradein.refunds import PENDING, Refund, RefundState
from tradein.reminders import PLANNED, Reminder
from tradein.support.tickets import Ticket, TicketState
from tradein.visits import AHEAD, AT_THE_DOOR, CODE_LOCKS, Visit, VisitState

WEEK = timedelta(days=6)
"""Before today: seven local days with it."""


class Done(StrEnum):
    """What the programme did."""

    QUOTED = "quoted"
    ISSUED = "issued"
    REDEEMED = "redeemed"
    COMPLETED = "completed"
    REFUSED = "refused"
    REFUNDED = "refunded"
    HELPED = "helped"


class Due(StrEnum):
    """What is to happen by itself or by somebody's hand."""

    REMINDERS = "reminders"
    EXPIRING = "expiring"
    VISITS = "visits"
    OVERDUE_VISITS = "overdue_visits"
    REFUNDS = "refunds"
    RESERVATIONS = "reservations"


class Wrong(StrEnum):
    """What somebody has to look at."""

    UNDELIVERED = "undelivered"
    UNSURE = "unsure"
    WEBHOOKS = "webhooks"
    REFUNDS = "refunds"
    SET_ASIDE = "set_aside"
    WAITING = "waiting"
    LOCKED_DOORS = "locked_doors"


@dataclass(frozen=True)
class Sum:
    """How many, and what they come to in minor units where money is in question."""

    count: int
    amount_minor: int | None = None


@dataclass(frozen=True)
class Spell:
    """One thing the programme did: on this local day, in seven with it, ever."""

    what: Done
    today: Sum
    week: Sum
    ever: Sum


@dataclass(frozen=True)
class Report:
    """All of it, at one moment."""

    done: Sequence[Spell]
    due: dict[Due, Sum]
    wrong: dict[Wrong, Sum]


def of(session: Session, *, policy: Policy, now: datetime) -> Report:
    """Return the report of this moment; days are the programme's own."""
    return Report(
        done=done(session, policy=policy, now=now),
        due=due(session, policy=policy, now=now),
        wrong=wrong(session, policy=policy, now=now),
    )


def day(now: datetime, policy: Policy) -> tuple[datetime, datetime]:
    """Return where the programme's present day begins and where the next one does."""
    today = now.astimezone(policy.zone).date()
    return _midnight(today, policy), _midnight(today + timedelta(days=1), policy)


def since(*, policy: Policy, now: datetime) -> tuple[datetime, datetime]:
    """Return where the programme's present day begins, and the seven days that end with it."""
    today = now.astimezone(policy.zone).date()
    return _midnight(today, policy), _midnight(today - WEEK, policy)


def done(session: Session, *, policy: Policy, now: datetime) -> Sequence[Spell]:
    """Return what the programme did, each kind by the moment that made it so."""
    moments = (*since(policy=policy, now=now), None)

    def spell(
        what: Done,
        at: InstrumentedAttribute[Any],
        *conditions: ColumnElement[bool],
        amount: InstrumentedAttribute[int] | None = None,
    ) -> Spell:
        sums = [_counted(at, moment) for moment in moments]
        if amount is not None:
            sums += [_added(at, amount, moment) for moment in moments]
        row = session.execute(select(*sums).where(*conditions)).one()
        counts, amounts = (
            row[:3],
            [int(money) for money in row[3:]] or (None, None, None),
        )  # PostgreSQL adds in decimals
        return Spell(what, *(Sum(count or 0, money) for count, money in zip(counts, amounts, strict=True)))

    # An order is refused at its door, and closed in the same moment.
    refused = select(Visit.order_id).where(Visit.state == VisitState.REFUSED)
    return [
        spell(Done.QUOTED, Quote.promised_at),
        spell(Done.ISSUED, Coupon.issued_at, amount=Coupon.value_minor),
        spell(Done.REDEEMED, Order.placed_at, amount=Order.discount_minor),
        spell(Done.COMPLETED, Order.closed_at, Order.state == OrderState.COMPLETED, amount=Order.discount_minor),
        spell(Done.REFUSED, Order.closed_at, Order.id.in_(refused)),
        spell(Done.REFUNDED, Refund.created_at, amount=Refund.amount_minor),
        spell(Done.HELPED, Ticket.opened_at),
    ]


def due(session: Session, *, policy: Policy, now: datetime) -> dict[Due, Sum]:
    """Return what is due: overdue, or before the programme's day is over."""
    return {what: _sum(session, *on) for what, on in due_rows(policy=policy, now=now).items()}


def wrong(session: Session, *, policy: Policy, now: datetime) -> dict[Wrong, Sum]:
    """Return what went wrong and was not put right."""
    return {what: _sum(session, *on) for what, on in wrong_rows(policy=policy, now=now).items()}


type Where = tuple[ColumnElement[bool] | TextClause, ...]
type Rows = tuple[type[Base], Where, InstrumentedAttribute[int] | None]
"""A table, which of its rows are meant, and the column that says what they come to."""


def due_rows(*, policy: Policy, now: datetime) -> dict[Due, Rows]:
    """Return which rows are due, so that a list shows the very rows that are counted."""
    today, tomorrow = now.astimezone(policy.zone).date(), day(now, policy)[1]
    expiring = Coupon.state == CouponState.ISSUED, Coupon.expires_at >= now, Coupon.expires_at < tomorrow
    open_visit = Visit.state.in_([*AHEAD, *AT_THE_DOOR])
    return {
        Due.REMINDERS: (Reminder, (PLANNED, Reminder.due_at < tomorrow), None),
        Due.EXPIRING: (Coupon, expiring, Coupon.value_minor),
        Due.VISITS: (Visit, (open_visit, Visit.scheduled_on == today), None),
        Due.OVERDUE_VISITS: (Visit, (open_visit, Visit.scheduled_on < today), None),
        Due.REFUNDS: (Refund, (Refund.state.in_(PENDING),), Refund.amount_minor),
        Due.RESERVATIONS: (Reservation, (Reservation.state == ReservationState.HELD,), None),
    }


def wrong_rows(*, policy: Policy, now: datetime) -> dict[Wrong, Rows]:
    """Return which rows went wrong, as :func:`due_rows`."""
    too_long = now - timedelta(minutes=policy.support_escalate_minutes)
    waiting = Ticket.state == TicketState.OPEN, Ticket.taken_at.is_(None), Ticket.opened_at < too_long
    return {
        Wrong.UNDELIVERED: (Message, (UNDELIVERED, Message.state == MessageState.FAILED), None),
        Wrong.UNSURE: (Message, (UNDELIVERED, Message.state == MessageState.AMBIGUOUS), None),
        Wrong.WEBHOOKS: (Hook, (Hook.state == HookState.FAILED,), None),
        Wrong.REFUNDS: (Refund, (Refund.state == RefundState.FAILED,), Refund.amount_minor),
        Wrong.SET_ASIDE: (InboxUpdate, (SET_ASIDE,), None),
        Wrong.WAITING: (Ticket, waiting, None),
        Wrong.LOCKED_DOORS: (Visit, (Visit.state.in_(AHEAD), Visit.code_locks >= CODE_LOCKS), None),
    }


def _sum(
    session: Session,
    rows: type[Base],
    conditions: Where,
    amount: InstrumentedAttribute[int] | None,
) -> Sum:
    wanted = [func.count(), *([func.coalesce(func.sum(amount), 0)] if amount is not None else [])]
    row = session.execute(select(*wanted).select_from(rows).where(*conditions)).one()
    return Sum(row[0], int(row[1]) if amount is not None else None)


def _counted(at: InstrumentedAttribute[Any], since: datetime | None) -> ColumnElement[int]:
    return func.count(at) if since is None else func.sum(case((at >= since, 1), else_=0))


def _added(at: InstrumentedAttribute[Any], amount: InstrumentedAttribute[int], since: datetime | None) -> Any:  # noqa: ANN401 - one of two kinds of element
    counted = amount if since is None else case((at >= since, amount), else_=0)
    return func.coalesce(func.sum(counted), 0)


def _midnight(on: date, policy: Policy) -> datetime:
    return datetime.combine(on, time(), policy.zone)
