"""The checkout: what a coupon takes off, who holds it, and for how long."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import (
    BEST_MINOR,
    CABLE,
    CABLE_MINOR,
    DEARER_PHONE,
    NEW_PHONE,
    NEW_PHONE_MINOR,
    POLICY,
    Shopper,
    opens_link,
)
from tests.conftest import NOW
from tradein import accounts, baskets, checkout, events, issuing, links, refusals
from tradein.baskets import Line
from tradein.catalogue import ProductKind
from tradein.checkout import ReservationState
from tradein.coupons import Coupon, CouponState
from tradein.policy import Policy

HALF_AN_HOUR = timedelta(minutes=POLICY.reservation_minutes)


def looks_up(
    shopper: Shopper, code: str, *lines: Line, account: str | None = None, may_know: bool = True
) -> checkout.Offer:
    """Ask what a code would take off a basket, one new phone by default."""
    asked = lines or (Line(NEW_PHONE),)
    return checkout.lookup(shopper.session, code, lines=asked, account=account, may_know=may_know, now=shopper.now)


@pytest.mark.parametrize(
    ("price", "value", "pays"),
    [(1_200_000, 200_000, 1_000_000), (200_000, 200_000, 0), (150_000, 200_000, 0), (1_200_000, 1, 1_199_999)],
    ids=["the mission's own figures", "even", "the rest is not paid out", "one paisa"],
)
def test_the_discount_is_the_value_but_never_more_than_the_phone(price: int, value: int, pays: int) -> None:
    """Mission, line 6."""
    line = baskets.BasketLine("a", "A", ProductKind.SMARTPHONE, 1, price)
    basket = baskets.Basket((line,)).discounted(value)
    assert basket.to_pay_minor == pays
    assert basket.total_minor == price


def test_an_accessory_may_come_along_but_is_never_discounted(session: Session) -> None:
    """Mission, line 6: a smartphone only."""
    shopper = Shopper.arrives(session)
    offer = looks_up(shopper, shopper.gets_coupon().code, Line(NEW_PHONE), Line(CABLE, 2))
    assert {line.sku: line.discount_minor for line in offer.basket.lines} == {NEW_PHONE: BEST_MINOR, CABLE: 0}
    assert offer.basket.to_pay_minor == NEW_PHONE_MINOR - BEST_MINOR + 2 * CABLE_MINOR


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ((Line(CABLE),), refusals.NoSmartphone),
        ((Line(NEW_PHONE), Line(DEARER_PHONE)), refusals.SeveralSmartphones),
        ((Line(NEW_PHONE, 2),), refusals.SeveralSmartphones),
        ((Line(NEW_PHONE), Line(NEW_PHONE)), refusals.SeveralSmartphones),
        ((Line("a-car"),), refusals.UnknownProduct),
    ],
)
def test_a_basket_that_is_not_one_new_phone_is_refused_by_name(
    session: Session, lines: tuple[Line, ...], refusal: type[refusals.Refusal]
) -> None:
    """Mission, lines 6 and 10; the coupon is untouched."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    with pytest.raises(refusal):
        shopper.reserves(coupon, *lines)
    with pytest.raises(refusals.EmptyBasket):
        baskets.assess(session, [])
    assert coupon.state is CouponState.ISSUED


