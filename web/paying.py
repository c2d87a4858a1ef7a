"""Asking the payment provider from a request: off the event loop, before any transaction begins."""

import asyncio
import threading
from concurrent.futures import Future

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
        return await asyncio.wrap_future(_asked(payments, payment_id))
    except PaymentsUnreachable:
        raise _unreachable() from None


def _asked(payments: Payments, payment_id: str) -> Future[Payment | None]:
    """Ask in a thread that a stop doesn't wait for: a provider that hangs must not hang the process."""
    answer: Future[Payment | None] = Future()

    def ask() -> None:
        try:
            seen = payments.find(payment_id)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits for the answer
            answer.set_exception(error)
        else:
            answer.set_result(seen)

    answer.set_running_or_notify_cancel()
    threading.Thread(target=ask, name="payment", daemon=True).start()
    return answer


def _unreachable() -> Problem:
    return Problem(
        "payments_unreachable", headers={"Retry-After": str(AGAIN_SECONDS)}, retry_after_seconds=AGAIN_SECONDS
    )
