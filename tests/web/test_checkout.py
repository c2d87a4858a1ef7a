"""The checkout: what a coupon takes off, holding it, ordering with it, calling the order off."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from tests.builders import CABLE, CABLE_MINOR, DEARER_PHONE, NEW_PHONE, NEW_PHONE_MINOR, POLICY, Doorstep
from tests.conftest import NOW
from tests.web.conftest import VALUE_MINOR, House, Shop, refused
from tradein import offers, visits
from tradein.catalogue import Product, ProductKind
from tradein.coupons import Coupon
from tradein.database import transaction
from tradein.orders import Order
from tradein.policy import Policy
from web.workers import clock


async def test_a_new_phone_at_12000_with_2000_of_credit_leaves_10000_to_pay(either_shop: Shop) -> None:
    """Mission, line 6, from the lookup to the order."""
    code = either_shop.house.code()
    offer = (await either_shop.looks_up(code)).json()
    assert (offer["total_minor"], offer["discount_minor"], offer["to_pay_minor"]) == (1_200_000, 200_000, 1_000_000)
    held = await either_shop.reserves(code)
    assert held.status_code == 201
    assert held.json() | {"coupon": 0} == offer | {"coupon": 0} | {
        "id": held.json()["id"],
        "state": "held",
        "reserved_until": "2026-11-23T07:00:00Z",
    }
    placed = await either_shop.places(held.json(), "2026-1")
    order = placed.json()
    assert placed.status_code == 201, order
    assert (order["state"], order["reference"], order["paid_minor"], order["currency"]) == (
        "placed",
        "2026-1",
        1_000_000,
        "INR",
    )
    assert order["visit"] == {"scheduled_on": "2026-11-25", "state": "scheduled", "offer": None}
    assert order["coupon"] == {"ending": code[-4:], "state": "redeemed"}
    assert order["refund"] is None
    assert (await either_shop.get(f"/v1/orders/{order['id']}")).json() == order


async def test_an_accessory_joins_at_its_full_price(shop: Shop) -> None:
    """Mission, line 6: the discount stands on the smartphone's line alone."""
    offer = (await shop.looks_up(shop.house.code(), NEW_PHONE, CABLE)).json()
    assert {line["sku"]: line["discount_minor"] for line in offer["lines"]} == {NEW_PHONE: VALUE_MINOR, CABLE: 0}
    assert offer["to_pay_minor"] == NEW_PHONE_MINOR - VALUE_MINOR + CABLE_MINOR


@pytest.mark.parametrize(
    ("skus", "code"),
    [
        ((CABLE,), "no_smartphone"),
        ((NEW_PHONE, DEARER_PHONE), "several_smartphones"),
        ((NEW_PHONE, NEW_PHONE), "several_smartphones"),
        (("no-such-thing",), "unknown_product"),
    ],
)
async def test_a_basket_that_no_coupon_buys_is_refused_by_name(shop: Shop, skus: tuple[str, ...], code: str) -> None:
    """Mission, lines 6 and 10."""
    refused(await shop.looks_up(shop.house.code(), *skus), 422, code)
    refused(await shop.reserves(shop.house.code(), *skus), 422, code)


