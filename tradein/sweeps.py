"""The sweep: what is due is queued if it is still wanted, and asked after once more in its sender's hands.

Whatever else becomes of a reminder is settled here, with its reason. Costs what is due, however many rows there are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from tradein import occasions, outbox
from tradein.customers import Customer, Wish
from tradein.handover import Steps
from tradein.occasions import Occasion
from tradein.policy import Policy
from tradein.reminders import KIND, PLANNED, Reason, Reminder, ReminderState, drop
from tradein.support.tickets import Ticket, TicketState

AT_CHECKOUT = timedelta(minutes=30)
"""How long to wait with a reminder of a coupon that is held at the checkout."""
WITH_A_PERSON = timedelta(hours=1)
"""How long to wait with a reminder to somebody who is waiting for a person, or talking to one."""
NO_STEPS: Steps = {}


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

    occasions: occasions.Occasions
    customers: Mapping[int, Customer]
    with_a_person: frozenset[int]


def sweep(session: Session, *, policy: Policy, now: datetime, limit: int = 100, steps: Steps = NO_STEPS) -> Sweep:
    """Queue what is due and wanted, of each coupon and visit the newest only; settle the rest.

    One transaction; any number of workers may sweep at once. ``steps`` are what a customer does before a visit.
    """
    due = _taken(session, now=now, limit=limit)
    done = Sweep(looked=len(due))
    facts = _facts(session, due, policy=policy, steps=steps, now=now)
    for together in _of_one_subject(due):
        newer = False
        for row in reversed(together):
            occasion = facts.occasions.of(row)
            verdict = _verdict(row, occasion, facts, policy=policy, now=now)
            if isinstance(verdict, Reason):  # the one before it may be wanted nevertheless
                drop(row, verdict, now=now)
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
                _queue(session, row, occasion, facts.customers[row.customer_id], now=now)
                done.queued += 1
            newer = True
    session.flush()
    return done


def _taken(session: Session, *, now: datetime, limit: int) -> Sequence[Reminder]:
    """Take the due reminders of up to ``limit`` subjects, all that each has due; of a coupon one worker at a time.

    Who has the oldest has them all: another worker passes over that one and sees that the others are not the oldest.
    """
    older = aliased(Reminder)
    before = (
        older.state == ReminderState.PLANNED,
        older.due_at <= now,
        tuple_(older.due_at, older.id) < tuple_(Reminder.due_at, Reminder.id),
    )
    first = (
        select(Reminder)
        .where(
            PLANNED,
            Reminder.due_at <= now,
            ~exists().where(older.coupon_id == Reminder.coupon_id, *before),
            ~exists().where(older.visit_id == Reminder.visit_id, *before),
        )
        .order_by(Reminder.due_at, Reminder.id)
        .limit(limit)
        .with_for_update(of=Reminder, skip_locked=True)
    )
    firsts = session.scalars(first.execution_options(populate_existing=True)).all()
    coupons = {row.coupon_id for row in firsts if row.coupon_id is not None}
    visits = {row.visit_id for row in firsts if row.visit_id is not None}
    rest = (
        select(Reminder)
        .where(
            PLANNED,
            Reminder.due_at <= now,
            or_(Reminder.coupon_id.in_(coupons), Reminder.visit_id.in_(visits)),
            Reminder.id.not_in([row.id for row in firsts]),
        )
        .order_by(Reminder.due_at, Reminder.id)
        .with_for_update()
    )
    others = session.scalars(rest.execution_options(populate_existing=True)).all() if coupons or visits else ()
    return sorted([*firsts, *others], key=lambda row: (row.due_at, row.id))


def still_wanted(session: Session, reminder_id: int, *, policy: Policy, now: datetime) -> bool:
    """Say whether a queued reminder is wanted at this moment, as its sender has it in hand; settle it if not."""
    row = session.get(Reminder, reminder_id)
    if row is None or row.state is not ReminderState.QUEUED:
        return False
    facts = _facts(session, [row], policy=policy, steps=NO_STEPS, now=now)
    verdict = _verdict(row, facts.occasions.of(row), facts, policy=policy, now=now)
    if isinstance(verdict, Reason):
        drop(row, verdict, now=now)
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
    """Give the due reminders of each coupon, quote, visit or refund together, the newest last."""
    together: dict[tuple[int | None, ...], list[Reminder]] = defaultdict(list)
    for row in due:
        together[(row.coupon_id, row.quote_id, row.visit_id, row.refund_id)].append(row)
    yield from together.values()


def _others(row: Reminder) -> ColumnElement[bool] | None:
    """Return the condition for the other reminders of the same coupon or visit, None where there are none."""
    if row.coupon_id is not None:
        return (Reminder.coupon_id == row.coupon_id) & (Reminder.id != row.id)
    if row.visit_id is not None:
        return (Reminder.visit_id == row.visit_id) & (Reminder.id != row.id)
    return None


def _facts(session: Session, rows: Sequence[Reminder], *, policy: Policy, steps: Steps, now: datetime) -> _Facts:
    people = {row.customer_id for row in rows}
    who = select(Customer).where(Customer.id.in_(people)).execution_options(populate_existing=True)
    waiting = select(Ticket.customer_id).where(Ticket.customer_id.in_(people), Ticket.state == TicketState.OPEN)
    return _Facts(
        occasions=occasions.of_rows(session, rows, policy=policy, steps=steps, now=now),
        customers={customer.id: customer for customer in session.scalars(who)} if people else {},
        with_a_person=frozenset(session.scalars(waiting)) if people else frozenset(),
    )


@dataclass(frozen=True)
class _Wait:
    """When to look at a reminder again (UTC), and what it waits for."""

    until: datetime
    reason: Reason


def _verdict(
    row: Reminder, occasion: Occasion, facts: _Facts, *, policy: Policy, now: datetime
) -> _Wait | Reason | None:
    """Return None if the reminder may go out now, else why never, or when to look again.

    News about a running order heeds the night and nothing else: no wish for fewer reminders, no talk with a person.
    """
    customer = facts.customers[row.customer_id]
    if occasion.over is not None:
        return occasion.over
    wish = customer.reminders
    if occasion.promotes and (wish is Wish.NONE or (wish is Wish.LAST_DAY and not occasion.sparing)):
        return Reason.OPTED_OUT
    if customer.unreachable_since is not None:
        return Reason.UNREACHABLE
    if occasion.promotes and row.customer_id in facts.with_a_person:
        later, reason = now + WITH_A_PERSON, Reason.WITH_A_PERSON
    elif occasion.held:
        later, reason = now + AT_CHECKOUT, Reason.AT_CHECKOUT
    elif policy.quiet.holds(now):
        later, reason = now, Reason.QUIET
    else:
        return None
    until = policy.quiet.placed(later, not_after=occasion.last, now=now)
    return _Wait(until, reason) if until else reason


def _gives_way(session: Session, row: Reminder, at: datetime, *, policy: Policy, now: datetime) -> bool:
    """Say whether the next reminder of the coupon or visit makes this one needless, if it can't go before ``at``.

    It comes first, or both would come on one day: one that is late by a day says what the day's own says better.
    """
    late = policy.days_left(at, row.due_at) > 0
    others = _others(row)
    if others is None or (at == now and not late):
        return False
    by = policy.last_moment(at, days=0) if late else at
    return bool(
        session.scalar(
            select(Reminder.id)
            .where(
                others,
                Reminder.state == ReminderState.PLANNED,
                Reminder.due_at > now,
                Reminder.due_at <= by,
            )
            .limit(1)
        )
    )


def _outdated(session: Session, row: Reminder, *, now: datetime) -> bool:
    """Say whether a newer reminder of the coupon or visit was queued, or has come due, while this one's waited."""
    others = _others(row)
    newer = or_(
        Reminder.state.in_([ReminderState.QUEUED, ReminderState.SENT, ReminderState.AMBIGUOUS]),
        (Reminder.state == ReminderState.PLANNED) & (Reminder.due_at <= now),
    )
    return others is not None and bool(
        session.scalar(select(Reminder.id).where(others, Reminder.due_at > row.due_at, newer).limit(1))
    )


def _queue(session: Session, row: Reminder, occasion: Occasion, customer: Customer, *, now: datetime) -> None:
    body: dict[str, Any] = {
        "reminder": row.id,
        "response": f"utter_reminder_{row.kind}",
        "params": occasion.tells(),
        "once": True,
        "until": occasion.last.isoformat(),
    }
    message_id = outbox.queue(session, chat_id=customer.chat_id, customer_id=customer.id, kind=KIND, body=body, now=now)
    row.state, row.reason, row.message_id, row.updated_at = ReminderState.QUEUED, None, message_id, now


def _supersede(row: Reminder, *, now: datetime) -> None:
    row.state, row.reason, row.updated_at = ReminderState.SUPERSEDED, None, now


def _defer(row: Reminder, wait: _Wait, *, now: datetime) -> None:
    row.state, row.due_at, row.reason = ReminderState.PLANNED, wait.until, wait.reason.value
    row.message_id, row.updated_at = None, now
