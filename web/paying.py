"""Asking the payment provider from a request: off the event loop, before any transaction begins."""

import asyncio

from tradein.payments import Payment, Payments, PaymentsUnreachable
from web.problems import Problem

AGAIN_SECONDS = 5


async def found(payments: Payments | None, payment_id: str | None) -> Payment | None:
    """Return the payment, None if there is none with this id; raises Problem ``payments_unreachable``."""
    if payment_id is None:
        return None
    if payments is None:
        raise _unreachable()
    try:
        return await asyncio.to_thread(payments.find, payment_id)
    except PaymentsUnreachable:
        raise _unreachable() from None


def _unreachable() -> Problem:
    return Problem(
        "payments_unreachable", headers={"Retry-After": str(AGAIN_SECONDS)}, retry_after_seconds=AGAIN_SECONDS
    )