def test_a_reservation_holds_the_coupon_and_letting_go_gives_it_back(session: Session) -> None:
    """Held for one basket, half an hour; released, it is as it was."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    held = shopper.reserves(coupon)
    assert (held.discount_minor, held.to_pay_minor) == (BEST_MINOR, NEW_PHONE_MINOR - BEST_MINOR)
    assert held.reserved_until == NOW + HALF_AN_HOUR
    with pytest.raises(refusals.CouponReserved):
        shopper.reserves(coupon)
    for _ in range(2):
        checkout.release(session, held, actor="shop:test", now=NOW)
        assert (coupon.state, held.state) == (CouponState.ISSUED, ReservationState.RELEASED)
    shopper.reserves(coupon)
    assert [event.to_state for event in events.of(session, "coupon", coupon.id)] == [
        "issued",
        "reserved",
        "issued",
        "reserved",
    ]


@pytest.mark.parametrize("clock_ran", [True, False])
def test_a_reservation_whose_time_is_over_holds_nobody_up(session: Session, *, clock_ran: bool) -> None:
    """By the clock, or at the next checkout if the clock did not run."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    first = shopper.reserves(coupon)
    assert checkout.lapse(session, now=first.reserved_until) == 0
    shopper.now = first.reserved_until + timedelta(microseconds=1)
    if clock_ran:
        assert checkout.lapse(session, now=shopper.now) == 1
        assert checkout.lapse(session, now=shopper.now) == 0
    second = shopper.reserves(coupon)
    assert (first.state, second.state) == (ReservationState.LAPSED, ReservationState.HELD)
    with pytest.raises(refusals.ReservationOver):
        checkout.use(session, first, actor="shop:test", now=shopper.now)


def test_a_reservation_made_before_the_last_moment_may_finish_and_lapses_into_expiry(session: Session) -> None:
    """In its half hour it may; after it the coupon is expired and its credit is gone."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    shopper.now = coupon.expires_at
    held = shopper.reserves(coupon)
    shopper.now += HALF_AN_HOUR
    assert checkout.lapse(session, now=shopper.now) == 0
    assert checkout.lapse(session, now=shopper.now + timedelta(seconds=1)) == 1
    assert (held.state, coupon.state) == (ReservationState.LAPSED, CouponState.EXPIRED)
    assert accounts.balance(session, shopper.customer, currency="INR") == 0


def test_each_reason_has_its_name_for_who_may_know_and_none_for_who_guesses(session: Session) -> None:
    """A prober learns one thing: not usable."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    opens_link(session, shopper.customer, links.invite(session, account="asha@shop", now=NOW)[0], now=NOW)

    def refusal(code: str, **who: object) -> type[Exception]:
        with pytest.raises(refusals.CouponRefusal) as caught:
            looks_up(shopper, code, **who)  # type: ignore[arg-type]  # account and may_know
        return caught.type

    assert refusal("2222-2222-2222-2222") is refusals.UnknownCoupon
    assert refusal(coupon.code, account="somebody@else") is refusals.CouponOfAnotherAccount
    assert refusal(coupon.code, account="somebody@else", may_know=False) is refusals.CouponNotUsable
    assert refusal("2222-2222-2222-2222", may_know=False) is refusals.CouponNotUsable
    shopper.reserves(coupon)
    assert refusal(coupon.code) is refusals.CouponReserved
    assert refusal(coupon.code, account="asha@shop", may_know=False) is refusals.CouponReserved
    assert refusal(coupon.code, may_know=False) is refusals.CouponNotUsable
    shopper.now = coupon.expires_at + timedelta(days=1)
    assert refusal(coupon.code) is refusals.CouponExpired
    assert refusal(coupon.code, may_know=False) is refusals.CouponNotUsable


def test_a_coupon_that_is_not_usable_yet_says_from_when(session: Session) -> None:
    """The programme may set a delay."""
    shopper = Shopper.arrives(session).describes()
    shopper.gets_quote()
    coupon = shopper.gives_imei().agrees(policy=Policy(coupon_start_delay_minutes=60))
    with pytest.raises(refusals.CouponNotYetUsable) as early:
        shopper.reserves(coupon)
    assert early.value.evidence == {"usable_from": NOW + timedelta(hours=1)}
    shopper.now = NOW + timedelta(hours=1)
    assert shopper.reserves(coupon).state is ReservationState.HELD


def test_a_withdrawn_coupon_is_closed(session: Session) -> None:
    """Named apart from an expired one."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    issuing.withdraw(session, coupon, actor="operator", now=NOW)
    with pytest.raises(refusals.CouponClosed):
        shopper.reserves(coupon)
    assert session.scalars(select(Coupon)).one().state is CouponState.CANCELLED
