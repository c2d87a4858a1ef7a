"""Who works in this process, by the settings."""

from functools import partial

from tradein.payments import Payments
from tradein.policy import Policy
from web.webhooks import Shop
from web.workers import clock, hooks, refunds
from web.workers.bench import Bench
from web.workers.loop import Worker

POLL_SECONDS = 1.0
CLOCK_SECONDS = 15.0
FORGET_SECONDS = 3600.0
PATIENCE_SECONDS = 2.0
"""How long a stop waits for the calls in hand."""


class Crew:
    """The workers of a process: no provider, no refunds; no receiver, no webhooks. What is owed waits."""

    def __init__(self, bench: Bench, *, policy: Policy, payments: Payments | None, shop: Shop | None) -> None:
        self._shop = shop
        self._workers = [
            Worker("clock", partial(clock.tick, bench, policy), rest=CLOCK_SECONDS),
            Worker("forget", partial(clock.forget, bench), rest=FORGET_SECONDS),
        ]
        if payments is not None:
            self._workers.append(Worker("refunds", partial(refunds.one, bench, payments), rest=POLL_SECONDS))
        if shop is not None:
            self._workers.append(Worker("hooks", partial(hooks.one, bench, shop), rest=POLL_SECONDS))

    def start(self) -> None:
        """Begin."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Begin nothing further and wait a little for what is in hand."""
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            worker.join(PATIENCE_SECONDS / len(self._workers))
        if self._shop is not None:
            self._shop.close()
