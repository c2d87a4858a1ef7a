"""An order that a coupon pays a part of, from the checkout to the door.

    PLACED ──old phone accepted at the door──► COMPLETED
      └──cancelled, refused at the door, nobody met──► CANCELLED: what was paid goes back

Mission, lines 6 and 9. Whoever changes an order holds its row first: a cancellation and a check at the door queue up,
and the second sees what the first did. (Lock order everywhere: order, visit, coupon, refund.)
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import checkout, hooks, links, outbox, progress, quotes, refunds, tokens
from tradein.checkout import Reservation
from tradein.coupons import Coupon, CouponState
from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.events import Moves, born, move, state_column
from tradein.hooks import HookKind
from tradein.payments import Payment
from tradein.prepared import put_unless_known, written_unless_known
from tradein.progress import Stage
from tradein.refunds import Refund
from tradein.refusals import (
    OrderReferenceUsed,
    PaymentDiffers,
    PaymentMissing,
    PaymentNotCaptured,
    PaymentUsed,
    UnknownOrder,
)

NOTHING_PAID = "_nothing_paid"
"""Ends the name of a response whose other form says what was paid and comes back."""
SAYS_WHAT_COMES_BACK = frozenset(
    {
        "utter_order_cancelled_coupon_back",
        "utter_order_cancelled_coupon_over",
        "utter_refused_at_door",
        "utter_refused_at_door_imei",
        "utter_refused_at_door_blocked",
    }
)


class OrderState(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


MOVES: Moves[OrderState] = {
    OrderState.PLACED: frozenset({OrderState.COMPLETED, OrderState.CANCELLED}),
    OrderState.COMPLETED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}


class Order(Base):
    """An order; ``reference`` is the shop's own number for it. Amounts in minor units of ``currency``."""

    __tablename__ = "shop_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), unique=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    state: Mapped[OrderState] = mapped_column(state_column(OrderState))
    phone: Mapped[str] = mapped_column(String(120))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    payment_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    closed_reason: Mapped[str | None] = mapped_column(String(200))

    reservation: Mapped[Reservation] = relationship()
    coupon: Mapped[Coupon] = relationship()
    customer: Mapped[Customer] = relationship()


class PaymentUse(Base):
    """A payment is good for one thing, an order or the difference of one: the key says so, not a check."""

    __tablename__ = "payment_use"

    payment_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)


def by_public_id(session: Session, public_id: str, *, hold: bool = False) -> Order:
    """Return an order, held for a change if asked; raises UnknownOrder."""
    query = select(Order).where(Order.public_id == public_id)
    order = session.scalar(query.with_for_update(of=Order) if hold else query)
    if order is None:
        raise UnknownOrder
    return order


def hold(session: Session, order: Order) -> None:
    """Hold an order's row for a change, as it is now."""
    session.refresh(order, with_for_update={"of": Order})


def book(
    session: Session, reservation: Reservation, *, reference: str, payment: Payment | None, actor: str, now: datetime
) -> Order:
    """Redeem the reserved coupon for a paid order; :func:`tradein.visits.place` also plans the visit.

    ``payment`` is what the provider says was paid, None where nothing was left to pay. Raises ReservationOver,
    PaymentMissing, PaymentNotCaptured, PaymentDiffers, PaymentUsed, OrderReferenceUsed.
    """
    checkout.use(session, reservation, actor=actor, now=now)
    check_payment(payment, to_pay_minor=reservation.to_pay_minor, currency=reservation.currency)
    order = written_unless_known(
        session,
        Order,
        public_id=tokens.public_id("ord"),
        reference=reference,
        reservation=reservation,
        coupon=reservation.coupon,
        customer=reservation.coupon.customer,
        state=OrderState.PLACED,
        phone=reservation.phone,
        total_minor=reservation.total_minor,
        discount_minor=reservation.discount_minor,
        paid_minor=reservation.to_pay_minor,
        currency=reservation.currency,
        payment_id=payment.id if payment else None,
        placed_at=now,
        closed_at=None,
        closed_reason=None,
    )
    # The indices decide whether the reference or the payment was used, also by an order of this very moment.
    if order is None:
        if payment is not None and payment_used(session, payment):
            raise PaymentUsed
        raise OrderReferenceUsed(reference=reference)
    born(session, order, actor=actor, now=now, paid_minor=order.paid_minor)
    if payment is not None:
        use_payment(session, order, payment)
    hooks.owe(session, kind=HookKind.COUPON_REDEEMED, data=_facts(session, order, refund=None), now=now)
    return order


