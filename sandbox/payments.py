"""The twin of a payment provider: orders, payments and refunds as Razorpay's REST API shows them.

    order    created ── paid by a payment ──► paid
    payment  captured ── all of it refunded ──► refunded      (or authorized, or failed: see `Outcome`)
    refund   pending ── `refund_seconds` later ──► processed  (or failed, when that was ordered)

Entities are kept as the JSON that Razorpay's documentation shows for them; amounts are minor units, times Unix seconds.
A refund moves when somebody looks: what is due is worked out from the clock, so a restart changes nothing.
"""

import re
import secrets
import string
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

from sandbox.errors import Json
from sandbox.store import Store

KEY_ID: Final = "rzp_test_sandbox"
KEY_SECRET: Final = "sandbox"  # noqa: S105 - it opens nothing but the sandbox
REFUND_SECONDS: Final = 5.0
LEAST_AMOUNT: Final = 100
RECEIPT_LIMIT: Final = 40
_REFUND_FIELDS: Final = frozenset({"amount", "speed", "notes", "receipt"})
_ORDER_FIELDS: Final = frozenset({"amount", "currency", "receipt", "notes", "partial_payment", "payment_capture"})
_IDEMPOTENCY_KEY: Final = re.compile(r"[A-Za-z0-9_-]{10,}")
_ID_LETTERS: Final = string.ascii_letters + string.digits
_ID: Final = re.compile(r"[a-z]+_[A-Za-z0-9]{14}")
_UNSET: Final = "NA"


class PaymentError(Exception):
    """A refusal in Razorpay's shape and words: HTTP `status`, then `{"error": {"code", "description", …}}`."""

    def __init__(
        self, description: str, *, field: str | None = None, status: int = 400, code: str = "BAD_REQUEST_ERROR"
    ) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.field = field

    def body(self) -> Json:
        """Return the JSON object the client receives."""
        checked = self.field is not None
        error: Json = {
            "code": self.code,
            "description": self.description,
            "source": "business" if checked else _UNSET,
            "step": "payment_initiation" if checked else _UNSET,
            "reason": "input_validation_failed" if checked else _UNSET,
            "metadata": {},
        }
        # The id of the address is no field of the body.
        return {"error": error | ({"field": self.field} if self.field else {})}


class Outcome(StrEnum):
    """How an attempt to pay ends: only a captured payment is money in the shop's hands."""

    CAPTURED = "captured"
    AUTHORIZED = "authorized"
    FAILED = "failed"


