"""Razorpay's REST API over the payment twin, at `/razorpay/v1/…`, and what a test or the demo shop may do to it.

For a client of Razorpay (HTTP Basic, `rzp_test_sandbox` and `sandbox`; `base_url` is `http://…/razorpay`):

    POST /razorpay/v1/orders                      order.create
    GET  /razorpay/v1/orders/{id}                 order.fetch
    GET  /razorpay/v1/payments/{id}               payment.fetch
    POST /razorpay/v1/payments/{id}/refund        payment.refund     header X-Refund-Idempotency
    GET  /razorpay/v1/payments/{id}/refunds       payment.refunds
    GET  /razorpay/v1/payments/{id}/refunds/{id}  payment.refunds
    GET  /razorpay/v1/refunds/{id}                refund.fetch

The sandbox's own side (JSON, no key):

    GET    /sandbox/payments            the books: orders, payments, refunds, and refund_seconds
    POST   /sandbox/payments            somebody pays: {"order_id"} or {"amount", "currency"}, and perhaps
                                        "outcome": "captured" | "authorized" | "failed"; returns the payment
    PUT    /sandbox/payments/settings   {"refund_seconds": 0} — how long a refund stays pending from now on
    GET | POST | DELETE /sandbox/payments/faults   trouble on order: see `PaymentFault`
"""

import asyncio
import base64
import binascii
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.bodies import read_body
from sandbox.dropping import drop
from sandbox.errors import Json
from sandbox.faults import Fault, Faults
from sandbox.payments import KEY_ID, KEY_SECRET, Outcome, PaymentError, Payments, collection

PREFIX: Final = "/razorpay/"
_TROUBLE: Final = "We are facing some trouble completing your request at the moment. Please try again shortly."
_NO_BALANCE: Final = "Your account does not have enough balance to carry out the refund operation."


class PaymentFault(Fault):
    """One standing order for trouble, spent after `times` calls; without `method` it meets every call.

    As with the Bot API "429" and "5xx" refuse before anything happens, "delay_after_commit" and "drop" strike once the
    effect is there. "refuse" answers 400 with `description`; "fail" lets a refund be taken and end as failed.
    `method` is the name beside the address above, such as "payment.refund".
    """

    kind: str = Field(pattern=r"^(429|5xx|delay_after_commit|drop|refuse|fail)$")
    description: str = _NO_BALANCE

    def refuse_before(self) -> None:
        """Refuse the call before it does anything, if that is this fault's kind."""
        if self.kind == "429":
            raise PaymentError("Request failed. Please try after sometime.", status=429)
        if self.kind == "5xx":
            raise PaymentError(_TROUBLE, status=self.code_or(500), code="SERVER_ERROR")
        if self.kind == "refuse":
            raise PaymentError(self.description)

    def code_or(self, usual: int) -> int:
        """Return the status that was ordered, else the usual one."""
        return self.code if "code" in self.model_fields_set else usual


class _Paid(BaseModel):
    """An attempt to pay."""

    order_id: str | None = None
    amount: int = Field(default=0, ge=0)
    currency: str = "INR"
    outcome: Outcome = Outcome.CAPTURED


class _Settings(BaseModel):
    """What can be set while it runs."""

    refund_seconds: float = Field(ge=0)


