"""What people are told at a moment of its own: planned with the fact, wanted or not when it is due, sent once.

    PLANNED ──due and wanted──► QUEUED ──► SENT | FAILED
       │                          ├──may have arrived──► AMBIGUOUS: never sent again
       │                          └──not wanted any more──► DROPPED
       ├──a newer one is due as well, or comes before it can go──► SUPERSEDED
       └──used, expired, opted out, unreachable, too late──► DROPPED, with its reason

The kinds are content (``catalogue/reminders.yml``): so many days before a coupon's last day, or before a visit, at a
local time; a few are the programme's own. A row is planned for every coupon, visit or refund and each of its kinds in
the transaction of the fact, and is unique. :mod:`tradein.sweeps` queues what is due; the outbox delivers, at most once.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein import outbox
from tradein.coupons import LIVE, Coupon
from tradein.customers import Customer, Wish
from tradein.database import Base, Json, UtcDateTime
from tradein.events import state_column
from tradein.policy import Policy
from tradein.prepared import Prepared
from tradein.quotes import Quote

KIND = "reminder"
"""The kind of the outbox's messages that carry one; their body is ``{"reminder", "response", "params", "once"}``."""
LAST_DAY, EXPIRED, QUOTE = "last_day", "expired", "quote"
REFUNDED, REFUND_FAILED = "refunded", "refund_failed"
ENOUGH = 100_000
"""Rows that :func:`stats` counts at most of each sort: an operator who has so many needs no exact number."""


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
    MOVED = "moved"
    BEGUN = "begun"
    CANCELLED = "cancelled"
    ASKED_AGAIN = "asked_again"


_PLANNED_SQL, _ENDED_SQL = text("state = 'planned'"), text("state NOT IN ('planned', 'queued')")
PLANNED = text("reminder.state = 'planned'")
"""Literally as the partial index has it: SQLite uses one only for a condition without parameters."""
_ENDED = text("reminder.state NOT IN ('planned', 'queued')")


class Reminder(Base):
    """One message about a coupon, a quote, a visit or a refund, at ``due_at`` (UTC), planned outside quiet hours.

    ``message_id`` is the outbox's row, ``reschedules`` how often the visit had been moved when this was planned.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("coupon_id", "kind"),
        UniqueConstraint("quote_id", "kind"),
        Index("uq_reminder_visit", "visit_id", "reschedules", "kind", unique=True),
        Index("uq_reminder_refund", "refund_id", "kind", unique=True),
        Index("ix_reminder_due", "due_at", sqlite_where=_PLANNED_SQL, postgresql_where=_PLANNED_SQL),
        Index("ix_reminder_ended", "updated_at", sqlite_where=_ENDED_SQL, postgresql_where=_ENDED_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupon.id"))
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quote.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"))
    reschedules: Mapped[int] = mapped_column(default=0, server_default="0")
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
    """One kind: ``days_before`` the day it is about, at a local time; its response is ``utter_reminder_<key>``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    days_before: Annotated[int, Field(ge=0, le=365)]
    at: time

    def moment(self, last: datetime, zone: ZoneInfo) -> datetime:
        """Return when it is due (UTC) for a coupon whose last moment, or a visit whose day's last, is ``last``."""
        day = last.astimezone(zone).date() - timedelta(days=self.days_before)
        return datetime.combine(day, self.at, tzinfo=zone).astimezone(UTC)


