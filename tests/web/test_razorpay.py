"""The Razorpay adapter, through its own client library: at the sandbox's twin and at answers as documented.

Shapes after razorpay.com/docs/api: payments/fetch-with-id, refunds/create-normal, refunds/normal-refunds-idempotent.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.sandbox.phones import Process
from tradein.payments import Payment, PaymentRefused, PaymentsUnreachable
from web.razorpay import Razorpay

PAYMENT: dict[str, Any] = {
    "id": "pay_G8VQzjPLoAvm6D",
    "entity": "payment",
    "amount": 1000000,
    "currency": "INR",
    "status": "captured",
    "order_id": "order_G8VPOayFxWEU28",
    "invoice_id": None,
    "international": False,
    "method": "upi",
    "amount_refunded": 0,
    "refund_status": None,
    "captured": True,
    "description": "Purchase",
    "card_id": None,
    "bank": None,
    "wallet": None,
    "vpa": "someone@upi",
    "email": "someone@example.com",
    "contact": "+910000000000",
    "notes": [],
    "fee": 1,
    "tax": 0,
    "error_code": None,
    "error_description": None,
    "acquirer_data": {"rrn": "033814379298"},
    "created_at": 1606985209,
}
REFUND: dict[str, Any] = {
    "id": "rfnd_FP8QHiV938haTz",
    "entity": "refund",
    "amount": 1000000,
    "receipt": None,
    "currency": "INR",
    "payment_id": "pay_G8VQzjPLoAvm6D",
    "notes": [],
    "acquirer_data": {"arn": None},
    "created_at": 1597078866,
    "batch_id": None,
    "status": "pending",
    "speed_processed": "normal",
    "speed_requested": "normal",
}
NO_SUCH_ID = {
    "error": {
        "code": "BAD_REQUEST_ERROR",
        "description": "The id provided does not exist",
        "source": "business",
        "step": "payment_initiation",
        "reason": "input_validation_failed",
        "metadata": {},
    }
}


# --- at the twin ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def twin() -> Iterator[httpx.Client]:
    """Run the sandbox's payment twin."""
    process = Process("--memory")
    with httpx.Client(base_url=process.root, trust_env=False) as client:
        client.put("/sandbox/payments/settings", json={"refund_seconds": 60}).raise_for_status()
        yield client
    process.stop()


@pytest.fixture
def razorpay(twin: httpx.Client) -> Iterator[Razorpay]:
    """Return the adapter, pointed at the twin."""
    twin.delete("/sandbox/payments/faults").raise_for_status()
    yield Razorpay(
        key_id="rzp_test_sandbox", key_secret="sandbox", api_url=f"{str(twin.base_url).rstrip('/')}/razorpay/"
    )
    twin.delete("/sandbox/payments/faults").raise_for_status()


def pays(twin: httpx.Client, **payment: object) -> str:
    """Let somebody pay 10,000; return the payment's id."""
    answer = twin.post("/sandbox/payments", json={"amount": 1_000_000, "currency": "INR"} | payment)
    return str(answer.raise_for_status().json()["id"])


def trouble(twin: httpx.Client, **fault: object) -> None:
    """Let the next calls go wrong."""
    twin.post("/sandbox/payments/faults", json=fault).raise_for_status()


def refunds_of(twin: httpx.Client, payment_id: str) -> list[dict[str, Any]]:
    """Return the payment's refunds in the twin's books."""
    books = twin.get("/sandbox/payments").json()
    return [refund for refund in books["refunds"] if refund["payment_id"] == payment_id]


def test_a_payment_is_found_as_it_is(twin: httpx.Client, razorpay: Razorpay) -> None:
    """Captured, authorised only, failed, unknown."""
    captured = pays(twin)
    assert razorpay.find(captured) == Payment(captured, 1_000_000, "INR", captured=True)
    for outcome in ("authorized", "failed"):
        found = razorpay.find(pays(twin, outcome=outcome))
        assert found is not None
        assert not found.captured
    assert razorpay.find("pay_AAAAAAAAAAAAAA") is None


