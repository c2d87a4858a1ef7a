"""The moment it is all about: the customer agrees, and has the coupon.

Mission, lines 3 and 4. Consent, coupon, account credit, their events and the message that carries the code stand in one
transaction: after a crash there is all of it or none.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tradein import accounts, coupons, exchanges, outbox, quotes, reminders, terms
from tradein.coupons import Coupon, CouponState
from tradein.customers import Customer
from tradein.events import born, move
from tradein.exchanges import Exchange, ExchangeState
from tradein.policy import Policy
from tradein.refusals import ImeiMissing, QuoteMissing
from tradein.terms import Consent


def issue(
    session: Session,
    exchange: Exchange,
    *,
    quote_id: int,
    terms_version: int,
    language: str,
    chat_id: int,
    policy: Policy,
    now: datetime,
) -> Coupon:
    """Take the consent to the terms for one quote and issue its coupon; a second time it is the same, and nothing new.

    Raises QuoteMissing, QuoteExpired, ImeiMissing, ImeiBlocked, ImeiOfAnotherBrand, ImeiInExchange, ImeiSettled,
    TermsMissing, TermsChanged, MoveLost; the transaction must then be rolled back.
    """
    # Two taps at once queue up here, so the second finds the coupon of the first (SQLite: BEGIN IMMEDIATE did it).
    session.refresh(exchange, with_for_update={"of": Exchange})
    if exchange.state is ExchangeState.ISSUED:
        issued = coupons.of_exchange(session, exchange.id)
        if issued is not None:
            return issued
    quote = quotes.standing(session, exchange.id, now=now)
    if quote.id != quote_id:
        raise QuoteMissing  # the customer saw another promise than the one that stands
    if exchange.device is None:
        raise ImeiMissing
    exchanges.check_device(session, exchange, exchange.device, now=now)
    text = terms.agreed(session, version=terms_version, language=language)
    session.add(
        Consent(
            customer_id=exchange.customer_id,
            exchange_id=exchange.id,
            terms_id=text.id,
            chat_id=chat_id,
            facts=terms.facts(policy),
            given_at=now,
        )
    )
    quotes.accept(session, quote, actor=exchange.actor, now=now)
    move(session, exchange, ExchangeState.ISSUED, moves=exchanges.MOVES, actor=exchange.actor, now=now)
    coupon = Coupon(
        code=coupons.new_code(),
        customer_id=exchange.customer_id,
        exchange_id=exchange.id,
        quote_id=quote.id,
        device_id=exchange.device.id,
        state=CouponState.ISSUED,
        value_minor=quote.value_minor,
        currency=quote.currency,
        issued_at=now,
        usable_from=now + timedelta(minutes=policy.coupon_start_delay_minutes),
        expires_at=policy.last_moment(now, days=policy.coupon_days),
    )
    try:
        with session.begin_nested():
            session.add(coupon)
            born(session, coupon, actor=exchange.actor, now=now, value_minor=coupon.value_minor)
    except IntegrityError:
        # Two chats offered the same phone at once and the index let the other one through: say so as usual.
        coupons.check_free(session, exchange.device, customer_id=exchange.customer_id, now=now)
        raise
    accounts.credit(
        session,
        exchange.customer,
        coupon_id=coupon.id,
        amount_minor=coupon.value_minor,
        currency=coupon.currency,
        now=now,
    )
    reminders.plan(session, coupon, policy=policy, now=now)
    tell(session, coupon, now=now)
    return coupon


def tell(session: Session, coupon: Coupon, *, now: datetime, again: bool = False) -> None:
    """Owe the customer the message with the code; ``again`` when they ask for it once more."""
    outbox.owe(
        session,
        customer=coupon.customer,
        response="utter_coupon_issued",
        params=card(coupon),
        dedupe_key=None if again else f"coupon-issued:{coupon.id}",
        now=now,
    )


def withdraw(session: Session, coupon: Coupon, *, actor: str, now: datetime) -> None:
    """Take back a coupon that no order has used yet, its credit with it; the phone is free again.

    The terms promise it to a customer who changes their mind. Raises MoveNotAllowed, MoveLost.
    """
    move(session, coupon, CouponState.CANCELLED, moves=coupons.MOVES, actor=actor, now=now)
    accounts.reverse(session, coupon_id=coupon.id, now=now)
    outbox.owe(
        session,
        customer=coupon.customer,
        response="utter_coupon_withdrawn",
        params=card(coupon),
        dedupe_key=f"coupon-withdrawn:{coupon.id}",
        now=now,
    )


def give_back(session: Session, customer: Customer, coupon_id: int, *, now: datetime) -> Coupon:
    """Let a customer take back their own word before an order (the terms, "Changing your mind"); twice is the same.

    Raises UnknownCoupon, CouponReserved, CouponUsed, CouponExpired, CouponClosed, MoveLost.
    """
    coupon = coupons.own(session, customer, coupon_id)
    if coupon.state is not CouponState.CANCELLED:
        coupons.check_unused(coupon, now=now)
        withdraw(session, coupon, actor=f"customer:{customer.id}", now=now)
    return coupon


def card(coupon: Coupon) -> dict[str, Any]:
    """Return what a coupon's message shows, named for :func:`tradein.presentation.presentable`."""
    variant = coupon.quote.variant
    return {
        "code": coupon.printed,
        "ending": coupon.code[-4:],
        "value_minor": coupon.value_minor,
        "phone": variant.name,
        "usable_at": coupon.usable_from.isoformat(),
        "expires_at": coupon.expires_at.isoformat(),
    }
