"""Reminders before a coupon's last moment: planned with the coupon, wanted or not when they are due, sent once.

    PLANNED ──due and wanted──► QUEUED ──► SENT | FAILED
       │                          ├──may have arrived──► AMBIGUOUS: never sent again
       │                          └──not wanted any more──► DROPPED
       ├──a newer one is due as well, or comes before it can go──► SUPERSEDED
       └──used, expired, opted out, unreachable, too late──► DROPPED, with its reason

The kinds are content (``catalogue/reminders.yml``): so many days before the last day, at a local time. A row is planned
for every coupon and kind in the coupon's own transaction, and is unique. The outbox delivers, at most once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from tradein import outbox
from tradein.coupons import Coupon, CouponState
from tradein.customers import Customer, Wish
from tradein.database import Base, Json, UtcDateTime
from tradein.events import state_column
from tradein.policy import Policy
from tradein.quotes import Quote, QuoteState
from tradein.support import Ticket, TicketState

KIND = "reminder"
"""The kind of the outbox's messages that carry one; their body is ``{"reminder", "response", "params", "once"}``."""
LAST_DAY, EXPIRED, QUOTE = "last_day", "expired", "quote"
AT_CHECKOUT = timedelta(minutes=30)
"""How long to wait with a reminder of a coupon that is held at the checkout."""
WITH_A_PERSON = timedelta(hours=1)
"""How long to wait with a reminder to somebody who is waiting for a person, or talking to one."""


class ReminderState(StrEnum):
    """What became of a reminder."""

    PLANNED = "planned"
    QUEUED = "queued"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


class Reason(StrEnum):
    """Why a reminder was not sent, or what one that is still planned waits for."""

    USED = "used"
    EXPIRED = "expired"
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    WITH_A_PERSON = "with_a_person"
    AT_CHECKOUT = "at_checkout"
    QUIET = "quiet"
    PAST = "past"
    RULE_GONE = "rule_gone"


_PLANNED_SQL = text("state = 'planned'")
_PLANNED = text("reminder.state = 'planned'")


class Reminder(Base):
    """One reminder of a coupon or a quote; ``due_at`` (UTC) is outside quiet hours, ``message_id`` the outbox's row."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("coupon_id", "kind"),
        UniqueConstraint("quote_id", "kind"),
        Index("ix_reminder_due", "due_at", sqlite_where=_PLANNED_SQL, postgresql_where=_PLANNED_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupon.id"))
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quote.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[ReminderState] = mapped_column(state_column(ReminderState))
    reason: Mapped[str | None] = mapped_column(String(32))
    message_id: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReminderBook(Base):
    """One import of the kinds; the newest is in force."""

    __tablename__ = "reminder_book"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Kind(BaseModel):
    """One reminder: ``days_before`` the last day, at a local time; its response is ``utter_reminder_<key>``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    days_before: Annotated[int, Field(ge=0, le=365)]
    at: time

    def moment(self, last: datetime, zone: ZoneInfo) -> datetime:
        """Return when it is due (UTC) for a coupon whose last moment is ``last``."""
        day = last.astimezone(zone).date() - timedelta(days=self.days_before)
        return datetime.combine(day, self.at, tzinfo=zone).astimezone(UTC)


class Kinds(BaseModel):
    """All kinds, the first due first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reminders: tuple[Kind, ...]


def current(session: Session) -> Kinds:
    """Return the kinds in force, none where none were imported."""
    body = session.scalar(select(ReminderBook.body).order_by(ReminderBook.id.desc()).limit(1))
    return Kinds.model_validate(body) if body else Kinds(reminders=())


def put_in_force(session: Session, kinds: Kinds, *, now: datetime) -> bool:
    """Put kinds in force, for coupons to come; False if they are in force already. :func:`replan` does the others."""
    if current(session) == kinds:
        return False
    session.add(ReminderBook(body=kinds.model_dump(mode="json"), imported_at=now))
    session.flush()
    return True


# --- planning ---------------------------------------------------------------------------------------------------------
_INSERT = insert(cast("Table", Reminder.__table__))


def plan(session: Session, coupon: Coupon, *, policy: Policy, now: datetime) -> None:
    """Plan a coupon's reminders, in its own transaction: one row a kind, also for those that come too late."""
    rows = [_row(coupon, kind, policy=policy, now=now) for kind in current(session).reminders]
    if rows:
        session.flush()
        session.connection().execute(_INSERT, rows)


