"""Orders that a coupon pays a part of."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from tradein import checkout, offers, orders, refunds, visits
from tradein.orders import Order
from tradein.refusals import (
    OfferNotAgreed,
    OfferOver,
    OrderBeingChecked,
    OrderClosed,
    OrderReferenceUsed,
    PaymentDiffers,
    PaymentMissing,
    PaymentNotCaptured,
    PaymentUsed,
    ReservationOver,
    UnknownOrder,
    UnknownPayment,
    UnknownReservation,
    VisitDayPast,
    VisitDayTooFar,
)
from web.authentication import Looking
from web.calls import PREFIX
from web.documented import documented
from web.json_only import json_only
from web.models import CancelIn, DifferenceIn, OrderIn, OrderOut
from web.once import Changing
from web.parts import parts_of
from web.paying import found

router = APIRouter(prefix=PREFIX, tags=["Orders"])
type OrderId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$", examples=["ord_Zr8nQ1xY4dHs6TgK"])]


@router.post(
    "/orders",
    status_code=201,
    response_model=OrderOut,
    summary="Place the order",
    dependencies=[Depends(json_only)],
    **documented(
        UnknownReservation,
        ReservationOver,
        PaymentMissing,
        UnknownPayment,
        PaymentNotCaptured,
        PaymentDiffers,
        PaymentUsed,
        OrderReferenceUsed,
        VisitDayPast,
        VisitDayTooFar,
        problems=["payments_unreachable"],
        body=True,
        changes=True,
    ),
)
async def place_order(once: Changing, asked: OrderIn) -> JSONResponse:
    """Redeem the reserved coupon: the customer has paid the rest, and the courier's visit is planned.

    The payment is looked up at the provider: it must be captured, of exactly the amount to pay, and not used before.
    """
    answered = await once.answered(asked)
    if answered is not None:
        return answered
    payment = await found(once.parts.payments, asked.payment_id)

    def place(session: Session, now: datetime) -> OrderOut:
        if asked.payment_id is not None and payment is None:
            raise UnknownPayment
        reservation = checkout.of(session, asked.reservation_id)
        order = visits.place(
            session,
            reservation,
            reference=asked.reference,
            payment=payment,
            deliver_on=asked.deliver_on,
            actor=once.key.actor,
            policy=once.parts.settings.policy,
            now=now,
        )
        return _shown(session, order)

    return await once.run(asked, place, status=201)


@router.get("/orders/{order_id}", summary="Read an order", **documented(UnknownOrder))
async def read_order(request: Request, _key: Looking, order_id: OrderId) -> OrderOut:
    """Return an order with its visit and its refund, as they stand."""
    return await parts_of(request).store.read(lambda session: _shown(session, orders.by_public_id(session, order_id)))


@router.post(
    "/orders/{order_id}/cancel",
    response_model=OrderOut,
    summary="Cancel an order",
    dependencies=[Depends(json_only)],
    **documented(UnknownOrder, OrderBeingChecked, OrderClosed, body=True, changes=True),
)
async def cancel_order(once: Changing, order_id: OrderId, asked: CancelIn | None = None) -> JSONResponse:
    """Cancel an order before the old phone is checked at the door.

    What was paid goes back; the coupon is usable again until its own last moment.
    """

    def cancel(session: Session, now: datetime) -> OrderOut:
        order = orders.by_public_id(session, order_id, hold=True)
        reason = asked.reason if asked else ""
        visits.cancel(session, order, reason=reason, actor=once.key.actor, now=now)
        return _shown(session, order)

    return await once.run(asked, cancel)


@router.post(
    "/orders/{order_id}/difference",
    response_model=OrderOut,
    summary="Pay the difference",
    dependencies=[Depends(json_only)],
    **documented(
        UnknownOrder,
        OfferOver,
        OfferNotAgreed,
        PaymentMissing,
        UnknownPayment,
        PaymentNotCaptured,
        PaymentDiffers,
        PaymentUsed,
        problems=["payments_unreachable"],
        body=True,
        changes=True,
    ),
)
async def pay_difference(once: Changing, order_id: OrderId, asked: DifferenceIn) -> JSONResponse:
    """Take the payment of the difference where a customer agreed to a lower value at the door.

    The order's ``visit.offer`` says how much it is. The courier then takes the phone with the customer's code.
    """
    answered = await once.answered(asked)
    if answered is not None:
        return answered
    payment = await found(once.parts.payments, asked.payment_id)

    def pay(session: Session, now: datetime) -> OrderOut:
        order = orders.by_public_id(session, order_id)
        if payment is None:
            raise UnknownPayment
        offers.pay(session, order, payment=payment, actor=once.key.actor, now=now)
        return _shown(session, order)

    return await once.run(asked, pay)


def _shown(session: Session, order: Order) -> OrderOut:
    refund = refunds.of_order(session, order.id)
    return OrderOut.of(order, visits.of_order(session, order), refund)
