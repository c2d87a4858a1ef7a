"""What a customer has with us: the quotes that stand and the coupons, with the days that are left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein.coupons import Coupon, CouponState
from tradein.customers import Customer
from tradein.exchanges import Exchange
from tradein.policy import Policy
from tradein.quotes import Quote, QuoteState


@dataclass(frozen=True)
class Standing:
    """One quote or coupon: ``id`` is its row's, ``value_minor`` in minor units, ``days_left`` 0 on the last day.

    ``state`` is ``open`` for a quote; a coupon past its last moment says ``expired`` whether or not the clock has moved
    its row. ``ending`` is the last four characters of the code.
    """

    kind: Literal["quote", "coupon"]
    id: int
    phone: str
    value_minor: int
    state: str
    expires_at: datetime
    days_left: int
    ending: str = ""


def overview(session: Session, customer: Customer, *, policy: Policy, now: datetime) -> Sequence[Standing]:
    """Return the customer's standing quotes, then their coupons, each the newest first."""
    quotes = session.scalars(
        select(Quote)
        .join(Exchange, Exchange.id == Quote.exchange_id)
        .where(Exchange.customer_id == customer.id, Quote.state == QuoteState.OPEN, Quote.expires_at >= now)
        .order_by(Quote.id.desc())
    ).all()
    coupons = session.scalars(select(Coupon).where(Coupon.customer_id == customer.id).order_by(Coupon.id.desc())).all()
    return [
        *(
            Standing(
                kind="quote",
                id=quote.id,
                phone=quote.variant.name,
                value_minor=quote.value_minor,
                state=quote.state.value,
                expires_at=quote.expires_at,
                days_left=policy.days_left(quote.expires_at, now),
            )
            for quote in quotes
        ),
        *(
            Standing(
                kind="coupon",
                id=coupon.id,
                phone=coupon.quote.variant.name,
                value_minor=coupon.value_minor,
                state=_seen(coupon, now).value,
                expires_at=coupon.expires_at,
                days_left=policy.days_left(coupon.expires_at, now),
                ending=coupon.code[-4:],
            )
            for coupon in coupons
        ),
    ]


def _seen(coupon: Coupon, now: datetime) -> CouponState:
    late = coupon.state is CouponState.ISSUED and now > coupon.expires_at
    return CouponState.EXPIRED if late else coupon.state