def plan_quote(session: Session, quote: Quote, *, customer_id: int, policy: Policy, now: datetime) -> None:
    """Plan the one reminder of a quote, on the morning of its last day, if the programme sends such."""
    if not policy.remind_of_quotes:
        return
    last_morning = Kind(key=QUOTE, days_before=0, at=policy.quiet.ends).moment(quote.expires_at, policy.zone)
    if last_morning > now:
        session.flush()
        values = _values(QUOTE, customer_id=customer_id, due_at=last_morning, now=now)
        session.connection().execute(_INSERT, [values | {"quote_id": quote.id}])


def plan_expired(session: Session, coupon: Coupon, *, now: datetime, policy: Policy | None = None) -> None:
    """Plan to tell the customer that the coupon has expired, by day; without a policy the sweep sees to that."""
    due_at = policy.quiet.after(now) if policy else now
    values = _values(EXPIRED, customer_id=coupon.customer_id, due_at=due_at, now=now)
    session.connection().execute(_INSERT, [values | {"coupon_id": coupon.id}])


def replan(session: Session, *, policy: Policy, now: datetime, after: int = 0, limit: int = 500) -> tuple[int, int]:
    """Plan up to ``limit`` unused coupons anew, from the one after the id ``after`` on.

    Return the last coupon's id (0 when all are done) and how many reminders changed. What was sent or dropped stays.
    """
    kinds = {kind.key: kind for kind in current(session).reminders}
    live = session.scalars(
        select(Coupon)
        .where(Coupon.id > after, Coupon.state.in_([CouponState.ISSUED, CouponState.RESERVED]))
        .order_by(Coupon.id)
        .limit(limit)
    ).all()
    if not live:
        return 0, 0
    known: dict[int, dict[str, Reminder]] = defaultdict(dict)
    for row in session.scalars(select(Reminder).where(Reminder.coupon_id.in_([coupon.id for coupon in live]))):
        known[cast("int", row.coupon_id)][row.kind] = row
    changed, added = 0, []
    for coupon in live:
        for key, row in known[coupon.id].items():
            changed += _replanned(row, coupon, kinds.get(key), policy=policy, now=now)
        added += [
            _row(coupon, kind, policy=policy, now=now) for key, kind in kinds.items() if key not in known[coupon.id]
        ]
    session.flush()
    if added:
        session.connection().execute(_INSERT, added)
    return live[-1].id, changed + len(added)


def _replanned(row: Reminder, coupon: Coupon, kind: Kind | None, *, policy: Policy, now: datetime) -> bool:
    if row.state is not ReminderState.PLANNED or row.kind == EXPIRED:
        return False
    if kind is None:
        _drop(row, Reason.RULE_GONE, now=now)
        return True
    if row.due_at <= now or row.reason is not None:
        return False  # its time has come, and it waits for a sweep or for what kept it: it isn't late by the new rules
    values = _row(coupon, kind, policy=policy, now=now)
    if (row.due_at, row.state) == (values["due_at"], values["state"]):
        return False
    row.due_at, row.state, row.reason, row.updated_at = values["due_at"], values["state"], values["reason"], now
    return True


def _row(coupon: Coupon, kind: Kind, *, policy: Policy, now: datetime) -> dict[str, Any]:
    moment = kind.moment(coupon.expires_at, policy.zone)
    placed = policy.quiet.placed(moment, not_after=coupon.expires_at, now=now)
    reason = Reason.PAST if moment <= now else Reason.QUIET if placed is None else None
    values = _values(kind.key, customer_id=coupon.customer_id, due_at=placed or moment, reason=reason, now=now)
    return values | {"coupon_id": coupon.id}


def _values(
    kind: str, *, customer_id: int, due_at: datetime, now: datetime, reason: Reason | None = None
) -> dict[str, Any]:
    return {
        "coupon_id": None,
        "quote_id": None,
        "customer_id": customer_id,
        "kind": kind,
        "due_at": due_at,
        "state": ReminderState.DROPPED if reason else ReminderState.PLANNED,
        "reason": reason,
        "message_id": None,
        "updated_at": now,
    }