def test_a_refund_is_made_once_for_each_reference(twin: httpx.Client, razorpay: Razorpay) -> None:
    """Asked again, at once or later, it is the same one."""
    payment = pays(twin)
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(razorpay.refund, payment, amount_minor=1_000_000, reference="rfd_0000000001") for _ in range(4)
        ]
        made = {answer.result().id for answer in asked}
    assert made == {refund["id"] for refund in refunds_of(twin, payment)}
    assert len(made) == 1
    again = razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000001")
    assert (again.id, again.state) == (*made, "pending")
    assert razorpay.refund_state(payment, again.id).state == "pending"


def test_money_that_went_back_buys_nothing(twin: httpx.Client, razorpay: Razorpay) -> None:
    """A refunded payment is not captured money any more."""
    payment = pays(twin)
    razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000002")
    found = razorpay.find(payment)
    assert found is not None
    assert not found.captured


def test_an_answer_that_was_lost_is_found_the_next_time(twin: httpx.Client, razorpay: Razorpay) -> None:
    """The connection broke after Razorpay had done it."""
    payment = pays(twin)
    trouble(twin, kind="drop", method="payment.refund", times=1)
    with pytest.raises(PaymentsUnreachable):
        razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000003")
    again = razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000003")
    assert [refund["id"] for refund in refunds_of(twin, payment)] == [again.id]


