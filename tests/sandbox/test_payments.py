"""The payment twin, met by Razorpay's own client library as the real provider would be."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import razorpay
import requests
from razorpay.errors import BadRequestError, ServerError

from tests.sandbox.phones import Process

KEY = ("rzp_test_sandbox", "sandbox")


@pytest.fixture
def provider(process: Process) -> razorpay.Client:
    """Return Razorpay's client, pointed at the sandbox."""
    return razorpay.Client(auth=KEY, base_url=f"{process.root}/razorpay")


@pytest.fixture(autouse=True)
async def calm(http: httpx.AsyncClient) -> AsyncIterator[None]:
    """Let nothing go wrong and refunds take a minute, until the test says otherwise."""
    await http.delete("/sandbox/payments/faults")
    await refunds_take(http, 60)
    yield
    await http.delete("/sandbox/payments/faults")


async def refunds_take(http: httpx.AsyncClient, seconds: float) -> None:
    """Set how long a refund stays pending."""
    (await http.put("/sandbox/payments/settings", json={"refund_seconds": seconds})).raise_for_status()


async def paid(http: httpx.AsyncClient, **payment: object) -> dict[str, Any]:
    """Let somebody pay 10,000 rupees."""
    answer = await http.post("/sandbox/payments", json={"amount": 1_000_000, "currency": "INR"} | payment)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


async def trouble(http: httpx.AsyncClient, **fault: object) -> None:
    """Order a fault."""
    (await http.post("/sandbox/payments/faults", json=fault)).raise_for_status()


async def test_an_order_that_is_paid_has_a_captured_payment(http: httpx.AsyncClient, provider: razorpay.Client) -> None:
    """The way the shop takes money: its server opens the order, the shopper pays it."""
    order = provider.order.create({"amount": 1_000_000, "currency": "INR", "receipt": "S-1", "notes": {"a": "b"}})
    assert (order["status"], order["amount_due"], order["notes"]) == ("created", 1_000_000, {"a": "b"})
    payment = await paid(http, order_id=order["id"])
    assert provider.payment.fetch(payment["id"]) == payment
    assert (payment["entity"], payment["status"], payment["captured"]) == ("payment", "captured", True)
    assert (payment["amount"], payment["currency"], payment["order_id"]) == (1_000_000, "INR", order["id"])
    order = provider.order.fetch(order["id"])
    assert (order["status"], order["amount_paid"], order["amount_due"], order["attempts"]) == ("paid", 1_000_000, 0, 1)
    with pytest.raises(BadRequestError, match="Order receipt should be unique"):
        provider.order.create({"amount": 100, "currency": "INR", "receipt": "S-1"})
    assert (await http.post("/sandbox/payments", json={"order_id": order["id"]})).status_code == 400


@pytest.mark.parametrize("outcome", ["authorized", "failed"])
async def test_a_payment_that_was_not_captured_has_nothing_to_refund(
    http: httpx.AsyncClient, provider: razorpay.Client, outcome: str
) -> None:
    """And says so itself."""
    order = provider.order.create({"amount": 1_000_000, "currency": "INR"})
    payment = await paid(http, order_id=order["id"], outcome=outcome)
    assert (payment["status"], payment["captured"]) == (outcome, False)
    assert provider.order.fetch(order["id"])["status"] == "attempted"
    with pytest.raises(BadRequestError, match="should be captured"):
        provider.payment.refund(payment["id"], {"amount": 100})
    assert (await paid(http, order_id=order["id"]))["captured"], "a second attempt may succeed"