class Kinds(BaseModel):
    """All kinds, the first due first: ``reminders`` of a coupon, and what is told before ``visits``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reminders: tuple[Kind, ...]
    visits: tuple[Kind, ...] = (Kind(key="visit_tomorrow", days_before=1, at=time(9)),)


_CURRENT = Prepared(select(ReminderBook.body.cast(Text)).order_by(ReminderBook.id.desc()).limit(1))
_kinds = lru_cache(maxsize=4)(Kinds.model_validate_json)
_VISITS_ONLY = Kinds(reminders=())


def imported(session: Session) -> bool:
    """Say whether kinds were ever put in force."""
    return session.scalar(select(ReminderBook.id).limit(1)) is not None


def current(session: Session) -> Kinds:
    """Return the kinds in force; where none were imported, only those of visits: the phone has to be made ready."""
    body = _CURRENT.scalar(session)
    return _kinds(body) if body else _VISITS_ONLY


def put_in_force(session: Session, kinds: Kinds, *, now: datetime) -> bool:
    """Put kinds in force, for coupons to come; False if they are in force already. :func:`replan` does the others."""
    if current(session) == kinds:
        return False
    session.add(ReminderBook(body=kinds.model_dump(mode="json"), imported_at=now))
    session.flush()
    return True


# --- planning ---------------------------------------------------------------------------------------------------------
_TABLE = cast("Table", Reminder.__table__)
_INSERT = insert(_TABLE)
_PLANNED: Prepared[*tuple[Any, ...]] = Prepared(
    _INSERT.values({column.name: bindparam(column.name) for column in _TABLE.c if not column.primary_key})
)


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
        values = _values(QUOTE, customer_id=customer_id, due_at=last_morning, now=now, quote_id=quote.id)
        session.connection().execute(_INSERT, [values])


def plan_expired(session: Session, coupon: Coupon, *, now: datetime, policy: Policy | None = None) -> None:
    """Plan to tell the customer that the coupon has expired, by day; without a policy the sweep sees to that."""
    due_at = policy.quiet.after(now) if policy else now
    values = _values(EXPIRED, customer_id=coupon.customer_id, due_at=due_at, now=now, coupon_id=coupon.id)
    session.connection().execute(_INSERT, [values])


def plan_visit(
    session: Session, *, visit_id: int, day: date, reschedules: int, customer_id: int, policy: Policy, now: datetime
) -> None:
    """Plan what is told before a visit on a local ``day``; what was planned for another day is dropped."""
    if reschedules:
        session.execute(
            update(Reminder)
            .where(Reminder.visit_id == visit_id, Reminder.state == ReminderState.PLANNED)
            .values(state=ReminderState.DROPPED, reason=Reason.MOVED.value, updated_at=now)
        )
    about = {"visit_id": visit_id, "reschedules": reschedules, "customer_id": customer_id}
    for kind in current(session).visits:
        _PLANNED.run(session, _visit_row(about, day, kind, policy=policy, now=now))


def plan_refunded(session: Session, *, refund_id: int, customer_id: int, now: datetime) -> None:
    """Plan to tell the customer that their money has arrived, as soon as it is day."""
    values = _values(REFUNDED, customer_id=customer_id, due_at=now, now=now, refund_id=refund_id)
    session.connection().execute(_INSERT, [values])


def plan_refund_failed(session: Session, *, refund_id: int, customer_id: int, now: datetime) -> None:
    """Plan to tell the customer, as soon as it is day, that the shop looks into their refund; each time it fails."""
    values = _values(REFUND_FAILED, customer_id=customer_id, due_at=now, now=now, refund_id=refund_id)
    again = (
        update(Reminder)
        .where(Reminder.refund_id == refund_id, Reminder.kind == REFUND_FAILED)
        .values(due_at=now, state=ReminderState.PLANNED, reason=None, message_id=None, updated_at=now)
        .returning(Reminder.id)
        .execution_options(synchronize_session=False)
    )
    if not session.scalars(again).all():
        session.connection().execute(_INSERT, [values])


def replan(session: Session, *, policy: Policy, now: datetime, after: int = 0, limit: int = 500) -> tuple[int, int]:
    """Plan up to ``limit`` unused coupons anew, from the one after the id ``after`` on.

    Return the last coupon's id (0 when all are done) and how many reminders changed. What was sent or dropped stays.
    """
    kinds = current(session).reminders
    live = session.scalars(
        select(Coupon).where(Coupon.id > after, Coupon.state.in_(LIVE)).order_by(Coupon.id).limit(limit)
    ).all()
    if not live:
        return 0, 0
    known: dict[int, list[Reminder]] = defaultdict(list)
    for row in session.scalars(select(Reminder).where(Reminder.coupon_id.in_([coupon.id for coupon in live]))):
        known[cast("int", row.coupon_id)].append(row)
    changed = 0
    for coupon in live:
        wanted = [_row(coupon, kind, policy=policy, now=now) for kind in kinds]
        changed += _replan(session, known[coupon.id], wanted, now=now)
    session.flush()
    return live[-1].id, changed


def plan_extended(session: Session, coupon: Coupon, *, policy: Policy, now: datetime) -> None:
    """Plan a coupon's reminders for its new last day: those too that went out for the old one and are ahead again.

    What was sent stays in the outbox; a row tells of the newest plan only.
    """
    wanted = {kind.key: _row(coupon, kind, policy=policy, now=now) for kind in current(session).reminders}
    known = session.scalars(select(Reminder).where(Reminder.coupon_id == coupon.id, Reminder.kind.in_(wanted))).all()
    for row in known:
        values = wanted.pop(row.kind)
        if values["due_at"] > now:  # one that is queued is not wanted any more: its message tells of the old day
            row.due_at, row.state, row.reason = values["due_at"], values["state"], values["reason"]
            row.message_id, row.updated_at = None, now
    session.flush()
    if wanted:
        session.connection().execute(_INSERT, list(wanted.values()))


def replan_visit(
    session: Session, *, visit_id: int, day: date, reschedules: int, customer_id: int, policy: Policy, now: datetime
) -> int:
    """Plan anew what is told before a visit; return how many changed. What was sent or dropped stays."""
    known = session.scalars(
        select(Reminder).where(Reminder.visit_id == visit_id, Reminder.reschedules == reschedules)
    ).all()
    about = {"visit_id": visit_id, "reschedules": reschedules, "customer_id": customer_id}
    wanted = [_visit_row(about, day, kind, policy=policy, now=now) for kind in current(session).visits]
    return _replan(session, known, wanted, now=now)


def _replan(session: Session, known: Sequence[Reminder], wanted: Sequence[dict[str, Any]], *, now: datetime) -> int:
    by_kind = {values["kind"]: values for values in wanted}
    changed = sum(_replanned(row, by_kind.get(row.kind), now=now) for row in known)
    kinds = {row.kind for row in known}
    added = [values for values in wanted if values["kind"] not in kinds]
    if added:
        session.connection().execute(_INSERT, added)
    return changed + len(added)


def _replanned(row: Reminder, values: dict[str, Any] | None, *, now: datetime) -> bool:
    if row.state is not ReminderState.PLANNED or row.kind == EXPIRED:
        return False
    if values is None:
        drop(row, Reason.RULE_GONE, now=now)
        return True
    if row.due_at <= now or row.reason is not None:
        return False  # its time has come, and it waits for a sweep or for what kept it: it isn't late by the new rules
    if (row.due_at, row.state) == (values["due_at"], values["state"]):
        return False
    row.due_at, row.state, row.reason, row.updated_at = values["due_at"], values["state"], values["reason"], now
    return True


def _row(coupon: Coupon, kind: Kind, *, policy: Policy, now: datetime) -> dict[str, Any]:
    moment = kind.moment(coupon.expires_at, policy.zone)
    placed = policy.quiet.placed(moment, not_after=coupon.expires_at, now=now)
    reason = Reason.PAST if moment <= now else Reason.QUIET if placed is None else None
    about = {"customer_id": coupon.customer_id, "coupon_id": coupon.id}
    return _values(kind.key, due_at=placed or moment, reason=reason, now=now, **about)


def _visit_row(about: Mapping[str, Any], day: date, kind: Kind, *, policy: Policy, now: datetime) -> dict[str, Any]:
    last = policy.end_of(day)
    # What should have been told before now is told at once: a visit of today comes all the same.
    moment = max(kind.moment(last, policy.zone), now)
    placed = policy.quiet.placed(moment, not_after=last, now=now)
    reason = None if placed else Reason.QUIET
    return _values(kind.key, due_at=placed or moment, reason=reason, now=now, **about)


def _values(
    kind: str, *, customer_id: int, due_at: datetime, now: datetime, reason: Reason | None = None, **about: int
) -> dict[str, Any]:
    return {
        "coupon_id": None,
        "quote_id": None,
        "visit_id": None,
        "refund_id": None,
        "reschedules": 0,
        "customer_id": customer_id,
        "kind": kind,
        "due_at": due_at,
        "state": ReminderState.DROPPED if reason else ReminderState.PLANNED,
        "reason": reason,
        "message_id": None,
        "updated_at": now,
        **about,
    }


def drop(row: Reminder, reason: Reason, *, now: datetime) -> None:
    """Settle a reminder that is not sent, and say why."""
    row.state, row.reason, row.updated_at = ReminderState.DROPPED, reason.value, now


# --- looking ----------------------------------------------------------------------------------------------------------
def due(session: Session, *, now: datetime, limit: int = 50) -> Sequence[Reminder]:
    """Return what is due and not queued yet, the longest due first."""
    return session.scalars(
        select(Reminder).where(PLANNED, Reminder.due_at <= now).order_by(Reminder.due_at).limit(limit)
    ).all()


@dataclass(frozen=True)
class Stats:
    """How reminders do: how long the oldest due one waits, what waits, and what ended since ``since``.

    ``planned`` stands at :data:`ENOUGH` for so many or more; ``partial`` where more ended than were counted.
    """

    lag: timedelta
    since: datetime
    planned: int
    queued: int
    ended: Mapping[str, int]
    reasons: Mapping[str, int]
    partial: bool


def stats(session: Session, *, now: datetime, since: datetime) -> Stats:
    """Return how reminders do; costs what ended since then, and no more than :data:`ENOUGH` rows of it."""
    oldest = session.scalar(select(func.min(Reminder.due_at)).where(PLANNED, Reminder.due_at <= now))
    some = select(Reminder.id).where(PLANNED).limit(ENOUGH).subquery()
    newest = (
        select(Reminder.state, Reminder.reason)
        .where(_ENDED, Reminder.updated_at >= since)
        .order_by(Reminder.updated_at.desc())
        .limit(ENOUGH)
        .subquery()
    )
    counted = session.execute(
        select(newest.c.state, newest.c.reason, func.count()).group_by(newest.c.state, newest.c.reason)
    ).all()
    ended: dict[str, int] = defaultdict(int)
    reasons: dict[str, int] = {}
    for state, reason, count in counted:
        ended[state.value] += count
        if state is ReminderState.DROPPED and reason is not None:
            reasons[reason] = count
    return Stats(
        lag=now - oldest if oldest else timedelta(),
        since=since,
        planned=session.scalar(select(func.count()).select_from(some)) or 0,
        queued=outbox.in_line(session, kind=KIND),
        ended=dict(ended),
        reasons=reasons,
        partial=sum(ended.values()) == ENOUGH,
    )


def wish(customer: Customer, wanted: Wish) -> None:
    """Write down which reminders a customer wants; what is queued is looked at again before it is sent."""
    customer.reminders = wanted


def forget(session: Session, *, before: datetime) -> int:
    """Delete what ended and is older than ``before``; return how many."""
    gone = delete(Reminder).where(_ENDED, Reminder.updated_at < before).returning(Reminder.id)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())