# --- when they are due ------------------------------------------------------------------------------------------------
@dataclass
class Sweep:
    """What a sweep did, by number, and why it dropped what it dropped; ``looked`` is 0 when nothing was due."""

    looked: int = 0
    queued: int = 0
    moved: int = 0
    superseded: int = 0
    dropped: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Facts:
    """What decides about reminders, read for all that are due together."""

    coupons: Mapping[int, Coupon]
    quotes: Mapping[int, Quote]
    customers: Mapping[int, Customer]
    with_a_person: frozenset[int]


def sweep(session: Session, *, policy: Policy, now: datetime, limit: int = 100) -> Sweep:
    """Queue what is due and wanted, of each coupon the newest only; settle the rest.

    One transaction; any number of workers may sweep at once. Costs what is due, however many coupons there are.
    """
    due = _taken(session, now=now, limit=limit)
    done = Sweep(looked=len(due))
    facts = _facts(session, due)
    for together in _of_one_subject(due):
        newer = False
        for row in reversed(together):
            verdict = _verdict(row, facts, policy=policy, now=now)
            if isinstance(verdict, Reason):  # the one before it may be wanted nevertheless
                _drop(row, verdict, now=now)
                done.dropped += 1
                done.reasons[verdict] += 1
                continue
            if newer or _gives_way(session, row, verdict.until if verdict else now, policy=policy, now=now):
                _supersede(row, now=now)
                done.superseded += 1
            elif verdict:
                _defer(row, verdict, now=now)
                done.moved += 1
            else:
                _queue(session, row, facts, policy=policy, now=now)
                done.queued += 1
            newer = True
    session.flush()
    return done


def _taken(session: Session, *, now: datetime, limit: int) -> Sequence[Reminder]:
    """Take the due reminders of up to ``limit`` coupons, all that a coupon has due; of a coupon one worker at a time.

    Who has the oldest has them all: another worker passes over that one and sees that the others are not the oldest.
    """
    older = aliased(Reminder)
    first = (
        select(Reminder)
        .where(
            _PLANNED,
            Reminder.due_at <= now,
            ~exists().where(
                older.coupon_id == Reminder.coupon_id,
                older.state == ReminderState.PLANNED,
                older.due_at <= now,
                tuple_(older.due_at, older.id) < tuple_(Reminder.due_at, Reminder.id),
            ),
        )
        .order_by(Reminder.due_at, Reminder.id)
        .limit(limit)
        .with_for_update(of=Reminder, skip_locked=True)
    )
    firsts = session.scalars(first.execution_options(populate_existing=True)).all()
    coupons = {row.coupon_id for row in firsts if row.coupon_id is not None}
    rest = (
        select(Reminder)
        .where(
            _PLANNED,
            Reminder.due_at <= now,
            Reminder.coupon_id.in_(coupons),
            Reminder.id.not_in([row.id for row in firsts]),
        )
        .order_by(Reminder.due_at, Reminder.id)
        .with_for_update()
    )
    others = session.scalars(rest.execution_options(populate_existing=True)).all() if coupons else ()
    return sorted([*firsts, *others], key=lambda row: (row.due_at, row.id))


def still_wanted(session: Session, reminder_id: int, *, policy: Policy, now: datetime) -> bool:
    """Say whether a queued reminder is wanted at this moment, as its sender has it in hand; settle it if not."""
    row = session.get(Reminder, reminder_id)
    if row is None or row.state is not ReminderState.QUEUED:
        return False
    verdict = _verdict(row, _facts(session, [row]), policy=policy, now=now)
    if isinstance(verdict, Reason):
        _drop(row, verdict, now=now)
    elif _outdated(session, row, now=now) or _gives_way(
        session, row, verdict.until if verdict else now, policy=policy, now=now
    ):
        _supersede(row, now=now)
    elif verdict:  # planned again: its message is cancelled, another one will be queued
        _defer(row, verdict, now=now)
    else:
        return True
    session.flush()
    return False