async def test_a_refund_is_pending_and_then_processed(http: httpx.AsyncClient, provider: razorpay.Client) -> None:
    """The payment counts it from the first moment; the bank's reference comes at the end."""
    payment = await paid(http)
    await refunds_take(http, 0.3)
    refund = provider.payment.refund(payment["id"], {"amount": 1_000_000, "receipt": "rfd_1"})
    assert (refund["entity"], refund["status"], refund["amount"]) == ("refund", "pending", 1_000_000)
    assert (refund["payment_id"], refund["receipt"]) == (payment["id"], "rfd_1")
    assert refund["acquirer_data"] == {"rrn": None}
    after = provider.payment.fetch(payment["id"])
    assert (after["status"], after["refund_status"], after["amount_refunded"]) == ("refunded", "full", 1_000_000)
    await asyncio.sleep(0.4)
    processed = provider.refund.fetch(refund["id"])
    assert (processed["status"], processed["speed_processed"]) == ("processed", "normal")
    assert processed["acquirer_data"]["rrn"].isdecimal()
    assert provider.payment.fetch_multiple_refund(payment["id"]) == {
        "entity": "collection",
        "count": 1,
        "items": [processed],
    }
    assert provider.payment.fetch_refund_id(payment["id"], refund["id"]) == processed


async def test_the_same_idempotency_key_never_refunds_twice(http: httpx.AsyncClient, provider: razorpay.Client) -> None:
    """The same body gives the same refund, another one is refused, and so is a key that is too short."""
    payment = await paid(http)

    def refund(key: str, amount: int = 400_000) -> dict[str, Any]:
        headers = {"X-Refund-Idempotency": key}
        made: dict[str, Any] = provider.payment.refund(payment["id"], {"amount": amount}, headers=headers)
        return made

    first = refund("rfd_0123456789")
    assert refund("rfd_0123456789") == first
    with pytest.raises(BadRequestError, match="Different request with the same idempotency key"):
        refund("rfd_0123456789", 500_000)
    with pytest.raises(BadRequestError, match="idempotency key"):
        refund("short")
    assert refund("rfd_another_one")["id"] != first["id"]
    assert provider.payment.fetch(payment["id"])["amount_refunded"] == 800_000
    listed = provider.payment.fetch_multiple_refund(payment["id"], {"count": 1})
    assert listed["count"] == 1


async def test_never_more_is_refunded_than_was_captured(http: httpx.AsyncClient, provider: razorpay.Client) -> None:
    """In one refund or in several; a refund without an amount takes what is left."""
    payment = await paid(http)
    with pytest.raises(BadRequestError, match="greater than amount captured"):
        provider.payment.refund(payment["id"], {"amount": 1_000_001})
    provider.payment.refund(payment["id"], {"amount": 600_000})
    assert provider.payment.fetch(payment["id"])["refund_status"] == "partial"
    with pytest.raises(BadRequestError, match="greater than amount captured"):
        provider.payment.refund(payment["id"], {"amount": 400_001})
    assert provider.payment.refund(payment["id"], {})["amount"] == 400_000
    with pytest.raises(BadRequestError, match="fully refunded already"):
        provider.payment.refund(payment["id"], {"amount": 100})


async def test_refusals_have_razorpays_shape(http: httpx.AsyncClient, provider: razorpay.Client) -> None:
    """Status, code and description as its documentation shows them."""
    payment = await paid(http)
    address = f"/razorpay/v1/payments/{payment['id']}/refund"
    answer = await http.post(address, json={"amount": 99}, auth=KEY)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": {
            "code": "BAD_REQUEST_ERROR",
            "description": "The amount must be at least INR 1.00",
            "source": "business",
            "step": "payment_initiation",
            "reason": "input_validation_failed",
            "metadata": {},
            "field": "amount",
        }
    }
    with pytest.raises(BadRequestError, match="reason is/are not required"):
        provider.payment.refund(payment["id"], {"amount": 100, "reason": "x"})
    with pytest.raises(BadRequestError, match="pay_x is not a valid id"):
        provider.payment.fetch("pay_x")
    with pytest.raises(BadRequestError, match="The id provided does not exist"):
        provider.refund.fetch("rfnd_00000000000000")
    with pytest.raises(BadRequestError, match="URL was not found"):
        provider.invoice.all()
    stranger = razorpay.Client(auth=("rzp_test_sandbox", "wrong"), base_url=provider.base_url)
    with pytest.raises(BadRequestError, match="Authentication failed"):
        stranger.payment.fetch(payment["id"])
    assert (await http.get(f"/razorpay/v1/payments/{payment['id']}")).status_code == 401
    assert (await http.post(address, content=b"{", auth=KEY)).status_code == 400


