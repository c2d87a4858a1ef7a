"""A lower value at the door, where the programme makes such offers: what the customer answers, and what follows.

    offered ──customer agrees──► code to the customer ──difference paid, code read out──► accepted
       └──customer declines, or fifteen minutes of silence──► refused

Silence is a no. The difference is paid at the shop before the courier takes the phone.
"""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tradein import inspection, orders, visits
from tradein.customers import Customer
from tradein.events import noted
from tradein.orders import Order
from tradein.payments import Payment
from tradein.refusals import OfferNotAgreed, OfferOver, PaymentMissing, VisitNotThere
from tradein.staff import Staff
from tradein.visits import Visit, VisitState


def of_customer(session: Session, customer: Customer, *, reference: str) -> Visit:
    """Return the visit at which the customer has an offer to answer, by the order's reference; raises OfferOver.

    Who exchanges two phones at one door may have two offers: an answer to one is none to the other.
    """
    visit = session.scalar(
        select(Visit)
        .join(Order, Order.id == Visit.order_id)
        .where(Order.customer_id == customer.id, Order.reference == reference, Visit.state == VisitState.OFFERED)
    )
    if visit is None:
        raise OfferOver
    return visit


def agree(session: Session, visit: Visit, customer: Customer, *, now: datetime) -> Visit:
    """Agree to the lower value: the customer gets a code for the courier, and time to pay the difference.

    A second time it is the same. Raises OfferOver.
    """
    _hold(session, visit, customer, now=now)
    if visit.agreed_at is None:
        visit.agreed_at, visit.offered_until = now, now + inspection.OFFER_LIFE
        visit.code, visit.code_tries = visits.new_code(), 0
        noted(session, visit, actor=f"customer:{customer.id}", now=now, agreed_minor=visit.offered_minor)
        visits.tell_code(session, visit, now=now)
    return visit


def decline(session: Session, visit: Visit, customer: Customer, *, now: datetime) -> Visit:
    """Decline the lower value: the phone stays, the order is cancelled, the money goes back.

    Raises OfferOver, also once the difference is paid: then it is agreed.
    """
    _hold(session, visit, customer, now=now)
    if visit.difference_payment_id is not None:
        raise OfferOver
    inspection.refuse(session, visit, actor=f"customer:{customer.id}", now=now)
    return visit


def pay(session: Session, order: Order, *, payment: Payment, actor: str, now: datetime) -> Visit:
    """Take the payment of the difference; a second time with the same payment it is the same.

    Raises OfferOver, OfferNotAgreed, and what :func:`tradein.orders.check_payment` and ``use_payment`` raise.
    """
    orders.hold(session, order)
    visit = visits.of_order(session, order)
    if visit.difference_payment_id == payment.id:
        return visit
    if visit.state is not VisitState.OFFERED or visit.difference_payment_id is not None:
        raise OfferOver
    if visit.agreed_at is None:
        raise OfferNotAgreed
    to_pay = inspection.difference(visit)
    orders.check_payment(payment, to_pay_minor=to_pay, currency=order.currency)
    orders.use_payment(session, order, payment)
    visit.difference_payment_id = payment.id
    noted(session, visit, actor=actor, now=now, paid_minor=to_pay)
    return visit


def close(session: Session, visit: Visit, courier: Staff, *, code: str, now: datetime) -> Visit:
    """Take the phone for the lower value with the customer's code; a second time it is the same.

    One that was put on the blocked list meanwhile is refused instead. Raises VisitOver, NotYourVisit, OfferNotAgreed,
    PaymentMissing, CodeWrong, CodeLocked, CodesUsedUp.
    """
    visits.hold(session, visit, courier)
    if visit.state is VisitState.ACCEPTED:
        return visit
    visits.needed(visit, VisitState.OFFERED)
    if visit.agreed_at is None:
        raise OfferNotAgreed
    owed = inspection.difference(visit)
    if owed and visit.difference_payment_id is None:
        raise PaymentMissing(to_pay_minor=owed)
    visits.check_code(session, visit, code, now=now)
    if inspection.refuse_blocked(session, visit, actor=courier.actor, now=now):
        return visit
    order = visit.order
    order.discount_minor -= owed
    order.paid_minor += owed
    visit.code = None
    inspection.accept(session, visit, actor=courier.actor, now=now)
    return visit


def lapse(session: Session, *, now: datetime, limit: int = 50) -> int:
    """Take silence for a no: refuse the offers whose time is over; return how many.

    One that is agreed and paid stays: all that is left is to read the code out.
    """
    unsettled = or_(Visit.agreed_at.is_(None), Order.discount_minor > Visit.offered_minor)
    due = session.scalars(
        select(Visit)
        .join(Order, Order.id == Visit.order_id)
        .where(
            Visit.state == VisitState.OFFERED,
            Visit.difference_payment_id.is_(None),
            Visit.offered_until < now,
            unsettled,  # those that stay must not take the places of those that end
        )
        .order_by(Visit.offered_until)
        .limit(limit)
    ).all()
    lapsed = 0
    for visit in due:
        visits.hold(session, visit)
        if _is_over(visit, now=now):
            inspection.refuse(session, visit, actor="clock", now=now)
            lapsed += 1
    return lapsed


def _is_over(visit: Visit, *, now: datetime) -> bool:
    settled = visit.agreed_at is not None and (
        visit.difference_payment_id is not None or not inspection.difference(visit)
    )
    late = visit.offered_until is not None and now > visit.offered_until
    return visit.state is VisitState.OFFERED and late and not settled


def _hold(session: Session, visit: Visit, customer: Customer, *, now: datetime) -> None:
    visits.hold(session, visit)
    if visit.order.customer_id != customer.id:
        raise VisitNotThere
    if visit.state is not VisitState.OFFERED or _is_over(visit, now=now):
        raise OfferOver
