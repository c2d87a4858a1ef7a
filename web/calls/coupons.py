"""A coupon at the checkout: what it takes off, and holding it while the customer pays."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from tradein import checkout
from tradein.apikeys import ApiKey, Scope
from tradein.refusals import (
    CouponClosed,
    CouponExpired,
    CouponNotUsable,
    CouponNotYetUsable,
    CouponOfAnotherAccount,
    CouponReserved,
    CouponUsed,
    EmptyBasket,
    NoSmartphone,
    ReservationOver,
    SeveralSmartphones,
    UnknownCoupon,
    UnknownProduct,
    UnknownReservation,
)
from web.authentication import Looking, Spending
from web.calls import PREFIX
from web.documented import documented
from web.json_only import json_only
from web.models import CouponForBasket, OfferOut, ReservationOut
from web.once import Changing
from web.parts import parts_of

router = APIRouter(prefix=PREFIX, tags=["Coupons"])

_BASKET = (EmptyBasket, UnknownProduct, NoSmartphone, SeveralSmartphones)
_COUPON = (
    CouponNotUsable,
    UnknownCoupon,
    CouponOfAnotherAccount,
    CouponExpired,
    CouponNotYetUsable,
    CouponReserved,
    CouponUsed,
    CouponClosed,
)
type ReservationId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$", examples=["res_b1Zk3vT0c9XqLw2m"])]


@router.post(
    "/coupons/lookup",
    summary="See what a coupon takes off a basket",
    dependencies=[Depends(json_only)],
    **documented(*_BASKET, *_COUPON, problems=["move_lost"], body=True),
)
async def look_up_coupon(request: Request, key: Spending, asked: CouponForBasket) -> OfferOut:
    """Say what the coupon takes off the basket's smartphone and what is left to pay; nothing is held.

    Why a code is refused is told to a key with the scope `read`, and where `account_id` is the coupon owner's linked
    account. To everybody else each reason is the one answer `coupon_not_usable`.
    """
    parts = parts_of(request)
    now = parts.clock()

    def look(session: Session) -> OfferOut:
        offer = checkout.lookup(
            session,
            asked.code,
            lines=[line.line() for line in asked.lines],
            account=asked.account_id,
            may_know=_may_know(key),
            now=now,
        )
        return OfferOut.of(offer)

    return await parts.store.do(look)  # a stale reservation it comes upon is let go, so it may write


@router.post(
    "/reservations",
    status_code=201,
    response_model=ReservationOut,
    summary="Hold a coupon for a basket",
    dependencies=[Depends(json_only)],
    **documented(*_BASKET, *_COUPON, body=True, changes=True),
)
async def reserve_coupon(once: Changing, asked: CouponForBasket) -> JSONResponse:
    """Hold the coupon for this basket while the customer pays; nobody else can use it meanwhile.

    It falls back by itself at `reserved_until`. A reservation made before the coupon's last moment may become an order
    in its time, later than that moment too.
    """
    return await once.run(
        asked,
        lambda session, now: ReservationOut.made(
            checkout.reserve(
                session,
                asked.code,
                lines=[line.line() for line in asked.lines],
                account=asked.account_id,
                may_know=_may_know(once.key),
                actor=once.key.actor,
                policy=once.parts.settings.policy,
                now=now,
            )
        ),
        status=201,
    )


@router.get(
    "/reservations/{reservation_id}",
    summary="Read a reservation",
    **documented(UnknownReservation),
)
async def read_reservation(request: Request, _key: Looking, reservation_id: ReservationId) -> ReservationOut:
    """Return a reservation as it stands."""
    return await parts_of(request).store.read(lambda session: ReservationOut.made(checkout.of(session, reservation_id)))


@router.post(
    "/reservations/{reservation_id}/release",
    response_model=ReservationOut,
    summary="Let a held coupon go",
    **documented(UnknownReservation, ReservationOver, changes=True),
)
async def release_reservation(once: Changing, reservation_id: ReservationId) -> JSONResponse:
    """Let the coupon go before its time; letting go of what is not held any more changes nothing."""

    def release(session: Session, now: datetime) -> ReservationOut:
        reservation = checkout.of(session, reservation_id)
        checkout.release(session, reservation, actor=once.key.actor, now=now)
        return ReservationOut.made(reservation)

    return await once.run(None, release)


def _may_know(key: ApiKey) -> bool:
    return Scope.READ in key.scopes
