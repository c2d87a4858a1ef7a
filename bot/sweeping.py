"""The sweep: what is due is queued, so fast and no faster than all workers together may.

Each round is one small transaction that holds the common pace (:mod:`tradein.pace`): it takes what the rate allows at
this moment, so a restart of one worker, or a tenth worker, changes nothing. A round that finds nothing due costs a look
at an index.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.metrics import Metrics
from bot.sender import Sender
from bot.store import Store
from tradein import outbox, pace, sweeps
from tradein.handover import Steps
from tradein.policy import Policy
from tradein.reminders import KIND
from tradein.sweeps import Sweep

PACE = "reminders"
TICK_SECONDS, IDLE_SECONDS = 0.2, 2.0
"""Between two rounds while there is something due, and while there is not."""
AT_ONCE = 20
"""Coupons a round looks at, at most: a round must not keep a customer waiting for the database."""
BACKLOG_SECONDS = 30.0
"""How many seconds' worth may wait in the outbox: while Telegram takes none, none are piled up."""
_LOG = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did; ``again`` seconds from now there may be more to do."""

    done: Sweep
    again: float


class Sweeper:
    """Sweeps until :meth:`close`; any number may."""

    def __init__(
        self, store: Store, sender: Sender, policy: Policy, metrics: Metrics, *, steps: Steps, per_second: float
    ) -> None:
        self._store = store
        self._sender = sender
        self._policy = policy
        self._steps = steps
        self._metrics = metrics
        self._per_second = per_second
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Queue what is due until :meth:`close`."""
        while not self._closing.is_set():
            again = IDLE_SECONDS
            try:
                found = await self._store.do(self._round)
            except SQLAlchemyError as error:
                _LOG.error("sweep_out_of_order", error=type(error).__name__)
            else:
                again = found.again
                self._metrics.swept(found.done)
                if found.done.queued:
                    self._sender.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), again)

    def close(self) -> None:
        """Begin no further round."""
        self._closing.set()

    def _round(self, session: Session) -> Round:
        now, rate = datetime.now(UTC), self._per_second
        held = pace.held(session, PACE)
        if held is None:
            return Round(Sweep(), TICK_SECONDS)  # another worker is at it
        room = ceil(rate * BACKLOG_SECONDS) - outbox.in_line(session, kind=KIND)
        limit = min(held.left(per_second=rate, now=now), room, AT_ONCE)
        if limit <= 0:
            return Round(Sweep(), TICK_SECONDS)
        done = sweeps.sweep(session, policy=self._policy, now=now, limit=limit, steps=self._steps)
        if done.queued:
            held.use(done.queued, per_second=rate, now=now)
        if not done.looked:
            return Round(done, IDLE_SECONDS)
        return Round(done, TICK_SECONDS if done.queued >= limit else 0)
