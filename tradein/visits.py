"""The visit at the customer's door: when, who, and how it ends.

                       ┌── rescheduled ──┐
    SCHEDULED ──courier sets out──► OUT ──the customer's code──► CHECKING ──all as declared──► ACCEPTED
      ├── rescheduled (thrice at most)                              ├──not in order──► REFUSED
      └── CANCELLED ◄── order cancelled                             ├──OFFERED: a lower value, if the programme does so
                                                                    └──called off by an operator──► CANCELLED

Mission, lines 7 and 9. What is found at the door is :mod:`tradein.inspection`'s. Every verb holds the order first, so
that a cancellation and a check at the door queue up; every verb that came before is answered the same again.
"""

import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, bindparam, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import handover, hooks, orders, reminders, staff
from tradein.checkout import Reservation
from tradein.database import Base, Json, UtcDateTime
from tradein.events import COMMAND_LINE, Moves, born, move, noted, state_column, together
from tradein.hooks import HookKind
from tradein.orders import Order, OrderState
from tradein.payments import Payment
from tradein.policy import Policy
from tradein.prepared import Prepared, written
from tradein.progress import Stage
from tradein.refusals import (
    CodeLocked,
    CodesUsedUp,
    CodeWrong,
    NotYourVisit,
    OrderBeingChecked,
    OrderClosed,
    VisitDayPast,
    VisitDayTooFar,
    VisitNotThere,
    VisitOver,
)
from tradein.staff import Staff

CODE_DIGITS = 4
CODE_TRIES = 5
"""Wrong codes borne; then the code is void and the customer gets another."""
CODE_LOCKS = 3
"""Codes that may end so, on all days of a visit together; then an operator has to look (:func:`renew_code`)."""
NOBODY_MET = "nobody met"


class VisitState(StrEnum):
    """Where a visit stands."""

    SCHEDULED = "scheduled"
    OUT = "out"
    CHECKING = "checking"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CANCELLED = "cancelled"


MOVES: Moves[VisitState] = {
    VisitState.SCHEDULED: frozenset({VisitState.OUT, VisitState.SCHEDULED, VisitState.CANCELLED}),
    VisitState.OUT: frozenset({VisitState.CHECKING, VisitState.SCHEDULED, VisitState.CANCELLED}),
    VisitState.CHECKING: frozenset({VisitState.ACCEPTED, VisitState.REFUSED, VisitState.OFFERED, VisitState.CANCELLED}),
    VisitState.OFFERED: frozenset({VisitState.ACCEPTED, VisitState.REFUSED, VisitState.CANCELLED}),
    VisitState.ACCEPTED: frozenset(),
    VisitState.REFUSED: frozenset(),
    VisitState.CANCELLED: frozenset(),
}

AHEAD = (VisitState.SCHEDULED, VisitState.OUT)
AT_THE_DOOR = (VisitState.CHECKING, VisitState.OFFERED)


class _Planned(TypedDict):
    """What is planned for, as :func:`reminders.plan_visit` wants it."""

    visit_id: int
    day: date
    reschedules: int
    customer_id: int