def check_payment(payment: Payment | None, *, to_pay_minor: int, currency: str) -> None:
    """Raise PaymentMissing, PaymentNotCaptured, PaymentDiffers unless exactly this was paid, for us."""
    if payment is None:
        if to_pay_minor:
            raise PaymentMissing(to_pay_minor=to_pay_minor)
        return
    if not payment.captured:
        raise PaymentNotCaptured
    if (payment.amount_minor, payment.currency) != (to_pay_minor, currency):
        raise PaymentDiffers(paid_minor=payment.amount_minor, to_pay_minor=to_pay_minor, currency=payment.currency)


def payment_used(session: Session, payment: Payment) -> bool:
    """Say whether an order or a difference was paid with this payment."""
    return session.get(PaymentUse, payment.id) is not None


def use_payment(session: Session, order: Order, payment: Payment) -> None:
    """Use a payment up for an order or its difference; raises PaymentUsed."""
    values = {"payment_id": payment.id, "order_id": order.id, "amount_minor": payment.amount_minor}
    if put_unless_known(session, PaymentUse, **values) is None:
        raise PaymentUsed


def complete(session: Session, order: Order, *, actor: str, now: datetime) -> None:
    """Close an order whose old phone was accepted; raises MoveNotAllowed, MoveLost."""
    changes = {"closed_at": now, "closed_reason": "accepted"}
    move(session, order, OrderState.COMPLETED, moves=MOVES, actor=actor, now=now, changes=changes)


def close(session: Session, order: Order, *, reason: str, actor: str, now: datetime) -> None:
    """Cancel an order and owe back what was paid; the coupon is the caller's. Raises MoveNotAllowed, MoveLost."""
    changes = {"closed_at": now, "closed_reason": reason[:200]}
    move(session, order, OrderState.CANCELLED, moves=MOVES, actor=actor, now=now, changes=changes)
    used = select(PaymentUse).where(PaymentUse.order_id == order.id, PaymentUse.amount_minor > 0)
    # The order's own payment first, then that of a difference, if any.
    for payment in sorted(session.scalars(used), key=lambda payment: payment.payment_id != order.payment_id):
        refunds.request(
            session,
            order_id=order.id,
            order_public_id=order.public_id,
            customer_id=order.customer_id,
            exchange_id=order.coupon.exchange_id,
            payment_id=payment.payment_id,
            amount_minor=payment.amount_minor,
            currency=order.currency,
            actor=actor,
            now=now,
        )


def show(session: Session, order: Order, stage: Stage, *, now: datetime, anew: bool = False, **params: object) -> None:
    """Show the customer where their exchange stands; ``anew`` in a new message, for a new order."""
    progress.show(
        session,
        order.customer,
        exchange_id=order.coupon.exchange_id,
        stage=stage,
        order_id=order.public_id,
        params={"reference": order.reference, "phone": order.phone, "paid_minor": order.paid_minor} | params,
        now=now,
        anew=anew,
    )


def tell(session: Session, order: Order, response: str, *, now: datetime, once: str, **params: object) -> None:
    """Owe the customer a notice about the order; ``once`` names the occasion, for which it is sent once."""
    if response in SAYS_WHAT_COMES_BACK and not order.paid_minor:
        response += NOTHING_PAID
    outbox.owe(
        session,
        customer=order.customer,
        response=response,
        params={
            "reference": order.reference,
            "phone": order.phone,
            "old_phone": quotes.phone(session, order.coupon.quote_id),
            "value_minor": order.coupon.value_minor,
            "paid_minor": order.paid_minor,
        }
        | params,
        dedupe_key=f"{response.removeprefix('utter_')}:{order.id}:{once}"[:100],
        now=now,
    )


def facts(session: Session, order: Order) -> dict[str, Any]:
    """Return the order as the shop sees it, in JSON."""
    return _facts(session, order, refund=refunds.of_order(session, order.id))


def _facts(session: Session, order: Order, *, refund: Refund | None) -> dict[str, Any]:
    return {
        "id": order.public_id,
        "reference": order.reference,
        "account_id": links.account_of(session, order.customer_id),
        "state": order.state.value,
        "closed_reason": order.closed_reason,
        "phone": order.phone,
        "total_minor": order.total_minor,
        "discount_minor": order.discount_minor,
        "paid_minor": order.paid_minor,
        "currency": order.currency,
        "coupon": {"ending": order.coupon.code[-4:], "state": order.coupon.state.value},
        "refund": refund.facts if refund else None,
    }


def of_customer(session: Session, customer: Customer) -> Sequence[Order]:
    """Return the customer's orders, the newest first."""
    return session.scalars(select(Order).where(Order.customer_id == customer.id).order_by(Order.id.desc())).all()


def coupon_back(session: Session, order: Order, *, actor: str, now: datetime) -> bool:
    """Give the coupon of a cancelled order back; return whether it can still be used."""
    session.refresh(order.coupon, with_for_update={"of": Coupon})
    checkout.give_back(session, order.coupon, actor=actor, now=now)
    return order.coupon.state is CouponState.ISSUED
