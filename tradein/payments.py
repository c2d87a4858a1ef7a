"""What the programme asks of a payment provider: was this paid, and give it back. A port; adapters live at an edge."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Payment:
    """A payment as the provider knows it; ``captured`` says that the money is the shop's. Minor units."""

    id: str
    amount_minor: int
    currency: str
    captured: bool


@dataclass(frozen=True)
class Refunded:
    """A refund as the provider knows it; ``reason`` says why it failed."""

    id: str
    state: Literal["pending", "processed", "failed"]
    reason: str = ""


class PaymentsUnreachable(Exception):
    """The provider did not answer, or not in a way that tells anything: ask again later, nothing is known."""


class PaymentRefused(Exception):
    """The provider answered that it will not do this, now or ever; the message is its reason."""


class Payments(Protocol):
    """A payment provider."""

    def find(self, payment_id: str) -> Payment | None:
        """Return the payment, None if the provider doesn't know it; raises PaymentsUnreachable."""

    def refund(self, payment_id: str, *, amount_minor: int, reference: str) -> Refunded:
        """Give money back, once for each ``reference`` however often this is called.

        Raises PaymentsUnreachable, after which it may or may not have happened, and PaymentRefused.
        """

    def refund_state(self, payment_id: str, refund_id: str) -> Refunded:
        """Return what became of a refund; raises PaymentsUnreachable, PaymentRefused."""
