"""What Prometheus is told of reminders, of what agents and customers write each other, and of the outbox.

What happened is counted as it happens, by each process for itself and since its start, as Prometheus wants counters;
the sum over all workers is the whole (a kill may cost the last few: ``tradein reminders stats`` counts the rows).
What waits is read from the database at each scrape, from partial indexes that hold only what waits, and no further than
:data:`ENOUGH`: a million rows that are done with cost nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.reminding import ENDS
from bot.store import Store
from bot.support.calls import CARRYING
from tradein.delivery import Delivery
from tradein.outbox import Message, MessageState
from tradein.reminders import KIND, PLANNED, Reason, Reminder
from tradein.sweeps import Sweep

ENOUGH = 10_000
"""Rows that a scrape counts at most; a gauge that stands at it means so many or more."""
_WAITING = text("outbox.state IN ('queued', 'sending')")


class Metrics:
    """The figures of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._settled = Counter(
            "tradein_reminders_settled",
            "Reminders whose delivery ended, by how: sent, ambiguous (may have arrived, never repeated), failed.",
            ["outcome"],
            registry=self._registry,
        )
        self._swept = Counter(
            "tradein_reminders_swept",
            "Reminders that were due, by what was done: queued, moved, superseded, dropped.",
            ["what"],
            registry=self._registry,
        )
        self._dropped = Counter(
            "tradein_reminders_dropped", "Reminders that were dropped, by reason.", ["reason"], registry=self._registry
        )
        self._lag = Gauge(
            "tradein_reminders_lag_seconds", "How long the oldest due reminder waits.", registry=self._registry
        )
        self._due = Gauge(
            "tradein_reminders_due",
            f"Reminders that are due and not queued yet, at most {ENOUGH}.",
            registry=self._registry,
        )
        self._carried = Counter(
            "tradein_support_carried",
            "Messages carried between customers and agents, by reader and end: sent, ambiguous (its writer was told), "
            "failed.",
            ["to", "outcome"],
            registry=self._registry,
        )
        self._outbox = Gauge(
            "tradein_outbox_waiting",
            f"Messages that wait, by kind and state, at most {ENOUGH} together.",
            ["kind", "state"],
            registry=self._registry,
        )
        for state in ENDS:
            self._settled.labels(state.value)
            for reader in ("agents", "customers"):
                self._carried.labels(reader, state.value)
        for what in ("queued", "moved", "superseded", "dropped"):
            self._swept.labels(what)
        for reason in Reason:
            self._dropped.labels(reason.value)

    def settled(self, delivery: Delivery, state: MessageState) -> None:
        """Count what became of a message, if it carries a reminder or what a person wrote, and that ended."""
        if delivery.kind in CARRYING and state in ENDS:
            self._carried.labels("customers" if delivery.thread is None else "agents", state.value).inc()
        if delivery.kind == KIND and state in ENDS:
            self._settled.labels(state.value).inc()

    def swept(self, done: Sweep) -> None:
        """Count what a sweep did."""
        for what in ("queued", "moved", "superseded", "dropped"):
            self._swept.labels(what).inc(getattr(done, what))
        self.dropped(tuple(done.reasons.elements()))

    def dropped(self, reasons: Sequence[Reason]) -> None:
        """Count reminders that were dropped, each by its reason."""
        for reason in reasons:
            self._dropped.labels(reason.value).inc()

    def route(self, store: Store) -> Route:
        """Return the route ``/metrics``."""

        async def answer(_request: Request) -> Response:
            now = datetime.now(UTC)
            lag, due, waiting = await store.do(partial(_waiting, now))
            self._lag.set(lag)
            self._due.set(due)
            self._outbox.clear()
            for kind, state, count in waiting:
                self._outbox.labels(kind, state.value).set(count)
            return Response(generate_latest(self._registry), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})

        return Route("/metrics", answer)


def _waiting(now: datetime, session: Session) -> tuple[float, int, list[tuple[str, MessageState, int]]]:
    due = select(Reminder.due_at).where(PLANNED, Reminder.due_at <= now)
    oldest = session.scalar(select(func.min(Reminder.due_at)).where(PLANNED, Reminder.due_at <= now))
    some = select(Message.kind, Message.state).where(_WAITING).limit(ENOUGH).subquery()
    kinds = session.execute(select(some.c.kind, some.c.state, func.count()).group_by(some.c.kind, some.c.state))
    return (
        max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        session.scalar(select(func.count()).select_from(due.limit(ENOUGH).subquery())) or 0,
        [(kind, state, count) for kind, state, count in kinds],
    )