def settle(session: Session, reminder_id: int, *, state: ReminderState, now: datetime) -> None:
    """Write down what became of a queued reminder's message."""
    session.execute(
        update(Reminder)
        .where(Reminder.id == reminder_id, Reminder.state == ReminderState.QUEUED)
        .values(state=state, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def _of_one_subject(due: Sequence[Reminder]) -> Iterator[list[Reminder]]:
    """Give the due reminders of each coupon or quote together, the newest last."""
    together: dict[tuple[int | None, int | None], list[Reminder]] = defaultdict(list)
    for row in due:
        together[(row.coupon_id, row.quote_id)].append(row)
    yield from together.values()


def _facts(session: Session, rows: Sequence[Reminder]) -> _Facts:
    def by_id(table: Any, ids: set[int]) -> dict[int, Any]:  # noqa: ANN401 - any of the tables below
        found = select(table).where(table.id.in_(ids)).execution_options(populate_existing=True)
        return {row.id: row for row in session.scalars(found)} if ids else {}

    people = {row.customer_id for row in rows}
    waiting = select(Ticket.customer_id).where(Ticket.customer_id.in_(people), Ticket.state == TicketState.OPEN)
    return _Facts(
        coupons=by_id(Coupon, {row.coupon_id for row in rows if row.coupon_id is not None}),
        quotes=by_id(Quote, {row.quote_id for row in rows if row.quote_id is not None}),
        customers=by_id(Customer, people),
        with_a_person=frozenset(session.scalars(waiting)) if people else frozenset(),
    )


@dataclass(frozen=True)
class _Wait:
    """When to look at a reminder again (UTC), and what it waits for."""

    until: datetime
    reason: Reason


def _verdict(row: Reminder, facts: _Facts, *, policy: Policy, now: datetime) -> _Wait | Reason | None:
    """Return None if the reminder may go out now, else why never, or when to look again."""
    customer = facts.customers[row.customer_id]
    wish = customer.reminders
    last, unwanted = _last_moment(row, facts, now=now)
    if unwanted is not None:
        return unwanted
    if wish is Wish.NONE or (wish is Wish.LAST_DAY and row.kind not in (LAST_DAY, EXPIRED)):
        return Reason.OPTED_OUT
    if customer.unreachable_since is not None:
        return Reason.UNREACHABLE
    if row.customer_id in facts.with_a_person:
        later, reason = now + WITH_A_PERSON, Reason.WITH_A_PERSON
    elif row.coupon_id is not None and facts.coupons[row.coupon_id].state is CouponState.RESERVED:
        later, reason = now + AT_CHECKOUT, Reason.AT_CHECKOUT
    elif policy.quiet.holds(now):
        later, reason = now, Reason.QUIET
    else:
        return None
    until = policy.quiet.placed(later, not_after=last, now=now)
    return _Wait(until, reason) if until else reason


def _gives_way(session: Session, row: Reminder, at: datetime, *, policy: Policy, now: datetime) -> bool:
    """Say whether the next reminder of the coupon makes this one needless, if it can't go before ``at``.

    It comes first, or both would come on one day: one that is late by a day says what the day's own says better.
    """
    late = policy.days_left(at, row.due_at) > 0
    if row.coupon_id is None or (at == now and not late):
        return False
    by = policy.last_moment(at, days=0) if late else at
    return bool(
        session.scalar(
            select(Reminder.id)
            .where(
                Reminder.coupon_id == row.coupon_id,
                Reminder.id != row.id,
                Reminder.state == ReminderState.PLANNED,
                Reminder.due_at > now,
                Reminder.due_at <= by,
            )
            .limit(1)
        )
    )


def _outdated(session: Session, row: Reminder, *, now: datetime) -> bool:
    """Say whether a newer reminder of the coupon was queued, or has come due, while this one's message waited."""
    newer = or_(
        Reminder.state.in_([ReminderState.QUEUED, ReminderState.SENT, ReminderState.AMBIGUOUS]),
        (Reminder.state == ReminderState.PLANNED) & (Reminder.due_at <= now),
    )
    return row.coupon_id is not None and bool(
        session.scalar(
            select(Reminder.id).where(Reminder.coupon_id == row.coupon_id, Reminder.due_at > row.due_at, newer).limit(1)
        )
    )


def _last_moment(row: Reminder, facts: _Facts, *, now: datetime) -> tuple[datetime, Reason | None]:
    """Return until when the reminder makes sense, and why it makes none any more."""
    if row.quote_id is not None:
        quote = facts.quotes[row.quote_id]
        over = Reason.EXPIRED if now > quote.expires_at else None
        return quote.expires_at, over if quote.state is QuoteState.OPEN else Reason.USED
    coupon = facts.coupons[cast("int", row.coupon_id)]
    if row.kind == EXPIRED:
        news_until = coupon.expires_at + timedelta(days=7)
        return news_until, Reason.PAST if now > news_until else None
    if coupon.state not in (CouponState.ISSUED, CouponState.RESERVED):
        return coupon.expires_at, Reason.EXPIRED if coupon.state is CouponState.EXPIRED else Reason.USED
    return coupon.expires_at, Reason.EXPIRED if now > coupon.expires_at else None


def _queue(session: Session, row: Reminder, facts: _Facts, *, policy: Policy, now: datetime) -> None:
    customer = facts.customers[row.customer_id]
    last, _ = _last_moment(row, facts, now=now)
    promise = facts.quotes[row.quote_id] if row.quote_id is not None else facts.coupons[cast("int", row.coupon_id)]
    expires_at = promise.expires_at
    message = outbox.queue(
        session,
        chat_id=customer.chat_id,
        customer_id=customer.id,
        kind=KIND,
        body={
            "reminder": row.id,
            "response": f"utter_reminder_{row.kind}",
            "params": {
                "value_minor": promise.value_minor,
                "expires_at": expires_at.isoformat(),
                "days": policy.days_left(expires_at, now),
            },
            "once": True,
            "until": last.isoformat(),
        },
        now=now,
    )
    row.state, row.reason, row.message_id, row.updated_at = ReminderState.QUEUED, None, message.id, now


def _supersede(row: Reminder, *, now: datetime) -> None:
    row.state, row.reason, row.updated_at = ReminderState.SUPERSEDED, None, now


def _defer(row: Reminder, wait: _Wait, *, now: datetime) -> None:
    row.state, row.due_at, row.reason = ReminderState.PLANNED, wait.until, wait.reason.value
    row.message_id, row.updated_at = None, now


def _drop(row: Reminder, reason: Reason, *, now: datetime) -> None:
    row.state, row.reason, row.updated_at = ReminderState.DROPPED, reason.value, now


# --- looking ----------------------------------------------------------------------------------------------------------
def due(session: Session, *, now: datetime, limit: int = 50) -> Sequence[Reminder]:
    """Return what is due and not queued yet, the longest due first."""
    return session.scalars(
        select(Reminder).where(_PLANNED, Reminder.due_at <= now).order_by(Reminder.due_at).limit(limit)
    ).all()


def of_coupon(session: Session, coupon: Coupon) -> Sequence[Reminder]:
    """Return a coupon's reminders, the first due first."""
    return session.scalars(select(Reminder).where(Reminder.coupon_id == coupon.id).order_by(Reminder.due_at)).all()


@dataclass(frozen=True)
class Stats:
    """How reminders do: how long the oldest due one waits, and how many there are by state and by reason dropped."""

    lag: timedelta
    states: Mapping[str, int]
    reasons: Mapping[str, int]


def stats(session: Session, *, now: datetime) -> Stats:
    """Return how reminders do."""
    oldest = session.scalar(select(func.min(Reminder.due_at)).where(_PLANNED, Reminder.due_at <= now))
    counted = session.execute(
        select(Reminder.state, Reminder.reason, func.count()).group_by(Reminder.state, Reminder.reason)
    ).all()
    states: dict[str, int] = defaultdict(int)
    reasons: dict[str, int] = {}
    for state, reason, count in counted:
        states[state.value] += count
        if state is ReminderState.DROPPED and reason is not None:
            reasons[reason] = count
    return Stats(now - oldest if oldest else timedelta(), dict(states), reasons)


def wish(customer: Customer, wanted: Wish) -> None:
    """Write down which reminders a customer wants; what is queued is looked at again before it is sent."""
    customer.reminders = wanted


def forget(session: Session, *, before: datetime) -> int:
    """Delete what ended and is older than ``before``; return how many."""
    ended = [ReminderState.PLANNED, ReminderState.QUEUED]
    gone = delete(Reminder).where(Reminder.updated_at < before, Reminder.state.not_in(ended)).returning(Reminder.id)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())
