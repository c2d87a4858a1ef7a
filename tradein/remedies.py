"""What people who help may do for a customer beyond words: the coupon sent again, more days for it, an exchange ended.

Each is recorded in the event log with who did it. The customer is told in the same transaction.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tradein import events, exchanges, issuing, outbox, reminders, visits
from tradein.coupons import LIVE, Coupon, CouponState
from tradein.customers import Customer
from tradein.exchanges import Exchange
from tradein.orders import Order, OrderState
from tradein.policy import Policy
from tradein.refusals import CouponReserved, ExtendedAlready, NothingToHelpWith, NotStaff
from tradein.staff import Role, Staff

REASON = "support"
"""Why an order was cancelled, as its log has it."""


class Ended(StrEnum):
    """What was cancelled."""

    ORDER = "order"
    COUPON = "coupon"
    EXCHANGE = "exchange"


def resend(session: Session, customer: Customer, member: Staff, *, now: datetime) -> Coupon:
    """Send the customer's newest coupon that can be used once more; raises NothingToHelpWith."""
    coupon = _usable(session, customer, now=now)
    issuing.tell(session, coupon, now=now, again=True)
    events.noted(session, coupon, actor=member.actor, now=now, sent_again=True)
    return coupon


def extend(session: Session, customer: Customer, member: Staff, *, policy: Policy, now: datetime) -> Coupon:
    """Give the customer's newest unused coupon more days, once; its reminders are planned for the new last day.

    Supervisors only. Raises NotStaff, NothingToHelpWith, ExtendedAlready (``ending``). One that a checkout holds is
    extended too; one that has expired is not: its phone may have another by now.
    """
    if Role.SUPERVISOR not in member.roles:
        raise NotStaff(role=Role.SUPERVISOR.value)
    return give_days(session, _usable(session, customer, now=now), member, policy=policy, now=now)


def give_days(session: Session, coupon: Coupon, member: Staff, *, policy: Policy, now: datetime) -> Coupon:
    """Give this very coupon more days, once, for whom the caller let do so; raises as :func:`extend`."""
    if coupon.state not in LIVE or coupon.expires_at < now:
        raise NothingToHelpWith
    before = coupon.expires_at
    extended = session.scalars(
        update(Coupon)
        .where(
            Coupon.id == coupon.id,
            Coupon.extended_at.is_(None),
            Coupon.state.in_(LIVE),
            Coupon.expires_at >= now,
        )
        .values(extended_at=now, expires_at=policy.last_moment(before, days=policy.extension_days))
        .returning(Coupon)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    if not extended:
        raise ExtendedAlready(ending=coupon.code[-4:])
    events.noted(
        session, coupon, actor=member.actor, now=now, extended_from=before.isoformat(), to=coupon.expires_at.isoformat()
    )
    reminders.plan_extended(session, coupon, policy=policy, now=now)
    outbox.owe(
        session,
        customer=coupon.customer,
        response="utter_coupon_extended",
        params=issuing.card(coupon),
        dedupe_key=f"coupon-extended:{coupon.id}",
        now=now,
    )
    return coupon


def cancel(session: Session, customer: Customer, member: Staff, *, now: datetime) -> Ended:
    """End what is furthest of the customer's: an order before its check, else a coupon, else what was described.

    What was paid goes back, a coupon's phone is free again. Raises NothingToHelpWith, OrderBeingChecked,
    CouponReserved (a checkout holds it), MoveLost.
    """
    placed = select(Order).where(Order.customer_id == customer.id, Order.state == OrderState.PLACED)
    order = session.scalar(placed.order_by(Order.id.desc()).limit(1))
    if order is not None:
        visits.cancel(session, order, reason=REASON, actor=member.actor, now=now)
        return Ended.ORDER
    live = select(Coupon).where(
        Coupon.customer_id == customer.id,
        Coupon.state.in_(LIVE),
        Coupon.expires_at >= now,
    )
    coupon = session.scalar(live.order_by(Coupon.id.desc()).limit(1))
    if coupon is not None:
        if coupon.state is CouponState.RESERVED:
            raise CouponReserved
        issuing.withdraw(session, coupon, actor=member.actor, now=now)
        return Ended.COUPON
    described = exchanges.current(session, customer, hold=True)
    if described is None:
        raise NothingToHelpWith
    phone = _phone(described)
    exchanges.drop(session, described, actor=member.actor, now=now)
    outbox.owe(session, customer=customer, response="utter_exchange_dropped", params={"phone": phone}, now=now)
    return Ended.EXCHANGE


def _usable(session: Session, customer: Customer, *, now: datetime) -> Coupon:
    coupon = session.scalar(
        select(Coupon)
        .where(
            Coupon.customer_id == customer.id,
            Coupon.state.in_(LIVE),
            Coupon.expires_at >= now,
        )
        .order_by(Coupon.id.desc())
        .limit(1)
        .with_for_update(of=Coupon)
    )
    if coupon is None:
        raise NothingToHelpWith
    return coupon


def _phone(exchange: Exchange) -> str:
    chosen = exchange.variant or exchange.model or exchange.brand
    return chosen.name if chosen else ""
