"""The demo shop against the real checkout API and the payment twin: three processes, HTTP between them."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from tests.builders import CABLE, DEARER_PHONE, NEW_PHONE, opens_link
from tests.sandbox.phones import Process
from tests.sandbox.programme import Programme
from tradein import checkout, database, offers
from tradein.checkout import Reservation
from tradein.customers import Customer
from tradein.orders import Order
from tradein.policy import Policy

PHONE = [{"sku": NEW_PHONE, "quantity": 1}]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programme]:
    """Start the programme and the sandbox with the shop in it."""
    programme = Programme(tmp_path_factory.mktemp("programme"))
    yield programme
    programme.close()


@dataclass
class Shopper:
    """Somebody at the shop who has traded a phone in; `code` is their coupon."""

    http: httpx.AsyncClient
    programme: Programme
    chat_id: int
    code: str

    @classmethod
    async def comes(cls, http: httpx.AsyncClient, programme: Programme) -> "Shopper":
        """Let a customer come from the chat, with a coupon worth 6,000 rupees."""
        made = await http.post("/sandbox/customers", json={"first_name": "Asha"})
        chat_id = made.json()["id"]
        return cls(http, programme, chat_id, programme.coupon(chat_id))

    def basket(self, *, lines: list[dict[str, Any]] | None = None, code: str | None = None) -> dict[str, Any]:
        """Return what the page sends: a phone of 12,000 rupees and the coupon, where nothing else is said."""
        return {"lines": lines or PHONE, "code": code or self.code, "chat_id": self.chat_id}

    async def refused(self, **other: Any) -> str:  # noqa: ANN401 - as basket
        """Ask what the coupon takes off, and return why it doesn't."""
        answer = await self.http.post("/shop/offers", json=self.basket(**other))
        assert answer.status_code >= 400
        return str(answer.json()["code"])

    async def reserves(self, **more: object) -> dict[str, Any]:
        """Go to the till."""
        answer = await self.http.post("/shop/orders", json=self.basket() | more)
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()
        return order

    async def pays(self, number: str, **body: object) -> httpx.Response:
        """Press the button."""
        return await self.http.post(f"/shop/orders/{number}/pay", json=body)

    async def orders(self) -> dict[str, Any]:
        """Buy the phone; return the order."""
        reserved = await self.reserves()
        answer = await self.pays(reserved["number"])
        assert answer.status_code == 200, answer.text
        order: dict[str, Any] = answer.json()
        return order

    async def sees(self, number: str) -> dict[str, Any]:
        """Return the order as the page shows it."""
        shown = (await self.http.get("/shop/orders", params={"chat_id": self.chat_id})).json()["orders"]
        (order,) = [order for order in shown if order["number"] == number]
        return dict(order)

    async def hears(self, number: str, *kinds: str) -> dict[str, Any]:
        """Wait until the shop was told these things of the order; return it as it is then."""
        async with asyncio.timeout(30):
            while True:
                order = await self.sees(number)
                if [event["type"] for event in order["events"]] == list(kinds):
                    return await self.sees(number)  # as it is after the last of them
                await asyncio.to_thread(self.programme.hurry)
                await asyncio.sleep(0.2)

    async def payments(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the twin's payments and refunds."""
        books = (await self.http.get("/sandbox/payments")).json()
        return books["payments"], books["refunds"]


@pytest.fixture
async def till(programme: Programme) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of the sandbox with the shop in it, where refunds take no time and nothing goes wrong."""
    async with httpx.AsyncClient(base_url=programme.root, trust_env=False, timeout=30) as client:
        await client.put("/sandbox/payments/settings", json={"refund_seconds": 0})
        yield client
        await client.delete("/sandbox/payments/faults")
        await client.delete("/sandbox/shop/faults")


@pytest.fixture
async def shopper(till: httpx.AsyncClient, programme: Programme) -> Shopper:
    """Let somebody come."""
    return await Shopper.comes(till, programme)


async def test_the_shop_shows_what_the_programme_sells(till: httpx.AsyncClient) -> None:
    """With prices, and both kinds."""
    assert (await till.get("/shop")).json() == {"open": True}
    answer = (await till.get("/shop/products")).json()
    assert answer["currency"] == "INR"
    assert {one["sku"]: (one["kind"], one["price_minor"]) for one in answer["products"]} == {
        NEW_PHONE: ("smartphone", 1_200_000),
        DEARER_PHONE: ("smartphone", 1_899_900),
        CABLE: ("accessory", 29_900),
    }


async def test_a_coupon_takes_its_value_off_the_phone_and_nothing_off_the_cable(shopper: Shopper) -> None:
    """12,000 and 299 less 6,000."""
    lines = [*PHONE, {"sku": CABLE, "quantity": 2}]
    offer = (await shopper.http.post("/shop/offers", json=shopper.basket(lines=lines))).json()
    assert (offer["total_minor"], offer["discount_minor"], offer["to_pay_minor"]) == (1_259_800, 600_000, 659_800)
    assert [line["discount_minor"] for line in offer["lines"] if line["sku"] == CABLE] == [0]


async def test_an_order_is_paid_placed_and_heard_of(shopper: Shopper) -> None:
    """A payment that fails first takes nothing and may be tried again."""
    reserved = await shopper.reserves()
    assert (reserved["state"], reserved["reservation"]["to_pay_minor"]) == ("reserved", 600_000)
    failed = await shopper.pays(reserved["number"], outcome="failed")
    assert (failed.status_code, failed.json()["code"]) == (402, "payment_failed")
    placed = (await shopper.pays(reserved["number"])).json()
    assert (placed["state"], placed["order"]["state"], placed["order"]["paid_minor"]) == ("placed", "placed", 600_000)
    assert placed["order"]["reference"] == reserved["number"]
    order = await shopper.hears(reserved["number"], "coupon.redeemed")
    assert order["order"]["coupon"]["state"] == "redeemed"
    (coupon,) = shopper.programme.coupons(shopper.chat_id)
    assert coupon.state == "redeemed"
    mine = [one for one in (await shopper.payments())[0] if one["order_id"] == placed["payment_order"]]
    assert [(one["status"], one["amount"]) for one in mine] == [("failed", 600_000), ("captured", 600_000)]


async def test_who_has_no_coupon_buys_all_the_same_and_the_programme_hears_nothing(shopper: Shopper) -> None:
    """Phones and accessories at their full price, paid, and paid back where the shopper thinks better of it."""
    lines = [*PHONE, {"sku": DEARER_PHONE, "quantity": 1}, {"sku": CABLE, "quantity": 2}]
    basket = {"lines": lines, "chat_id": shopper.chat_id}
    reserved = (await shopper.http.post("/shop/orders", json=basket)).json()
    assert (reserved["state"], reserved["reservation"]["to_pay_minor"]) == ("reserved", 1_200_000 + 1_899_900 + 59_800)
    failed = await shopper.pays(reserved["number"], outcome="failed")
    assert (failed.status_code, failed.json()["code"]) == (402, "payment_failed")
    bought = (await shopper.pays(reserved["number"])).json()
    assert (bought["state"], bought["order"]) == ("bought", None)
    again = await shopper.pays(reserved["number"])
    assert (again.status_code, again.json()["code"]) == (409, "order_closed")
    with database.reading(shopper.programme.sessions) as session:
        assert session.scalars(select(Order).where(Order.reference == reserved["number"])).all() == []
    (coupon,) = shopper.programme.coupons(shopper.chat_id)
    assert coupon.state == "issued"
    returned = (await shopper.http.post(f"/shop/orders/{reserved['number']}/cancel")).json()
    assert returned["state"] == "returned"
    refunds = [one["amount"] for one in (await shopper.payments())[1] if one["payment_id"] == bought["payment"]["id"]]
    assert refunds == [reserved["reservation"]["to_pay_minor"]]


async def test_a_basket_without_a_coupon_may_be_given_up_and_has_to_hold_what_is_sold(shopper: Shopper) -> None:
    """Nothing is held, so nothing is let go of."""
    basket = {"lines": PHONE, "chat_id": shopper.chat_id}
    reserved = (await shopper.http.post("/shop/orders", json=basket)).json()
    released = (await shopper.http.post(f"/shop/orders/{reserved['number']}/release")).json()
    assert released["state"] == "released"
    for lines, code in (([], "empty_basket"), ([{"sku": "gone", "quantity": 1}], "unknown_product")):
        answer = await shopper.http.post("/shop/orders", json={"lines": lines, "chat_id": shopper.chat_id})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_shopper_says_when_to_come(shopper: Shopper) -> None:
    """In days from the programme's today; a shop that says nothing leaves it to the programme."""
    reserved = await shopper.reserves(days=1)
    placed = (await shopper.pays(reserved["number"])).json()
    tomorrow = datetime.now(ZoneInfo("Asia/Kolkata")).date() + timedelta(days=1)
    assert placed["order"]["visit"]["scheduled_on"] == tomorrow.isoformat()


async def test_why_a_coupon_is_refused_is_told(shopper: Shopper, till: httpx.AsyncClient) -> None:
    """Each reason by its name."""
    assert await shopper.refused(code="AAAA-AAAA-AAAA-AAAA") == "unknown_coupon"
    assert await shopper.refused(lines=[{"sku": CABLE, "quantity": 1}]) == "no_smartphone"
    both = [*PHONE, {"sku": DEARER_PHONE, "quantity": 1}]
    assert await shopper.refused(lines=both) == "several_smartphones"
    assert await shopper.refused(lines=[{"sku": "gone", "quantity": 1}]) == "unknown_product"
    reserved = await shopper.reserves()
    assert await shopper.refused() == "coupon_reserved"
    await shopper.pays(reserved["number"])
    assert await shopper.refused() == "coupon_used"
    other = await Shopper.comes(till, shopper.programme)
    _link(other, (await till.post(f"/shop/accounts/{other.chat_id}/links")).json()["start"])
    assert await shopper.refused(code=other.code) == "coupon_of_another_account"


async def test_turning_back_before_paying_frees_the_coupon(shopper: Shopper) -> None:
    """At once, and a second time changes nothing."""
    reserved = await shopper.reserves()
    for _ in range(2):
        released = await shopper.http.post(f"/shop/orders/{reserved['number']}/release")
        assert released.json()["state"] == "released"
    assert (await shopper.pays(reserved["number"])).json()["code"] == "order_closed"
    assert (await shopper.orders())["state"] == "placed"


async def test_a_cancelled_order_brings_the_money_and_the_coupon_back(shopper: Shopper) -> None:
    """The refund is the programme's; the shop only hears of it."""
    order = await shopper.orders()
    cancelled = await shopper.http.post(f"/shop/orders/{order['number']}/cancel")
    assert cancelled.json()["order"]["state"] == "cancelled"
    seen = await shopper.hears(order["number"], "coupon.redeemed", "order.cancelled", "refund.settled")
    assert (seen["order"]["refund"]["state"], seen["order"]["refund"]["amount_minor"]) == ("settled", 600_000)
    assert seen["order"]["coupon"]["state"] == "issued"
    (refund,) = [one for one in (await shopper.payments())[1] if one["payment_id"] == order["payment"]["id"]]
    assert (refund["status"], refund["amount"]) == ("processed", 600_000)
    assert (await shopper.orders())["state"] == "placed", "the coupon can be used again"


@pytest.mark.parametrize(
    ("screen", "state", "kinds"),
    [
        ("flawless", "completed", ["exchange.settled"]),
        ("cracked", "cancelled", ["exchange.refused", "refund.settled"]),
    ],
)
async def test_what_the_courier_finds_reaches_the_shop(
    shopper: Shopper, screen: str, state: str, kinds: list[str]
) -> None:
    """An accepted phone completes the order, a refused one brings the money back."""
    order = await shopper.orders()
    with database.transaction(shopper.programme.sessions) as session:
        door = shopper.programme.visit(order["number"], session)
        door.types().looks(screen=[screen]).confirms()
    seen = await shopper.hears(order["number"], "coupon.redeemed", *kinds)
    assert seen["order"]["state"] == state
    assert (seen["order"]["refund"] is None) == (state == "completed")


async def test_the_difference_of_a_lower_value_is_paid_once(shopper: Shopper) -> None:
    """After the customer agreed in the chat, and not before."""
    order = await shopper.orders()
    address = f"/shop/orders/{order['number']}/difference"
    with database.transaction(shopper.programme.sessions) as session:
        door = shopper.programme.visit(order["number"], session)
        door.types().looks(screen=["scratched"]).confirms(Policy(offers_at_door=True))
    early = await shopper.http.post(address)
    assert (early.status_code, early.json()["code"]) == (409, "offer_over")
    with database.transaction(shopper.programme.sessions) as session:
        visit = shopper.programme.visit_of(order["number"], session)
        offers.agree(session, visit, visit.order.customer, now=datetime.now(UTC))
    answers = await asyncio.gather(*(shopper.http.post(address) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    offer = answers[-1].json()["order"]["visit"]["offer"]
    assert (offer["difference_minor"], offer["paid"]) == (60_000, True)
    taken = [one for one in (await shopper.payments())[0] if one["id"] == answers[-1].json()["difference"]["id"]]
    assert [(one["amount"], one["status"]) for one in taken] == [(60_000, "captured")]
    assert len({answer.json()["difference"]["id"] for answer in answers}) == 1


async def test_pressing_pay_twice_at_once_pays_once(shopper: Shopper) -> None:
    """The second press finds the order placed."""
    reserved = await shopper.reserves()
    answers = await asyncio.gather(*(shopper.pays(reserved["number"]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    order = await shopper.sees(reserved["number"])
    paid = [one for one in (await shopper.payments())[0] if one["order_id"] == order["payment_order"]]
    assert len(paid) == 1


async def test_a_payment_survives_a_programme_that_is_away(shopper: Shopper) -> None:
    """The money is taken once, the order placed when the programme is back."""
    reserved = await shopper.reserves()
    shopper.programme.stop_web()
    try:
        away = await shopper.pays(reserved["number"])
        assert (away.status_code, away.json()["code"]) == (503, "unreachable")
        assert (await shopper.sees(reserved["number"]))["state"] == "paid"
    finally:
        shopper.programme.start_web()
    placed = (await shopper.pays(reserved["number"])).json()
    assert placed["state"] == "placed"
    mine = [one for one in (await shopper.payments())[0] if one["order_id"] == placed["payment_order"]]
    assert [one["status"] for one in mine] == ["captured"]


async def test_who_paid_too_late_gets_the_money_back_from_the_shop(shopper: Shopper) -> None:
    """The programme never took that order, so the refund is the shop's own."""
    reserved = await shopper.reserves()
    with database.transaction(shopper.programme.sessions) as session:
        held = session.scalars(select(Reservation).where(Reservation.public_id == reserved["reservation"]["id"])).one()
        checkout.release(session, held, actor="test", now=datetime.now(UTC))
    refused = (await shopper.pays(reserved["number"])).json()
    assert (refused["state"], refused["problem"]["code"]) == ("refused", "reservation_over")
    (refund,) = [one for one in (await shopper.payments())[1] if one["payment_id"] == refused["payment"]["id"]]
    assert (refund["amount"], refund["status"]) == (600_000, "processed")


async def test_a_linked_account_shows_its_credit_and_coupons(shopper: Shopper) -> None:
    """Once the deep link was opened in the chat; before, the account has none."""
    account = f"/shop/accounts/{shopper.chat_id}"
    assert (await shopper.http.get(account)).json()["linked"] is False
    made = (await shopper.http.post(f"{account}/links")).json()
    assert made["start"].startswith("l_")
    _link(shopper, made["start"])
    seen = (await shopper.http.get(account)).json()
    assert (seen["linked"], seen["balance_minor"]) == (True, 600_000)
    assert [(one["code"], one["state"]) for one in seen["coupons"]] == [(shopper.code, "issued")]


def _link(shopper: Shopper, start: str) -> None:
    with database.transaction(shopper.programme.sessions) as session:
        customer = session.scalars(select(Customer).where(Customer.chat_id == shopper.chat_id)).one()
        opens_link(session, customer, start.removeprefix("l_"), now=datetime.now(UTC))


async def test_a_webhook_the_shop_could_not_take_comes_again(shopper: Shopper) -> None:
    """The shop fails at first; the programme doesn't give up."""
    await shopper.http.post("/sandbox/shop/faults", json={"kind": "5xx", "method": "webhook"})
    order = await shopper.orders()
    await shopper.hears(order["number"], "coupon.redeemed")
    assert (await shopper.http.get("/sandbox/shop/faults")).json() == []


# --- the receiver, without a programme --------------------------------------------------------------------------------
def signed(event_id: str, *, body: str = "", at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a webhook."""
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, moment, body),
    }


async def test_a_webhook_is_believed_once_and_only_with_a_good_signature(tmp_path: Path) -> None:
    """A forged one, an old one and a repetition change nothing; what came is still known after a restart."""
    environment = os.environ | {"TRADEIN_VAR_DIR": str(tmp_path), "SANDBOX_SHOP_WEBHOOK_SECRET": SECRET}
    process = Process(environment=environment)
    body = '{"id":"evt_1","type":"coupon.redeemed","created_at":"2026-11-23T06:30:00Z","data":{"reference":"S-1"}}'
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as http:

        async def sent(headers: dict[str, str], content: str = body) -> int:
            return (await http.post("/shop/webhooks", content=content, headers=headers)).status_code

        late = datetime.now(UTC) - timedelta(hours=1)
        assert await sent({}) == 401
        assert await sent(signed("evt_1", body=body), body.replace("S-1", "S-2")) == 401
        assert await sent(signed("evt_1", body=body, secret="whsec_" + "A" * 32)) == 401
        assert await sent(signed("evt_1", body=body, at=late)) == 401
        assert await sent(signed("evt_1", body=body) | {"webhook-signature": "v1,?"}) == 401
        await http.post("/sandbox/shop/faults", json={"kind": "5xx", "code": 503})
        assert await sent(signed("evt_1", body=body)) == 503
        await http.post("/sandbox/shop/faults", json={"kind": "drop"})
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await sent(signed("evt_1", body=body))
        assert await sent(signed("evt_1", body=body)) == 204
    assert process.stop() == 0
    process = Process(environment=environment)
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as http:
        log = (await http.get("/sandbox/shop/webhooks")).json()["webhooks"]
        assert [(one["id"], one["times"], one["data"]) for one in log] == [("evt_1", 2, {"reference": "S-1"})]
    process.stop()


async def test_a_sandbox_alone_has_no_shop_and_says_so(http: httpx.AsyncClient) -> None:
    """Nothing breaks; whoever asks all the same is told why."""
    assert (await http.get("/shop")).json() == {"open": False}
    answer = await http.get("/shop/products")
    assert (answer.status_code, answer.json()["code"]) == (503, "shop_closed")
    assert (await http.post("/shop/webhooks", content=b"{}", headers=signed("evt_1"))).status_code == 401
    assert (await http.post("/shop/offers", json={"lines": [{"sku": "x", "quantity": 0}]})).status_code == 422


async def test_the_courier_comes_in_by_the_invitation_once(programme: Programme, till: httpx.AsyncClient) -> None:
    """Opening the chat again is the same chat, and the link isn't tapped twice."""
    assert (await till.get("/sandbox/courier")).json() == {"chat_id": None, "invited": True}
    first = await till.post("/sandbox/courier")
    again = await till.post("/sandbox/courier")
    assert (first.status_code, again.status_code) == (201, 200)
    chat_id = first.json()["id"]
    assert again.json()["id"] == chat_id
    messages = (await till.get(f"/sandbox/chats/{chat_id}")).json()["messages"]
    assert [message["text"] for message in messages] == ["/start s_invitation"]
    assert (await till.get("/sandbox/courier")).json() == {"chat_id": chat_id, "invited": True}
    assert programme.sandbox.process.poll() is None
