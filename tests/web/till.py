"""A payment provider in this process: what Razorpay does, without the wire."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from tradein.payments import Payment, PaymentRefused, PaymentsUnreachable, Refunded

State = Literal["pending", "processed", "failed"]


@dataclass
class Till:
    """Payments and refunds by id; ``state`` is what a new refund is, ``trouble`` what the next call meets."""

    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refunded] = field(default_factory=dict)
    state: State = "pending"
    trouble: Callable[[], None] | None = None
    calls: int = 0

    def takes(self, amount_minor: int, *, currency: str = "INR", captured: bool = True) -> str:
        """Take a payment; return its id."""
        payment_id = f"pay_{len(self.payments) + 1:014}"
        self.payments[payment_id] = Payment(payment_id, amount_minor, currency, captured)
        return payment_id

    def find(self, payment_id: str) -> Payment | None:
        """Return the payment."""
        self._meet_trouble()
        return self.payments.get(payment_id)

    def refund(self, payment_id: str, *, amount_minor: int, reference: str) -> Refunded:
        """Give money back, once for each reference."""
        self._meet_trouble()
        if self.payments[payment_id].amount_minor < amount_minor:
            raise PaymentRefused("more than was paid")
        if reference not in self.refunds:
            self.refunds[reference] = Refunded(f"rfnd_{len(self.refunds) + 1}", self.state)
        return self.refunds[reference]

    def refund_state(self, payment_id: str, refund_id: str) -> Refunded:
        """Return what became of a refund."""
        del payment_id
        self._meet_trouble()
        return next(refund for refund in self.refunds.values() if refund.id == refund_id)

    def comes_to(self, state: State) -> None:
        """Let every refund come to an end."""
        self.refunds = {
            reference: replace(refund, state=state, reason="" if state == "processed" else "account closed")
            for reference, refund in self.refunds.items()
        }

    def is_away(self) -> None:
        """Let the provider be out of reach."""

        def away() -> None:
            raise PaymentsUnreachable("ConnectionError")

        self.trouble = away

    def _meet_trouble(self) -> None:
        self.calls += 1
        if self.trouble is not None:
            self.trouble()