class PaymentsApi:
    """An ASGI application for Razorpay's clients, and the routes of the sandbox's own side."""

    def __init__(self, payments: Payments) -> None:
        self._payments = payments
        self.faults = Faults()
        one = r"/([^/]+)"
        self._table: list[tuple[str, re.Pattern[str], str]] = [
            ("POST", re.compile("orders"), "order.create"),
            ("GET", re.compile(f"orders{one}"), "order.fetch"),
            ("GET", re.compile(f"payments{one}"), "payment.fetch"),
            ("POST", re.compile(f"payments{one}/refund"), "payment.refund"),
            ("GET", re.compile(f"payments{one}/refunds"), "payment.refunds"),
            ("GET", re.compile(f"payments{one}/refunds{one}"), "payment.refunds"),
            ("GET", re.compile(f"refunds{one}"), "refund.fetch"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, unless a fault says to drop the connection instead."""
        request = Request(scope, receive)
        fault: Fault | None = None
        try:
            _admit(request)
            method, ids = self._place(request)
            body = await _json(request)
            fault = self.faults.strike(method, None)
            if isinstance(fault, PaymentFault):
                fault.refuse_before()
            status, answer = 200, self._do(method, ids, body, request, fails=fault is not None and fault.kind == "fail")
        except PaymentError as refusal:
            status, answer = refusal.status, refusal.body()
        if fault is not None and fault.kind == "delay_after_commit":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "drop":
            await drop(receive, send)
        else:
            await JSONResponse(answer, status)(scope, receive, send)

    def _place(self, request: Request) -> tuple[str, list[str]]:
        path = request.url.path.removeprefix(f"{PREFIX}v1/")
        for verb, pattern, method in self._table:
            match = pattern.fullmatch(path)
            if verb == request.method and match:
                return method, list(match.groups())
        raise PaymentError("The requested URL was not found on the server.")

    def _do(  # noqa: PLR0911 - one return per call
        self, method: str, ids: list[str], body: Json, request: Request, *, fails: bool
    ) -> Json:
        books = self._payments
        match method, ids:
            case "order.create", []:
                return books.create_order(body)
            case "order.fetch", [order_id]:
                return books.order(order_id)
            case "payment.fetch", [payment_id]:
                return books.payment(payment_id)
            case "payment.refund", [payment_id]:
                key = request.headers.get("x-refund-idempotency")
                return books.refund(payment_id, body, key=key, fails=fails)
            case "payment.refunds", [payment_id]:
                found = books.refunds_of(payment_id)
                skip = _number(request, "skip", 0)
                return collection(found[skip : skip + _number(request, "count", 10)])
            case "payment.refunds", [payment_id, refund_id]:
                return books.fetch_refund(refund_id, payment_id=payment_id)
            case _:
                return books.fetch_refund(ids[0])

    # --- the sandbox's own side ---------------------------------------------------------------------------------------
    def routes(self) -> list[Route]:
        """Everything under /sandbox/payments."""
        faults = "/sandbox/payments/faults"
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/sandbox/payments", self.books),
            ("POST", "/sandbox/payments", self.pay),
            ("PUT", "/sandbox/payments/settings", self.settings),
            ("GET", faults, self.list_faults),
            ("POST", faults, self.order_fault),
            ("DELETE", faults, self.clear_faults),
        ]
        return [Route(path, handler, methods=[method]) for method, path, handler in table]

    async def books(self, _: Request) -> Response:
        """Return everything, newest refund first."""
        refunds = self._payments.refunds()  # first: it moves what is due
        return JSONResponse(
            {
                "refund_seconds": self._payments.refund_seconds,
                "orders": list(self._payments.orders.values()),
                "payments": list(self._payments.payments.values()),
                "refunds": refunds,
            }
        )

    async def pay(self, request: Request) -> Response:
        """Let somebody pay."""
        paid = await read_body(request, _Paid)
        try:
            if paid.order_id is not None:
                payment = self._payments.pay(paid.order_id, outcome=paid.outcome)
            else:
                payment = self._payments.receive(paid.amount, paid.currency, outcome=paid.outcome)
        except PaymentError as refusal:
            raise HTTPException(400, refusal.description) from refusal
        return JSONResponse(payment, 201)

    async def settings(self, request: Request) -> Response:
        """Change how long a refund takes."""
        self._payments.refund_seconds = (await read_body(request, _Settings)).refund_seconds
        return JSONResponse({"refund_seconds": self._payments.refund_seconds})

    async def list_faults(self, _: Request) -> Response:
        """Return the faults not spent yet."""
        return JSONResponse(self.faults.standing())

    async def order_fault(self, request: Request) -> Response:
        """Let something go wrong."""
        self.faults.order(await read_body(request, PaymentFault))
        return JSONResponse(self.faults.standing(), 201)

    async def clear_faults(self, _: Request) -> Response:
        """Let everything go well again."""
        self.faults.clear()
        return Response(status_code=204)


def _admit(request: Request) -> None:
    """Refuse (401) who doesn't show the sandbox's key."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        shown = base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        shown = b""
    if not secrets.compare_digest(shown, f"{KEY_ID}:{KEY_SECRET}".encode()):
        raise PaymentError("Authentication failed", status=401)


async def _json(request: Request) -> Json:
    if request.method == "GET":
        return {}
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise PaymentError("The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise PaymentError("The request body is not valid JSON.")
    return body


def _number(request: Request, name: str, usual: int) -> int:
    given = request.query_params.get(name, "")
    return int(given) if given.isdecimal() else usual
