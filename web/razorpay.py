"""Payments at Razorpay, through its own client library. Amounts are minor units, as at Razorpay.

What tells nothing about the money (no connection, no time, 5xx, 409, 429, a key that isn't accepted) is
PaymentsUnreachable, so it is asked again; a 400 is Razorpay's word on the matter.

Of the library only the calls are used: its own retries print to the terminal, so ours are the worker's.
"""

from typing import Any

import requests
import stamina
from pydantic import BaseModel, ValidationError
from razorpay import Client
from razorpay.errors import BadRequestError, GatewayError, ServerError

from tradein.payments import Payment, PaymentRefused, PaymentsUnreachable, Refunded

TIMEOUT = (3.05, 10.0)
"""Seconds to connect and to wait for the answer: together well under a worker's lease."""
FIND_TRIES = 2
MOST_REFUNDS = 100
_SERVER_ERROR = 500
_TELLS_NOTHING = frozenset({401, 403, 404, 408, 409, 425, 429})


class _Money(BaseModel):
    """Razorpay's payment, the part that counts."""

    id: str
    amount: int
    currency: str
    status: str
    captured: bool = False
    amount_refunded: int | None = 0


class _Return(BaseModel):
    """Razorpay's refund; empty ``notes`` come as a list."""

    id: str
    status: str
    notes: dict[str, Any] | list[Any] | None = None

    def is_for(self, reference: str) -> bool:
        return isinstance(self.notes, dict) and self.notes.get("reference") == reference

    def told(self) -> Refunded:
        if self.status == "processed":
            return Refunded(self.id, "processed")
        if self.status == "failed":
            return Refunded(self.id, "failed", "Razorpay could not carry it out")
        return Refunded(self.id, "pending")


class _Returns(BaseModel):
    items: list[_Return]


class _Line(requests.Session):
    """The connection: bounded in time, without redirects, and no answer that tells nothing gets through.

    The client prints what requests raises, address and all; so nothing of requests' own leaves from here.
    """

    def request(self, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401
        """Return Razorpay's answer; raises PaymentsUnreachable where there is none to go by."""
        options |= {"timeout": TIMEOUT, "allow_redirects": False}
        try:
            response = super().request(*args, **options)
            response.json()
        except (requests.RequestException, ValueError) as error:
            raise PaymentsUnreachable(type(error).__name__) from None
        status = response.status_code
        if status >= _SERVER_ERROR or status in _TELLS_NOTHING or response.is_redirect:
            raise PaymentsUnreachable(f"HTTP {status}")
        return response


class Razorpay:
    """The Payments port at Razorpay, or at what speaks like it under ``api_url``. May be used by several threads."""

    def __init__(self, *, key_id: str, key_secret: str, api_url: str) -> None:
        self._client = Client(session=_Line(), auth=(key_id, key_secret), base_url=api_url.rstrip("/"))

    def find(self, payment_id: str) -> Payment | None:
        """Return the payment, None if there is none; one that went back, all or in part, is not captured money."""
        # As a block: a retry of a function would be logged with what the function was called with.
        for attempt in stamina.retry_context(PaymentsUnreachable, attempts=FIND_TRIES, wait_initial=0.2, wait_max=0.5):
            with attempt:
                return self._found(payment_id)
        raise AssertionError  # the last attempt raises

    def _found(self, payment_id: str) -> Payment | None:
        try:
            seen = _read(_Money, self._client.payment.fetch(payment_id))
        except BadRequestError:
            return None
        except (GatewayError, ServerError) as error:
            raise PaymentsUnreachable(type(error).__name__) from None
        captured = seen.captured and seen.status == "captured" and not seen.amount_refunded
        return Payment(id=seen.id, amount_minor=seen.amount, currency=seen.currency, captured=captured)

    def refund(self, payment_id: str, *, amount_minor: int, reference: str) -> Refunded:
        """Give money back, once for each reference.

        The payment's refunds are looked through for ours first; two that look at once are stopped by the idempotency
        key. A refund that failed at Razorpay is over, so the next one for the reference has a key of its own.
        """
        try:
            known = _read(_Returns, self._client.payment.fetch_multiple_refund(payment_id, {"count": MOST_REFUNDS}))
            ours = [refund for refund in known.items if refund.is_for(reference)]
            alive = next((refund for refund in ours if refund.status != "failed"), None)
            if alive is not None:
                return alive.told()
            key = f"{reference}-{len(ours)}"
            asked = {"amount": amount_minor, "speed": "normal", "receipt": key, "notes": {"reference": reference}}
            made = self._client.payment.refund(payment_id, asked, headers={"X-Refund-Idempotency": key})
            return _read(_Return, made).told()
        except BadRequestError as error:
            raise PaymentRefused(str(error)) from None
        except (GatewayError, ServerError) as error:
            raise PaymentsUnreachable(type(error).__name__) from None

    def refund_state(self, payment_id: str, refund_id: str) -> Refunded:
        """Return what became of a refund."""
        del payment_id  # Razorpay knows a refund by its own id
        try:
            return _read(_Return, self._client.refund.fetch(refund_id)).told()
        except BadRequestError as error:
            raise PaymentRefused(str(error)) from None
        except (GatewayError, ServerError) as error:
            raise PaymentsUnreachable(type(error).__name__) from None


def _read[M: BaseModel](model: type[M], answer: object) -> M:
    try:
        return model.model_validate(answer)
    except ValidationError:
        raise PaymentsUnreachable("an answer of another shape") from None