@pytest.mark.parametrize("kind", ["429", "5xx"])
def test_what_tells_nothing_is_out_of_reach(
    twin: httpx.Client, razorpay: Razorpay, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too many requests and trouble at the provider say nothing about the money; a single hiccup is borne."""
    payment = pays(twin)
    trouble(twin, kind=kind, method="payment.fetch", times=1)
    assert razorpay.find(payment) is not None
    trouble(twin, kind=kind, method="payment.fetch", times=2)
    with pytest.raises(PaymentsUnreachable):
        razorpay.find(payment)
    trouble(twin, kind=kind, method="payment.refund", times=1)
    with pytest.raises(PaymentsUnreachable):
        razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000004")
    assert refunds_of(twin, payment) == []
    assert "failed" not in capsys.readouterr().out.lower(), "the client prints nothing"


def test_a_no_is_a_no_with_its_reason(twin: httpx.Client, razorpay: Razorpay) -> None:
    """Too little balance: an operator has to look."""
    payment = pays(twin)
    trouble(twin, kind="refuse", method="payment.refund", times=1, description="Not enough balance.")
    with pytest.raises(PaymentRefused, match="Not enough balance"):
        razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000005")
    assert razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000005").state == "pending"


def test_a_refund_that_failed_at_the_provider_can_be_made_anew(twin: httpx.Client, razorpay: Razorpay) -> None:
    """The first is over and stays over; the second is another under the same reference."""
    twin.put("/sandbox/payments/settings", json={"refund_seconds": 0}).raise_for_status()
    payment = pays(twin)
    trouble(twin, kind="fail", method="payment.refund", times=1)
    first = razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000006")
    assert razorpay.refund_state(payment, first.id).state == "failed"
    second = razorpay.refund(payment, amount_minor=1_000_000, reference="rfd_0000000006")
    assert second.id != first.id
    assert razorpay.refund_state(payment, second.id).state == "processed"
    twin.put("/sandbox/payments/settings", json={"refund_seconds": 60}).raise_for_status()


def test_a_wrong_key_is_no_word_about_the_money(twin: httpx.Client) -> None:
    """An operator mistyped it: nothing fails for good because of that."""
    adapter = Razorpay(key_id="rzp_test_other", key_secret="x", api_url=f"{str(twin.base_url).rstrip('/')}/razorpay")
    with pytest.raises(PaymentsUnreachable, match="HTTP 401"):
        adapter.refund(pays(twin), amount_minor=1_000_000, reference="rfd_0000000007")


def test_nobody_at_the_address_is_out_of_reach(capsys: pytest.CaptureFixture[str]) -> None:
    """And neither the address nor the key is printed."""
    adapter = Razorpay(key_id="rzp_test_a", key_secret="hush", api_url="http://127.0.0.1:9")
    with pytest.raises(PaymentsUnreachable, match="ConnectionError"):
        adapter.find("pay_G8VQzjPLoAvm6D")
    said = capsys.readouterr().out
    assert "127.0.0.1" not in said
    assert "hush" not in said
    assert "pay_" not in said


# --- at answers as documented -----------------------------------------------------------------------------------------
@contextmanager
def answering(*answers: tuple[int, Any]) -> Iterator[tuple[Razorpay, list[tuple[str, str, dict[str, str], Any]]]]:
    """Run a server that gives these answers in turn; tell what was asked."""
    asked: list[tuple[str, str, dict[str, str], Any]] = []
    waiting = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked.append((self.command, self.path, headers, json.loads(body) if body else None))
            status, answer = waiting.pop(0)
            said = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET  # noqa: N815 - the base class calls it so

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        yield Razorpay(key_id="rzp_test_1", key_secret="s", api_url=url), asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_calls_are_razorpays_own() -> None:
    """Paths, the idempotency key, what the refund says; empty notes come as a list."""
    made = REFUND | {"notes": {"reference": "rfd_0000000008"}, "receipt": "rfd_0000000008-0"}
    with answering(
        (200, PAYMENT), (200, {"entity": "collection", "count": 1, "items": [REFUND]}), (200, made), (200, made)
    ) as (razorpay, asked):
        assert razorpay.find(PAYMENT["id"]) == Payment(PAYMENT["id"], 1_000_000, "INR", captured=True)
        assert razorpay.refund(PAYMENT["id"], amount_minor=1_000_000, reference="rfd_0000000008").id == REFUND["id"]
        assert razorpay.refund_state(PAYMENT["id"], REFUND["id"]).state == "pending"
    assert [(method, path) for method, path, _, _ in asked] == [
        ("GET", "/v1/payments/pay_G8VQzjPLoAvm6D"),
        ("GET", "/v1/payments/pay_G8VQzjPLoAvm6D/refunds?count=100"),
        ("POST", "/v1/payments/pay_G8VQzjPLoAvm6D/refund"),
        ("GET", "/v1/refunds/rfnd_FP8QHiV938haTz"),
    ]
    assert asked[2][2]["x-refund-idempotency"] == "rfd_0000000008-0"
    assert asked[2][3] == {
        "amount": 1_000_000,
        "speed": "normal",
        "receipt": "rfd_0000000008-0",
        "notes": {"reference": "rfd_0000000008"},
    }


@pytest.mark.parametrize(
    "answer",
    [
        (502, "<html>Bad gateway</html>"),
        (200, "not JSON"),
        (200, {"something": "else"}),
        (302, {}),
        (404, {}),
        (409, NO_SUCH_ID),
        (400, {"error": {"code": "SERVER_ERROR", "description": "…"}}),
    ],
)
def test_an_answer_nobody_can_go_by_is_out_of_reach(answer: tuple[int, Any]) -> None:
    """A proxy's page, another shape, a redirect, a conflict with a request still at work."""
    with answering(answer, answer) as (razorpay, _), pytest.raises(PaymentsUnreachable):
        razorpay.find("pay_G8VQzjPLoAvm6D")
    with answering(answer) as (razorpay, _), pytest.raises(PaymentsUnreachable):
        razorpay.refund("pay_G8VQzjPLoAvm6D", amount_minor=1, reference="rfd_0000000009")


def test_an_id_that_does_not_exist_is_no_payment() -> None:
    """Razorpay says so with a 400."""
    with answering((400, NO_SUCH_ID)) as (razorpay, _):
        assert razorpay.find("pay_G8VQzjPLoAvm6D") is None