async def test_trouble_before_the_effect_refunds_nothing(http: httpx.AsyncClient, provider: razorpay.Client) -> None:
    """A 5xx, a 429 and a refusal on order: each for the method it was ordered for."""
    payment = await paid(http)
    await trouble(http, kind="5xx", method="payment.refund", code=503)
    await trouble(http, kind="429", method="payment.refund")
    await trouble(http, kind="refuse", method="payment.refund")
    assert provider.payment.fetch(payment["id"])
    with pytest.raises(ServerError, match="facing some trouble"):
        provider.payment.refund(payment["id"], {"amount": 100})
    with pytest.raises(BadRequestError, match="try after sometime"):
        provider.payment.refund(payment["id"], {"amount": 100})
    with pytest.raises(BadRequestError, match="enough balance"):
        provider.payment.refund(payment["id"], {"amount": 100})
    assert (await http.get("/sandbox/payments/faults")).json() == []
    assert provider.payment.fetch(payment["id"])["amount_refunded"] == 0


@pytest.mark.parametrize("kind", ["delay_after_commit", "drop"])
async def test_an_answer_lost_after_the_effect_is_found_again_by_its_key(
    http: httpx.AsyncClient, provider: razorpay.Client, kind: str
) -> None:
    """The ambiguous refund: nobody heard of it, and repeating it must not pay twice."""
    payment = await paid(http)
    await trouble(http, kind=kind, method="payment.refund", seconds=0.6)
    headers = {"X-Refund-Idempotency": f"rfd_ambiguous_{kind}"}
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        provider.payment.refund(payment["id"], {"amount": 1_000_000}, headers=dict(headers), timeout=0.3)
    refund = provider.payment.refund(payment["id"], {"amount": 1_000_000}, headers=dict(headers))
    assert provider.payment.fetch_multiple_refund(payment["id"])["items"] == [refund]


async def test_a_refund_can_be_taken_and_fail(http: httpx.AsyncClient, provider: razorpay.Client) -> None:
    """Then the money is still the shop's, and may be refunded anew."""
    payment = await paid(http)
    await refunds_take(http, 0)
    await trouble(http, kind="fail", method="payment.refund")
    refund = provider.payment.refund(payment["id"], {"amount": 1_000_000})
    assert provider.refund.fetch(refund["id"])["status"] == "failed"
    after = provider.payment.fetch(payment["id"])
    assert (after["status"], after["amount_refunded"], after["refund_status"]) == ("captured", 0, None)
    assert provider.refund.fetch(provider.payment.refund(payment["id"], {})["id"])["status"] == "processed"
    books = (await http.get("/sandbox/payments")).json()
    assert [one["status"] for one in books["refunds"] if one["payment_id"] == payment["id"]] == ["processed", "failed"]


async def test_the_books_survive_a_restart(tmp_path: Path) -> None:
    """Payments, keys and refunds on their way."""
    environment = os.environ | {"TRADEIN_VAR_DIR": str(tmp_path)}
    process = Process(environment=environment)
    headers = {"X-Refund-Idempotency": "rfd_restarted_1"}
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as http:
        await refunds_take(http, 0.5)
        payment = await paid(http)
        address = f"/razorpay/v1/payments/{payment['id']}/refund"
        refund = (await http.post(address, json={"amount": 500}, auth=KEY, headers=headers)).json()
        due = time.monotonic() + 0.5
    assert process.stop() == 0
    process = Process(environment=environment)
    async with httpx.AsyncClient(base_url=process.root, trust_env=False, auth=KEY) as http:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        assert (await http.get(f"/razorpay/v1/payments/{payment['id']}")).json()["amount_refunded"] == 500
        again = (await http.post(address, json={"amount": 500}, headers=headers)).json()
        assert again == refund | {
            "status": "processed",
            "speed_processed": "normal",
            "acquirer_data": again["acquirer_data"],
        }
    process.stop()