async def test_what_the_coupon_is_worth_beyond_the_phone_is_not_paid_out(shop: Shop) -> None:
    """A phone cheaper than the coupon costs nothing, and needs no payment."""
    with transaction(shop.house.maker) as session:
        session.add(
            Product(sku="basic", kind=ProductKind.SMARTPHONE, name="Basic", price_minor=VALUE_MINOR // 2, listed=True)
        )
    held = (await shop.reserves(shop.house.code(), "basic")).json()
    assert (held["discount_minor"], held["to_pay_minor"]) == (VALUE_MINOR // 2, 0)
    placed = await shop.places(held)
    assert (placed.status_code, placed.json()["paid_minor"]) == (201, 0)


async def test_a_reserved_coupon_is_nobody_elses_until_its_time_is_over(either_shop: Shop) -> None:
    """A stale reservation falls back by the clock."""
    house = either_shop.house
    code = house.code()
    held = (await either_shop.reserves(code)).json()
    refused(await either_shop.reserves(code), 409, "coupon_reserved")
    house.clock.passes(minutes=30, seconds=1)
    assert clock.tick(house.bench, POLICY)
    assert not clock.tick(house.bench, POLICY)
    assert (await either_shop.get(f"/v1/reservations/{held['id']}")).json()["state"] == "lapsed"
    assert refused(await either_shop.places(held), 409, "reservation_over")["state"] == "lapsed"
    assert (await either_shop.reserves(code)).status_code == 201


async def test_a_stale_reservation_holds_nobody_up_though_the_clock_was_asleep(shop: Shop) -> None:
    """Whoever comes next does what the clock would have done."""
    code = shop.house.code()
    await shop.reserves(code)
    shop.house.clock.passes(minutes=31)
    assert (await shop.looks_up(code)).status_code == 200
    assert (await shop.reserves(code)).status_code == 201


async def test_a_reservation_made_in_time_may_become_an_order_after_the_coupons_last_moment(shop: Shop) -> None:
    """Issued on the 23rd for 15 days: the 8th of December ends at 18:30 UTC in Kolkata."""
    code = shop.house.code()
    shop.house.clock.now = datetime(2026, 12, 8, 18, 20, tzinfo=UTC)
    held = (await shop.reserves(code)).json()
    shop.house.clock.passes(minutes=20)
    assert (await shop.places(held)).status_code == 201


async def test_a_released_coupon_can_be_used_again_at_once(shop: Shop) -> None:
    """Letting go twice is letting go."""
    code = shop.house.code()
    held = (await shop.reserves(code)).json()
    for _ in range(2):
        let_go = await shop.post(f"/v1/reservations/{held['id']}/release")
        assert (let_go.status_code, let_go.json()["state"]) == (200, "released")
    assert (await shop.reserves(code)).status_code == 201


async def test_an_order_is_no_reservation_any_more(shop: Shop) -> None:
    """Nothing is let go that was redeemed."""
    held = (await shop.reserves(shop.house.code())).json()
    await shop.places(held)
    refused(await shop.post(f"/v1/reservations/{held['id']}/release"), 409, "reservation_over")


async def test_only_captured_money_of_the_right_amount_buys_an_order(shop: Shop) -> None:
    """Each way a payment can be wrong has its name, and the reservation survives it."""
    house = shop.house
    held = (await shop.reserves(house.code())).json()
    amount = held["to_pay_minor"]
    missing = await shop.post("/v1/orders", {"reservation_id": held["id"], "reference": "S-1"})
    assert refused(missing, 422, "payment_missing")["to_pay_minor"] == amount
    refused(await shop.places(held, payment_id="pay_unknown"), 422, "unknown_payment")
    waits = house.till.takes(amount, captured=False)
    refused(await shop.places(held, payment_id=waits), 409, "payment_not_captured")
    short = await shop.places(held, payment_id=house.till.takes(amount - 1))
    assert refused(short, 409, "payment_differs")["paid_minor"] == amount - 1
    refused(await shop.places(held, payment_id=house.till.takes(amount, currency="USD")), 409, "payment_differs")
    good = house.till.takes(amount)
    assert (await shop.places(held, payment_id=good)).status_code == 201
    other = (await shop.reserves(house.code())).json()
    refused(await shop.places(other, "S-2", payment_id=good), 409, "payment_used")
    refused(await shop.places(other, "S-1"), 409, "order_reference_used")


async def test_without_the_provider_no_order_is_placed_and_nothing_is_remembered(shop: Shop) -> None:
    """The same request, repeated under the same key, succeeds once the provider is back."""
    held = (await shop.reserves(shop.house.code())).json()
    payment = shop.house.till.takes(held["to_pay_minor"])
    body = {"reservation_id": held["id"], "reference": "S-1", "payment_id": payment}
    shop.house.till.is_away()
    away = await shop.post("/v1/orders", body, key="order-1")
    refused(away, 503, "payments_unreachable")
    assert away.headers["retry-after"] == "5"
    shop.house.till.trouble = None
    assert (await shop.post("/v1/orders", body, key="order-1")).status_code == 201


async def test_the_shop_names_the_day_of_the_visit(shop: Shop) -> None:
    """Any day from today on that a courier can be booked for; today is 23 November."""
    held = (await shop.reserves(shop.house.code())).json()
    for past in ("2026-11-22", "0001-01-01"):
        assert refused(await shop.places(held, deliver_on=past), 422, "visit_day_past")["day"] == past
    for far in ("2027-01-23", "9999-12-31"):
        no = refused(await shop.places(held, deliver_on=far), 422, "visit_day_too_far")
        assert (no["day"], no["last"]) == (far, "2027-01-22")
    placed = await shop.places(held, deliver_on="2026-11-30")
    assert placed.json()["visit"]["scheduled_on"] == "2026-11-30"


async def test_a_cancelled_order_gives_the_coupon_back_and_owes_the_money(either_shop: Shop) -> None:
    """Cancelling twice is cancelling; the coupon keeps its last moment."""
    house = either_shop.house
    code = house.code()
    order = await either_shop.orders(code)
    for _ in range(2):
        answer = await either_shop.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Changed their mind."})
        cancelled = answer.json()
        assert (answer.status_code, cancelled["state"], cancelled["coupon"]["state"]) == (200, "cancelled", "issued")
        assert cancelled["visit"]["state"] == "cancelled"
        assert (cancelled["refund"]["state"], cancelled["refund"]["amount_minor"]) == ("requested", 1_000_000)
    assert (await either_shop.reserves(code)).status_code == 201


async def test_a_coupon_that_comes_back_too_late_is_expired(shop: Shop) -> None:
    """Cancelled after its last moment there is no second life."""
    code = shop.house.code()
    order = await shop.orders(code)
    shop.house.clock.passes(days=16)
    cancelled = (await shop.post(f"/v1/orders/{order['id']}/cancel")).json()
    assert (cancelled["state"], cancelled["coupon"]["state"]) == ("cancelled", "expired")
    refused(await shop.reserves(code), 409, "coupon_expired")


async def test_an_order_whose_phone_is_being_checked_is_not_cancelled(shop: Shop) -> None:
    """From the customer's code on, the door decides; what was accepted is closed."""
    order = await shop.orders(shop.house.code())
    with transaction(shop.house.maker) as session:
        row = session.scalars(select(Order).where(Order.public_id == order["id"])).one()
        door = Doorstep.of(session, row)
    refused(await shop.post(f"/v1/orders/{order['id']}/cancel"), 409, "order_being_checked")
    with transaction(shop.house.maker) as session:
        visit = session.get_one(visits.Visit, door.visit.id)
        Doorstep(session, visit, visit.courier or door.courier).types().looks().confirms()
    assert refused(await shop.post(f"/v1/orders/{order['id']}/cancel"), 409, "order_closed")["state"] == "completed"
    done = (await shop.get(f"/v1/orders/{order['id']}")).json()
    assert (done["state"], done["visit"]["state"], done["coupon"]["state"]) == ("completed", "accepted", "settled")


async def test_the_difference_of_a_lower_value_is_paid_once_the_customer_agreed(shop: Shop) -> None:
    """The courier found a scratch, the customer agrees in the chat, the shop takes the difference."""
    order = await shop.orders(shop.house.code())
    path = f"/v1/orders/{order['id']}"
    payment = shop.house.till.takes(VALUE_MINOR // 10)
    refused(await shop.post(f"{path}/difference", {"payment_id": payment}), 409, "offer_over")
    with transaction(shop.house.maker) as session:
        row = session.scalars(select(Order).where(Order.public_id == order["id"])).one()
        Doorstep.of(session, row).types().looks(screen=["scratched"]).confirms(Policy(offers_at_door=True))
    refused(await shop.post(f"{path}/difference", {"payment_id": payment}), 409, "offer_not_agreed")
    with transaction(shop.house.maker) as session:
        row = session.scalars(select(Order).where(Order.public_id == order["id"])).one()
        offers.agree(session, visits.of_order(session, row), row.customer, now=NOW + timedelta(hours=2))
    offer = (await shop.get(path)).json()["visit"]["offer"]
    less = VALUE_MINOR // 10
    assert offer == {"value_minor": VALUE_MINOR - less, "difference_minor": less, "agreed": True, "paid": False}
    short = shop.house.till.takes(VALUE_MINOR // 10 - 1)
    refused(await shop.post(f"{path}/difference", {"payment_id": short}), 409, "payment_differs")
    refused(await shop.post(f"{path}/difference", {"payment_id": "pay_nobody"}), 422, "unknown_payment")
    paid = await shop.post(f"{path}/difference", {"payment_id": payment})
    assert (paid.status_code, paid.json()["visit"]["offer"]["paid"]) == (200, True)


async def test_of_many_checkouts_of_one_coupon_exactly_one_has_it(either_shop: Shop) -> None:
    """Twenty at once, each with a key of its own."""
    code = either_shop.house.code()
    answers = await asyncio.gather(*(either_shop.reserves(code) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"coupon_reserved"}


async def test_products_are_listed_the_cheapest_first_and_by_kind(shop: Shop) -> None:
    """What a basket may hold."""
    listed = (await shop.get("/v1/products")).json()
    assert listed["currency"] == "INR"
    assert all(one["price_minor"] <= other["price_minor"] for one, other in pairwise(listed["products"]))
    phones = (await shop.get("/v1/products", kind="smartphone")).json()["products"]
    assert {product["sku"] for product in phones} == {NEW_PHONE, DEARER_PHONE}


async def test_a_withdrawn_coupon_is_closed_and_a_delayed_one_not_yet_usable(house: House) -> None:
    """Both by name, with what there is to know."""
    shop = house.client()
    code, later = house.code(), house.code()
    with transaction(house.maker) as session:
        for row in session.scalars(select(Coupon)):
            if row.printed == later:
                row.usable_from = datetime(2026, 11, 24, tzinfo=UTC)
            else:
                row.state = row.state.CANCELLED
    assert refused(await shop.looks_up(code), 409, "coupon_closed")["state"] == "cancelled"
    assert refused(await shop.looks_up(later), 409, "coupon_not_yet_usable")["usable_from"] == "2026-11-24T00:00:00Z"
    await shop.http.aclose()