class Payments:
    """The provider's books, and the few verbs that change them. Every verb refuses with a `PaymentError`."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self.refund_seconds = REFUND_SECONDS
        self.orders: dict[str, Json] = dict(store.load("rzp_order"))
        self.payments: dict[str, Json] = dict(store.load("rzp_payment"))
        self._refunds: dict[str, Json] = dict(store.load("rzp_refund"))
        """By id: the `refund` itself, when it is `due`, and the `outcome` it will come to."""
        self._keys: dict[str, Json] = dict(store.load("rzp_key"))

    # --- orders and payments ------------------------------------------------------------------------------------------
    def create_order(self, wanted: Json) -> Json:
        """Open an order over an amount."""
        _known(wanted, _ORDER_FIELDS)
        amount = _amount(wanted, "amount", "Order amount less than minimum amount allowed")
        currency = wanted.get("currency")
        if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
            raise PaymentError("The currency field is required.", field="currency")
        receipt = wanted.get("receipt")
        if receipt is not None and (not isinstance(receipt, str) or len(receipt) > RECEIPT_LIMIT):
            raise PaymentError("The receipt may not be greater than 40 characters.", field="receipt")
        if receipt is not None and any(order["receipt"] == receipt for order in self.orders.values()):
            raise PaymentError("Order receipt should be unique.", field="receipt")
        order: Json = {
            "id": _new_id("order"),
            "entity": "order",
            "amount": amount,
            "amount_paid": 0,
            "amount_due": amount,
            "currency": currency,
            "receipt": receipt,
            "offer_id": None,
            "status": "created",
            "attempts": 0,
            "notes": wanted.get("notes") or [],
            "created_at": self._now(),
        }
        return self._keep("rzp_order", self.orders, order)

    def order(self, order_id: str) -> Json:
        """Return the order."""
        return _find(self.orders, order_id)

    def pay(self, order_id: str, *, outcome: Outcome = Outcome.CAPTURED) -> Json:
        """Let somebody pay an order, as Razorpay's checkout in the shopper's browser would. Returns the payment."""
        order = self.order(order_id)
        if order["status"] == "paid":
            raise PaymentError("Payment already done for this order.", field="order_id")
        attempted = order | {"attempts": order["attempts"] + 1, "status": "attempted"}
        if outcome is Outcome.CAPTURED:
            attempted |= {"status": "paid", "amount_paid": order["amount"], "amount_due": 0}
        self._keep("rzp_order", self.orders, attempted)
        return self._take(order["amount"], order["currency"], order_id=order_id, outcome=outcome)

    def receive(self, amount: int, currency: str, *, outcome: Outcome = Outcome.CAPTURED) -> Json:
        """Let a payment come in that belongs to no order. Returns the payment."""
        return self._take(amount, currency, order_id=None, outcome=outcome)

    def _take(self, amount: int, currency: str, *, order_id: str | None, outcome: Outcome) -> Json:
        failed = outcome is Outcome.FAILED
        payment: Json = {
            "id": _new_id("pay"),
            "entity": "payment",
            "amount": amount,
            "currency": currency,
            "status": outcome.value,
            "order_id": order_id,
            "invoice_id": None,
            "international": False,
            "method": "upi",
            "amount_refunded": 0,
            "refund_status": None,
            "captured": outcome is Outcome.CAPTURED,
            "description": None,
            "card_id": None,
            "bank": None,
            "wallet": None,
            "vpa": "failure@razorpay" if failed else "success@razorpay",
            "email": None,
            "contact": None,
            "notes": [],
            "fee": 0 if outcome is Outcome.CAPTURED else None,
            "tax": 0 if outcome is Outcome.CAPTURED else None,
            "error_code": "BAD_REQUEST_ERROR" if failed else None,
            "error_description": "Payment was unsuccessful as the customer's bank declined it." if failed else None,
            "error_source": "bank" if failed else None,
            "error_step": "payment_authorization" if failed else None,
            "error_reason": "payment_failed" if failed else None,
            "acquirer_data": {"rrn": None if failed else _reference()},
            "created_at": self._now(),
        }
        return self._keep("rzp_payment", self.payments, payment)

    def payment(self, payment_id: str) -> Json:
        """Return the payment as it is now."""
        self._settle()
        return _find(self.payments, payment_id)

    # --- refunds ------------------------------------------------------------------------------------------------------
    def refund(self, payment_id: str, wanted: Json, *, key: str | None = None, fails: bool = False) -> Json:
        """Promise the money back, all that is left without an `amount`; `fails` makes it end as failed.

        With a `key` (X-Refund-Idempotency) the same request again returns the same refund, another one is refused.
        """
        payment = self.payment(payment_id)
        request = {"payment_id": payment_id, "wanted": wanted}
        if key is not None:
            if not _IDEMPOTENCY_KEY.fullmatch(key):
                raise PaymentError("The idempotency key is invalid.", field="X-Refund-Idempotency")
            if earlier := self._keys.get(key):
                if earlier["request"] != request:
                    raise PaymentError("Different request with the same idempotency key has already been processed.")
                return self.fetch_refund(earlier["refund_id"])
        refund = self._promise(payment, wanted)
        self._write(
            refund,
            due=self._clock() + self.refund_seconds,
            outcome="failed" if fails else "processed",
        )
        if key is not None:
            self._keys[key] = {"request": request, "refund_id": refund["id"]}
            self._store.put("rzp_key", key, self._keys[key])
        self._book(payment, refund["amount"])
        return self.fetch_refund(refund["id"])

    def _promise(self, payment: Json, wanted: Json) -> Json:
        _known(wanted, _REFUND_FIELDS)
        if payment["status"] == "refunded":
            raise PaymentError("The payment has been fully refunded already.")
        if not payment["captured"]:
            raise PaymentError("The payment status should be captured for action to be taken.")
        left = payment["amount"] - payment["amount_refunded"]
        amount = _amount({"amount": left} | wanted, "amount", "The amount must be at least INR 1.00")
        if amount > left:
            raise PaymentError("The refund amount provided is greater than amount captured.", field="amount")
        return {
            "id": _new_id("rfnd"),
            "entity": "refund",
            "amount": amount,
            "currency": payment["currency"],
            "payment_id": payment["id"],
            "notes": wanted.get("notes") or [],
            "receipt": wanted.get("receipt"),
            "acquirer_data": {"rrn": None},
            "created_at": self._now(),
            "batch_id": None,
            "status": "pending",
            "speed_requested": wanted.get("speed") or "normal",
        }

    def fetch_refund(self, refund_id: str, *, payment_id: str | None = None) -> Json:
        """Return the refund as it is now; with `payment_id` only if it is one of that payment."""
        if payment_id is not None:
            self.payment(payment_id)
        self._settle()
        refund: Json = _find(self._refunds, refund_id)["refund"]
        if payment_id not in {None, refund["payment_id"]}:
            raise _unknown()
        return refund

    def refunds_of(self, payment_id: str) -> list[Json]:
        """Return the refunds of a payment, newest first."""
        self.payment(payment_id)
        return [refund for refund in self.refunds() if refund["payment_id"] == payment_id]

    def refunds(self) -> list[Json]:
        """Return all refunds as they are now, newest first."""
        self._settle()
        return [kept["refund"] for kept in reversed(self._refunds.values())]

    def _settle(self) -> None:
        """Move every refund whose time has come."""
        now = self._clock()
        for kept in list(self._refunds.values()):
            if kept["refund"]["status"] != "pending" or kept["due"] > now:
                continue
            refund = kept["refund"] | {"status": kept["outcome"]}
            if kept["outcome"] == "processed":
                refund |= {"speed_processed": "normal", "acquirer_data": {"rrn": _reference()}}
            else:  # the money stays with the shop
                self._book(self.payments[refund["payment_id"]], -refund["amount"])
            self._write(refund, due=kept["due"], outcome=kept["outcome"])

    def _write(self, refund: Json, *, due: float, outcome: str) -> None:
        self._refunds[refund["id"]] = {"refund": refund, "due": due, "outcome": outcome}
        self._store.put("rzp_refund", refund["id"], self._refunds[refund["id"]])

    def _book(self, payment: Json, amount: int) -> None:
        """Add to what was refunded of a payment."""
        refunded = payment["amount_refunded"] + amount
        whole = refunded == payment["amount"]
        changed = payment | {
            "amount_refunded": refunded,
            "refund_status": "full" if whole else "partial" if refunded else None,
            "status": "refunded" if whole else "captured",
        }
        self._keep("rzp_payment", self.payments, changed)

    def _keep(self, kind: str, shelf: dict[str, Json], entity: Json) -> Json:
        shelf[entity["id"]] = entity
        self._store.put(kind, entity["id"], entity)
        return entity

    def _now(self) -> int:
        return int(self._clock())


def collection(items: Iterable[Json]) -> Json:
    """Return several entities as Razorpay wraps them."""
    listed = list(items)
    return {"entity": "collection", "count": len(listed), "items": listed}


def _find(shelf: dict[str, Json], entity_id: str) -> Json:
    if not _ID.fullmatch(entity_id):
        raise PaymentError(f"{entity_id} is not a valid id", field="")
    if entity_id not in shelf:
        raise _unknown()
    return shelf[entity_id]


def _unknown() -> PaymentError:
    return PaymentError("The id provided does not exist", field="")


def _known(wanted: Json, fields: frozenset[str]) -> None:
    if extra := sorted(wanted.keys() - fields):
        raise PaymentError(f"{', '.join(extra)} is/are not required and should not be sent", field=extra[0])


def _amount(wanted: Json, field: str, too_little: str) -> int:
    """Read an amount; Razorpay takes digits in a string as well."""
    given: Any = wanted.get(field)
    if isinstance(given, str) and given.isdecimal():
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool):
        raise PaymentError(f"The {field} must be an integer.", field=field)
    if given < LEAST_AMOUNT:
        raise PaymentError(too_little, field=field)
    return given


def _new_id(prefix: str) -> str:
    return f"{prefix}_{''.join(secrets.choice(_ID_LETTERS) for _ in range(14))}"


def _reference() -> str:
    """Make a bank's reference number: twelve digits."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)
