"""The demo shop's server: what its own database knows, and what it asks of the exchange programme.

    reserved ── paid ──► paid ── the programme takes the order ──► placed
       │                   └── it refuses for good ──► refused: the shop gives the money back itself
       ├── the shopper turns back ──► released
       ├── not paid in time ──► lapsed
       └── paid, and there was no coupon ──► bought ── cancelled ──► returned

A `placed` order is the programme's from there on: its state, visit and refund are read from it. A shopper is a customer
of the messenger: chat 7 is the shop's account "shopper-7". Who buys without a coupon is the shop's own affair: the
programme hears nothing of it. Each step has an Idempotency-Key made of the shop's own order number, so that a
repetition after a lost answer does nothing twice.
"""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.errors import Json
from sandbox.payments import Outcome, PaymentError, Payments
from sandbox.shop_api import CheckoutApi, Problem
from sandbox.world import World

_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
TILL_SECONDS: Final = 1800.0
"""How long a basket without a coupon waits to be paid."""
FRESH_SECONDS: Final = 4.0
"""How long what was read of an order is good enough: several open pages must not use up the shop's API rate."""


def account_of(chat_id: int) -> str:
    """Return the shop's account of the person in a chat."""
    return f"shopper-{chat_id}"


class Shop:
    """The orders of this shop, and what shoppers do. Every verb raises :class:`Problem`."""

    def __init__(self, world: World, payments: Payments, api: CheckoutApi) -> None:
        self._world = world
        self._payments = payments
        self.api = api
        self._orders: dict[str, Json] = dict(world.store.load("shop_order"))
        self._busy: dict[str, asyncio.Lock] = {}
        self._read_at: dict[str, float] = {}

    # --- looking around -----------------------------------------------------------------------------------------------
    async def products(self) -> Json:
        """Return what is sold, and in which currency."""
        answer: Json = await self.api.get("products")
        return answer

    async def account(self, chat_id: int) -> Json:
        """Return the shopper's account as the programme knows it: linked or not, credit, coupons."""
        answer: Json = await self.api.get(f"accounts/{account_of(chat_id)}")
        return answer

    async def link(self, chat_id: int) -> Json:
        """Return the deep link that ties the shopper's account to their chat; `start` is its parameter."""
        key = f"link-{secrets.token_hex(8)}"
        answer: Json = await self.api.post("links", {"account_id": account_of(chat_id)}, key=key)
        return answer

    async def offer(self, lines: list[Json], code: str, chat_id: int | None) -> Json:
        """Return what a coupon takes off a basket."""
        answer: Json = await self.api.post("coupons/lookup", _basket(lines, code, chat_id))
        return answer

    # --- buying -------------------------------------------------------------------------------------------------------
    async def reserve(self, lines: list[Json], code: str, chat_id: int | None, *, days: int | None = None) -> Json:
        """Hold the coupon for the basket while the shopper pays; returns the shop's order. Without a code it is a sale.

        The courier comes `days` from today; None leaves the day to the programme.
        """
        number = self._new_number()
        if code:
            held = await self.api.post("reservations", _basket(lines, code, chat_id), key=f"reserve-{number}")
        else:
            held = await self._priced(lines)
        return self._keep(
            {
                "number": number,
                "chat_id": chat_id,
                "state": "reserved",
                "made_at": _iso(self._world.clock()),
                "reservation": held,
                "deliver_on": None if days is None else self._day(days),
                "payment": None,
                "problem": None,
                "order": None,
                "events": [],
            }
        )

    async def _priced(self, lines: list[Json]) -> Json:
        """Return a basket at its full price, shaped like a reservation; there is nothing to hold, so it has no id."""
        sold: Json = await self.products()
        range_ = {product["sku"]: product for product in sold["products"]}
        if not lines:
            raise Problem(422, "empty_basket", "The basket is empty.")
        if not all(line["sku"] in range_ for line in lines):
            raise Problem(422, "unknown_product", "Something in the basket isn't sold.")
        priced = [
            {
                "sku": line["sku"],
                "name": range_[line["sku"]]["name"],
                "kind": range_[line["sku"]]["kind"],
                "quantity": line["quantity"],
                "unit_price_minor": range_[line["sku"]]["price_minor"],
                "total_minor": range_[line["sku"]]["price_minor"] * line["quantity"],
                "discount_minor": 0,
            }
            for line in lines
        ]
        total = sum(line["total_minor"] for line in priced)
        return {
            "id": None,
            "lines": priced,
            "total_minor": total,
            "discount_minor": 0,
            "to_pay_minor": total,
            "currency": sold["currency"],
            "reserved_until": _iso(self._world.clock() + TILL_SECONDS),
        }

    async def pay(self, number: str, *, outcome: Outcome) -> Json:
        """Take the money, unless it was taken already, and place the order."""
        async with self._alone(number):
            self._let_lapse()
            order = self.order(number)
            if order["state"] not in {"reserved", "paid"}:
                raise Problem(409, "order_closed", f"This order is {order['state']}.", state=order["state"])
            if order["state"] == "reserved" and order["reservation"]["to_pay_minor"]:
                order = self._charge(order, outcome)
            return await self._place(order)

    def _charge(self, order: Json, outcome: Outcome) -> Json:
        held = order["reservation"]
        if not order.get("payment_order"):
            opened = self._open(held["to_pay_minor"], held["currency"], order["number"])
            order = self._keep(order | {"payment_order": opened})
        return self._keep(order | {"state": "paid", "payment": self._take(order["payment_order"], outcome)})

    def _open(self, amount: int, currency: str, receipt: str) -> str:
        """Open an order at the payment provider; return its id."""
        try:
            opened = self._payments.create_order({"amount": amount, "currency": currency, "receipt": receipt})
        except PaymentError as refusal:
            raise Problem(502, "payment_provider", refusal.description) from refusal
        return str(opened["id"])

    def _take(self, payment_order: str, outcome: Outcome) -> Json:
        """Let the shopper pay; return what the shop keeps of the payment."""
        try:
            payment = self._payments.pay(payment_order, outcome=outcome)
        except PaymentError as refusal:
            raise Problem(502, "payment_provider", refusal.description) from refusal
        if not payment["captured"]:
            raise Problem(402, "payment_failed", payment["error_description"] or "The payment was not captured.")
        return {"id": payment["id"], "amount": payment["amount"]}

    async def _place(self, order: Json) -> Json:
        if order["reservation"]["id"] is None:
            return self._keep(order | {"state": "bought"})
        wanted = {"reservation_id": order["reservation"]["id"], "reference": order["number"]}
        if order["payment"]:
            wanted["payment_id"] = order["payment"]["id"]
        if order["deliver_on"]:
            wanted["deliver_on"] = order["deliver_on"]
        try:
            placed = await self.api.post("orders", wanted, key=f"order-{order['number']}")
        except Problem as problem:
            if problem.passing:
                self._keep(order | {"problem": problem.body()})
                raise
            if order["payment"]:
                self._payments.refund(order["payment"]["id"], {}, key=f"shop-{order['number']}")
            return self._keep(order | {"state": "refused", "problem": problem.body()})
        return self._keep(order | {"state": "placed", "order": placed, "problem": None})

    async def release(self, number: str) -> Json:
        """Let go of the coupon: the shopper turned back before paying."""
        async with self._alone(number):
            order = self.order(number)
            if order["state"] != "reserved":
                return order
            held = order["reservation"]["id"]
            if held is not None:
                await self.api.post(f"reservations/{held}/release", {}, key=f"release-{number}")
            return self._keep(order | {"state": "released"})

    async def cancel(self, number: str) -> Json:
        """Cancel a placed order; one without a coupon is paid back by the shop."""
        async with self._alone(number):
            order = self.order(number)
            if order["state"] == "bought":
                self._payments.refund(order["payment"]["id"], {}, key=f"shop-{number}")
                return self._keep(order | {"state": "returned"})
            if order["state"] != "placed":
                raise Problem(409, "order_closed", f"This order is {order['state']}.", state=order["state"])
            reason = {"reason": "You cancelled it in the shop."}
            path = f"orders/{order['order']['id']}/cancel"
            cancelled = await self.api.post(path, reason, key=f"cancel-{number}")
            return self._keep(order | {"order": cancelled})

    async def pay_difference(self, number: str) -> Json:
        """Pay on top what a lower value, agreed to at the door, leaves open; a second time it is paid already."""
        async with self._alone(number):
            order = self.order(number)
            if order["state"] != "placed":
                raise Problem(409, "order_closed", f"This order is {order['state']}.", state=order["state"])
            path = f"orders/{order['order']['id']}"
            offer = (await self.api.get(path))["visit"]["offer"]
            if offer is None or not offer["agreed"]:
                raise Problem(409, "offer_over", "There is no difference to pay.")
            if not order.get("difference"):
                amount, currency = offer["difference_minor"], order["reservation"]["currency"]
                paid = self._take(self._open(amount, currency, f"{number}-D{secrets.token_hex(3)}"), Outcome.CAPTURED)
                order = self._keep(order | {"difference": paid})
            wanted = {"payment_id": order["difference"]["id"]}
            try:
                taken = await self.api.post(f"{path}/difference", wanted, key=f"difference-{wanted['payment_id']}")
            except Problem as problem:
                if not problem.passing:  # the programme never took it: the shop gives it back
                    self._payments.refund(wanted["payment_id"], {}, key=f"difference-{wanted['payment_id']}")
                    self._keep(self.order(number) | {"difference": None})
                raise
            return self._keep(self.order(number) | {"order": taken})

    # --- what became of it --------------------------------------------------------------------------------------------
    def order(self, number: str) -> Json:
        """Return an order as last known."""
        if number not in self._orders:
            raise Problem(404, "unknown_order", "This shop has no order of that number.")
        return self._orders[number]

    async def orders(self, chat_id: int | None) -> list[Json]:
        """Return a shopper's orders (a guest's for None), newest first; what is still open is read anew."""
        self._let_lapse()
        mine = [order for order in self._orders.values() if order["chat_id"] == chat_id]
        await asyncio.gather(*(self._refresh(order) for order in mine))
        return [self._orders[order["number"]] for order in reversed(mine)]

    async def _refresh(self, order: Json) -> None:
        now = self._world.clock()
        fresh = now - self._read_at.get(order["number"], 0.0) < FRESH_SECONDS
        if order["state"] != "placed" or _is_over(order["order"]) or fresh:
            return
        self._read_at[order["number"]] = now
        try:
            seen = await self.api.get(f"orders/{order['order']['id']}")
        except Problem:
            return  # the page shows what was known
        latest = self.order(order["number"])
        if seen != latest["order"]:
            self._keep(latest | {"order": seen})

    def hear(self, event: Json) -> None:
        """Note what a webhook says of an order of this shop; one about a refund names the programme's order only."""
        told = event["data"]
        for order in list(self._orders.values()):
            theirs = order["order"]["id"] if order["order"] else None
            if told.get("reference") == order["number"] or (theirs and told.get("order_id") == theirs):
                self._read_at.pop(order["number"], None)
                self._keep(order | {"events": [*order["events"], {"type": event["type"], "at": event["created_at"]}]})

    def _let_lapse(self) -> None:
        now = datetime.fromtimestamp(self._world.clock(), UTC)
        for order in list(self._orders.values()):
            if order["state"] == "reserved" and datetime.fromisoformat(order["reservation"]["reserved_until"]) < now:
                self._keep(order | {"state": "lapsed"})

    def _alone(self, number: str) -> asyncio.Lock:
        """Let nobody else change this order meanwhile: a button may be pressed twice."""
        return self._busy.setdefault(number, asyncio.Lock())

    def _keep(self, order: Json) -> Json:
        self._orders[order["number"]] = order
        self._world.store.put("shop_order", order["number"], order)
        self._world.watchers.tell("shop", {"number": order["number"], "chat_id": order["chat_id"]})
        return order

    def _day(self, days: int) -> str:
        today = datetime.fromtimestamp(self._world.clock(), self.api.timezone).date()
        return (today + timedelta(days=days)).isoformat()

    def _new_number(self) -> str:
        """Make a number that the programme has never seen, even if this shop forgot its orders."""
        day = datetime.fromtimestamp(self._world.clock(), UTC)
        return f"S{day:%y%m%d}-{''.join(secrets.choice(_LETTERS) for _ in range(5))}"


def _basket(lines: list[Json], code: str, chat_id: int | None) -> Json:
    basket: dict[str, Any] = {"code": code, "lines": lines}
    if chat_id is not None:
        basket["account_id"] = account_of(chat_id)
    return basket


def _is_over(order: Json) -> bool:
    """Say whether nothing more can happen to an order: it went through, or its money is back."""
    refund = order.get("refund")
    if order["state"] == "cancelled":
        return refund is None or refund["state"] == "settled"
    return bool(order["state"] == "completed")


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