class Visit(Base):
    """The visit of one order, on ``scheduled_on`` (a local day).

    ``answers`` are the courier's, to the quote's questions and the doorstep's; ``photos`` are Telegram's file ids by
    question; ``imei_seen`` is None until the numbers were compared. ``offered_minor`` is a lower value that the
    customer may accept until ``offered_until``, ``agreed_at`` when they did.
    """

    __tablename__ = "visit"
    __table_args__ = (Index(None, "state", "scheduled_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), unique=True)
    courier_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    state: Mapped[VisitState] = mapped_column(state_column(VisitState))
    scheduled_on: Mapped[date] = mapped_column(Date)
    reschedules: Mapped[int] = mapped_column(default=0)
    code: Mapped[str | None] = mapped_column(String(8))
    code_tries: Mapped[int] = mapped_column(default=0)
    code_locks: Mapped[int] = mapped_column(default=0, server_default="0")
    imei_seen: Mapped[str | None] = mapped_column(String(16))
    answers: Mapped[dict[str, list[str]]] = mapped_column(Json)
    photos: Mapped[dict[str, list[str]]] = mapped_column(Json)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    offered_minor: Mapped[int | None] = mapped_column(BigInteger)
    offered_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    difference_payment_id: Mapped[str | None] = mapped_column(String(64), unique=True)

    order: Mapped[Order] = relationship()
    courier: Mapped[Staff | None] = relationship()

    @property
    def locked(self) -> bool:
        """Whether no code opens this door until an operator has looked."""
        return self.code_locks >= CODE_LOCKS


_OF_ORDER = Prepared(select(Visit).where(Visit.order_id == bindparam("order_id")))


@together
def place(
    session: Session,
    reservation: Reservation,
    *,
    reference: str,
    payment: Payment | None,
    deliver_on: date | None,
    actor: str,
    policy: Policy,
    now: datetime,
) -> Order:
    """Place the order for a reservation and plan its visit, on ``deliver_on`` or after the usual days.

    Raises what :func:`tradein.orders.book` raises, VisitDayPast and VisitDayTooFar.
    """
    day = deliver_on or local_day(now, policy) + timedelta(days=policy.delivery_days)
    _in_reach(day, policy=policy, now=now)
    order = orders.book(session, reservation, reference=reference, payment=payment, actor=actor, now=now)
    visit = written(
        session,
        Visit,
        order=order,
        courier_id=None,
        state=VisitState.SCHEDULED,
        scheduled_on=day,
        code=None,
        imei_seen=None,
        answers={},
        photos={},
        findings=[],
        offered_minor=None,
        offered_until=None,
        agreed_at=None,
        difference_payment_id=None,
    )
    born(session, visit, actor=actor, now=now)
    reminders.plan_visit(session, **_planned(visit), policy=policy, now=now)
    orders.show(session, order, Stage.ORDERED, now=now, anew=True, visit_on=day.isoformat())
    pays = order.discount_minor  # less than the coupon's value where the new phone costs less
    orders.tell(
        session, order, "utter_order_placed", now=now, once="placed", visit_on=day.isoformat(), value_minor=pays
    )
    return order


def cancel(session: Session, order: Order, *, reason: str, actor: str, now: datetime) -> Order:
    """Cancel an order before the check at the door begins: the coupon comes back, what was paid goes back.

    A second time it is the same, and nothing new. Raises OrderBeingChecked, OrderClosed.
    """
    orders.hold(session, order)
    if order.state is OrderState.CANCELLED:
        return order
    if order.state is OrderState.COMPLETED:
        raise OrderClosed(state=order.state.value)
    visit = of_order(session, order)
    if visit.state in AT_THE_DOOR:
        raise OrderBeingChecked
    _cancel(session, visit, reason=reason, actor=actor, now=now)
    return order


def call_off(session: Session, order: Order, *, reason: str, actor: str, now: datetime) -> Order:
    """Cancel an order even while its phone is at the door: a check or an offer that nobody brings to its end.

    An operator's way out. Everything that was paid goes back, a difference too. Raises OrderClosed.
    """
    orders.hold(session, order)
    if order.state is not OrderState.PLACED:
        raise OrderClosed(state=order.state.value)
    _cancel(session, of_order(session, order), reason=reason, actor=actor, now=now)
    return order


def _cancel(session: Session, visit: Visit, *, reason: str, actor: str, now: datetime) -> None:
    order, courier = visit.order, visit.courier
    if courier is not None and visit.state is not VisitState.SCHEDULED and actor != courier.actor:
        staff.tell(session, courier, "utter_courier_called_off", params={"reference": order.reference}, now=now)
    move(session, visit, VisitState.CANCELLED, moves=MOVES, actor=actor, now=now, changes={"code": None})
    usable = orders.coupon_back(session, order, actor=actor, now=now)
    orders.close(session, order, reason=reason, actor=actor, now=now)
    hooks.owe(session, kind=HookKind.ORDER_CANCELLED, data=orders.facts(session, order), now=now)
    orders.show(session, order, Stage.CANCELLED, now=now)
    response = "utter_order_cancelled_coupon_back" if usable else "utter_order_cancelled_coupon_over"
    expires_at = order.coupon.expires_at.isoformat()
    orders.tell(session, order, response, now=now, once="cancelled", expires_at=expires_at)


# --- looking ----------------------------------------------------------------------------------------------------------
def local_day(now: datetime, policy: Policy) -> date:
    """Return the day it is in the programme's time zone."""
    return now.astimezone(ZoneInfo(policy.timezone)).date()


def of_order(session: Session, order: Order) -> Visit:
    """Return the visit of an order."""
    visit = _OF_ORDER.scalar(session, order_id=order.id)
    assert visit is not None  # noqa: S101 - for the type: an order is placed with its visit
    return visit


def by_id(session: Session, visit_id: int) -> Visit:
    """Return a visit; raises VisitNotThere."""
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise VisitNotThere
    return visit


def today(session: Session, courier: Staff, *, policy: Policy, now: datetime) -> Sequence[Visit]:
    """Return what is due today or overdue and not over: the courier's visits, then those that are nobody's yet."""
    found = session.scalars(
        select(Visit)
        .where(
            Visit.state.in_([*AHEAD, *AT_THE_DOOR]),
            Visit.scheduled_on <= local_day(now, policy),
            or_(Visit.courier_id == courier.id, Visit.courier_id.is_(None)),
        )
        .order_by(Visit.courier_id.is_(None), Visit.scheduled_on, Visit.id)
    )
    return [visit for visit in found if not _is_own(visit, courier)]


def not_over(session: Session) -> Sequence[Visit]:
    """Return the visits that are not over, the longest planned first."""
    return session.scalars(
        select(Visit).where(Visit.state.in_([*AHEAD, *AT_THE_DOOR])).order_by(Visit.scheduled_on, Visit.id)
    ).all()


def under_way(session: Session, courier: Staff) -> Visit | None:
    """Return the visit at whose door the courier is or to which they are on the way; the check comes first."""
    found = session.scalars(
        select(Visit)
        .where(Visit.courier_id == courier.id, Visit.state.in_([VisitState.OUT, *AT_THE_DOOR]))
        .order_by(Visit.id.desc())
    ).all()
    return next((visit for visit in found if visit.state in AT_THE_DOOR), found[0] if found else None)


def hold(session: Session, visit: Visit, courier: Staff | None = None) -> None:
    """Hold a visit and its order as they are now; raises NotYourVisit unless it is this ``courier``'s or nobody's.

    Nobody checks their own old phone: a courier's own order is never theirs to visit.
    """
    orders.hold(session, visit.order)
    session.refresh(visit, with_for_update={"of": Visit})
    if courier is None:
        return
    if visit.courier_id not in (None, courier.id) or _is_own(visit, courier):
        raise NotYourVisit


def _is_own(visit: Visit, courier: Staff) -> bool:
    return visit.order.customer.telegram_user_id == courier.telegram_user_id


def needed(visit: Visit, *states: VisitState) -> None:
    """Raise VisitOver unless the visit is in one of these states."""
    if visit.state not in states:
        raise VisitOver(state=visit.state.value)


# --- on the way -------------------------------------------------------------------------------------------------------
def set_out(session: Session, visit: Visit, courier: Staff, *, now: datetime) -> Visit:
    """Take a visit and set out for it: the customer gets the code that they will read out.

    Raises VisitOver, NotYourVisit, CodesUsedUp.
    """
    hold(session, visit, courier)
    if visit.state is VisitState.OUT:
        return visit
    if visit.state in AT_THE_DOOR and visit.courier_id is None:  # its courier left in the middle of the check
        visit.courier_id = courier.id
        noted(session, visit, actor=courier.actor, now=now, taken_over=True)
        return visit
    needed(visit, VisitState.SCHEDULED)
    if visit.locked:
        raise CodesUsedUp
    changes = {"courier_id": courier.id, "code": new_code(), "code_tries": 0}
    move(session, visit, VisitState.OUT, moves=MOVES, actor=courier.actor, now=now, changes=changes)
    orders.show(session, visit.order, Stage.OUT, now=now, visit_on=visit.scheduled_on.isoformat())
    tell_code(session, visit, now=now)
    return visit


def open_check(session: Session, visit: Visit, courier: Staff, *, code: str, now: datetime) -> Visit:
    """Begin the check with the code that the customer reads out.

    Raises VisitOver, NotYourVisit, CodeWrong with the tries that are ``left``, CodeLocked when there is none (the
    customer has been sent another code) and CodesUsedUp when there is no other either. What these leave behind is
    committed: the count of tries.
    """
    hold(session, visit, courier)
    if visit.state is VisitState.CHECKING:
        return visit
    needed(visit, VisitState.OUT)
    check_code(session, visit, code, now=now)
    changes = {"code": None}
    move(session, visit, VisitState.CHECKING, moves=MOVES, actor=courier.actor, now=now, changes=changes)
    orders.show(session, visit.order, Stage.CHECKING, now=now)
    return visit


def dismiss(session: Session, member: Staff, *, now: datetime, actor: str = COMMAND_LINE) -> int:
    """End all roles of a member and free the visits they were out for, for other couriers; return how many.

    A check that has begun stays begun: whoever takes the visit goes on with it.
    """
    staff.hold(session, member)
    theirs = session.scalars(
        select(Visit).where(Visit.courier_id == member.id, Visit.state.in_([VisitState.OUT, *AT_THE_DOOR]))
    ).all()
    for visit in theirs:
        hold(session, visit)
        if visit.courier_id != member.id:
            continue  # planned for another day meanwhile, and perhaps another courier's already
        if visit.state is VisitState.OUT:
            changes = {"courier_id": None, "code": None}
            move(session, visit, VisitState.SCHEDULED, moves=MOVES, actor=actor, now=now, changes=changes)
        elif visit.state in AT_THE_DOOR:
            visit.courier_id = None
            noted(session, visit, actor=actor, now=now, freed_of=member.id)
    staff.remove(session, member, now=now, actor=actor)
    return len(theirs)


def reschedule(session: Session, visit: Visit, *, day: date, actor: str, policy: Policy, now: datetime) -> Visit:
    """Plan the visit for another day, three times at most: after that the order is cancelled.

    Raises VisitOver once the check has begun, VisitDayPast, VisitDayTooFar.
    """
    hold(session, visit)
    needed(visit, *AHEAD)
    if visit.state is VisitState.SCHEDULED and visit.scheduled_on == day:
        return visit
    _in_reach(day, policy=policy, now=now)
    if visit.reschedules >= policy.max_reschedules:
        _cancel(session, visit, reason=NOBODY_MET, actor=actor, now=now)
        return visit
    changes = {"scheduled_on": day, "reschedules": visit.reschedules + 1, "courier_id": None, "code": None}
    move(session, visit, VisitState.SCHEDULED, moves=MOVES, actor=actor, now=now, changes=changes)
    reminders.plan_visit(session, **_planned(visit), policy=policy, now=now)
    orders.show(session, visit.order, Stage.ORDERED, now=now, visit_on=day.isoformat())
    once = f"rescheduled-{visit.reschedules}"
    orders.tell(session, visit.order, "utter_visit_rescheduled", now=now, once=once, visit_on=day.isoformat())
    return visit


def _in_reach(day: date, *, policy: Policy, now: datetime) -> None:
    """Raise VisitDayPast or VisitDayTooFar for a day on which no courier can be sent out."""
    today = local_day(now, policy)
    if day < today:
        raise VisitDayPast(day=day.isoformat())
    last = today + timedelta(days=policy.max_delivery_days)
    if day > last:
        raise VisitDayTooFar(day=day.isoformat(), last=last.isoformat())


def replan(session: Session, *, policy: Policy, now: datetime, after: int = 0, limit: int = 500) -> tuple[int, int]:
    """Plan anew what is told before up to ``limit`` visits, from the one after the id ``after`` on.

    Return the last visit's id (0 when all are done) and how many reminders changed, as :func:`reminders.replan`.
    """
    ahead = session.scalars(
        select(Visit).where(Visit.id > after, Visit.state == VisitState.SCHEDULED).order_by(Visit.id).limit(limit)
    ).all()
    changed = sum(reminders.replan_visit(session, **_planned(visit), policy=policy, now=now) for visit in ahead)
    session.flush()
    return ahead[-1].id if ahead else 0, changed


def _planned(visit: Visit) -> _Planned:
    return {
        "visit_id": visit.id,
        "day": visit.scheduled_on,
        "reschedules": visit.reschedules,
        "customer_id": visit.order.customer_id,
    }


def prepare(session: Session, visit: Visit, *, steps: Sequence[str], now: datetime) -> None:
    """Tell the customer once more how to get the old phone ready (mission, line 8), as the courier sets out."""
    if not steps:
        return
    once = f"{visit.scheduled_on.isoformat()}-set_out"
    orders.tell(session, visit.order, "utter_prepare_phone", now=now, once=once, steps=handover.listed(steps))


def check_code(session: Session, visit: Visit, code: str, *, now: datetime) -> None:
    """Raise CodeWrong, CodeLocked or CodesUsedUp unless ``code`` is the one the customer has; counts the tries."""
    if visit.locked:
        raise CodesUsedUp
    digits = "".join(str(unicodedata.decimal(char)) for char in code if char.isdecimal())
    if visit.code is not None and hmac.compare_digest(digits.encode(), visit.code.encode()):
        return
    visit.code_tries += 1
    left = CODE_TRIES - visit.code_tries
    noted(session, visit, actor=visit.courier.actor if visit.courier else "programme", now=now, code="wrong", left=left)
    if left > 0:
        raise CodeWrong(left=left)
    visit.code_tries, visit.code_locks = 0, visit.code_locks + 1
    if visit.locked:
        visit.code = None
        noted(session, visit, actor="programme", now=now, codes_used_up=visit.code_locks)
        once = secrets.token_hex(4)  # each time that it comes so far
        orders.tell(session, visit.order, "utter_visit_codes_used_up", now=now, once=once)
        raise CodesUsedUp
    visit.code = new_code()
    session.flush()
    tell_code(session, visit, now=now)
    raise CodeLocked


def renew_code(session: Session, order: Order, *, actor: str, now: datetime) -> Visit:
    """Open a door again at which too many codes were wrong: its customer gets another code.

    An operator's way out, once they know who was at the door. Raises VisitOver.
    """
    visit = of_order(session, order)
    hold(session, visit)
    waits = visit.state is VisitState.OUT or (visit.state is VisitState.OFFERED and visit.agreed_at is not None)
    if not waits:
        needed(visit, VisitState.SCHEDULED)
    visit.code_tries = visit.code_locks = 0
    visit.code = new_code() if waits else None
    noted(session, visit, actor=actor, now=now, code_renewed=True)
    if waits:  # else it comes as the courier sets out
        tell_code(session, visit, now=now)
    return visit


def new_code() -> str:
    """Return a code that a customer reads out at the door."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def tell_code(session: Session, visit: Visit, *, now: datetime) -> None:
    """Owe the customer the visit's code."""
    once = secrets.token_hex(4)  # each code is told once
    orders.tell(session, visit.order, "utter_visit_code", now=now, once=once, code=visit.code)
