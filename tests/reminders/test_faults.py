"""Nobody is reminded twice and nobody is forgotten, whatever happens to Telegram and to the workers."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.bot.conftest import Stack, prepared, until
from tests.crowd import gather
from tests.reminders.workers import SwiftWorkers, copies, met
from tradein import database as db
from tradein import migrate
from tradein.coupons import Coupon
from tradein.customers import Customer
from tradein.database import Sessions
from tradein.outbox import Message, MessageState
from tradein.reminders import Reminder, ReminderState

COUPONS = 2_000
PER_SECOND = 100
"""Beyond what Telegram takes of a bot: the sandbox takes it, and the test is over sooner."""
TROUBLE: tuple[dict[str, str | float], ...] = (
    {"kind": "429", "times": 6, "retry_after": 1},
    {"kind": "5xx", "times": 2},
    {"kind": "delay_after_commit", "times": 2, "seconds": 2},
    {"kind": "drop", "times": 1},
)
"""What goes wrong at Telegram in every second; the workers wait one second for an answer."""


@pytest.fixture(params=[("sqlite", 1), ("postgresql", 4)], ids=["sqlite-one-worker", "postgresql-four-workers"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Return a migrated database's address, and how many workers it gets."""
    name, count = request.param
    url = f"sqlite:///{tmp_path / 'tradein.db'}" if name == "sqlite" else request.getfixturevalue("postgresql_url")
    migrate.upgrade(url)
    yield url, count
    if name == "postgresql":
        migrate.downgrade(url)


@asynccontextmanager
async def reminded(stack: Stack, folder: Path) -> AsyncIterator[SwiftWorkers]:
    """Give a crowd whose reminders are due, and workers yet to be launched."""
    chats = await met(stack.api, COUPONS)
    with db.transaction(stack.database) as session:
        gather(session, chats, now=datetime.now(UTC))
    arguments = ("--send-timeout", "1", "--per-second", str(PER_SECOND))
    workers = SwiftWorkers(folder, stack.database_url, stack.api_url, arguments)
    try:
        yield workers
    finally:
        workers.end()


@pytest.mark.timeout(240)
async def test_two_thousand_reminders_arrive_once_through_kills_and_trouble(
    place: tuple[str, int], tmp_path: Path
) -> None:
    """A worker killed in every second, and Telegram at its worst: sent once, or in doubt and there once at most."""
    url, count = place
    began = time.monotonic()
    async with prepared(url, tmp_path) as stack, reminded(stack, tmp_path) as workers:
        ready = time.monotonic()
        for _ in range(count):
            workers.launch()
        while waiting(stack.database):
            for trouble in TROUBLE:
                await stack.fault(method="sendMessage", **trouble)
            await until(workers.ready)
            await asyncio.sleep(1)
            workers.replace_one()
            assert time.monotonic() - ready < 150, waiting(stack.database)
        elapsed = time.monotonic() - ready
        assert set(workers.stop()) <= {0, -signal.SIGTERM}  # the latter of one that has hardly begun
        seen = await copies(stack.api)
        with stack.database() as session:
            outcomes = settled(session)
    tally = Counter((state, seen[chat]) for chat, state in outcomes.items())
    print(f"{tally}, {workers.kills} kills, {ready - began:.0f} + {elapsed:.0f} s")  # noqa: T201 - figures for -s
    assert len(outcomes) == COUPONS
    assert set(tally) <= {
        (ReminderState.SENT, 1),
        (ReminderState.AMBIGUOUS, 0),
        (ReminderState.AMBIGUOUS, 1),
    }
    assert tally[ReminderState.SENT, 1] > COUPONS / 2
    assert workers.kills > 3


def waiting(database: Sessions) -> int:
    """Return how many reminders and messages are not at their end."""
    with db.reading(database) as session:
        planned = session.scalar(
            select(func.count())
            .select_from(Reminder)
            .where(Reminder.state.in_([ReminderState.PLANNED, ReminderState.QUEUED]))
        )
        owed = session.scalar(
            select(func.count())
            .select_from(Message)
            .where(Message.state.in_([MessageState.QUEUED, MessageState.SENDING]))
        )
        return (planned or 0) + (owed or 0)


def settled(session: Session) -> dict[int, ReminderState]:
    """Return what became of each chat's newest reminder; the older one was superseded."""
    rows = session.execute(
        select(Customer.chat_id, Reminder.kind, Reminder.state)
        .join(Coupon, Coupon.id == Reminder.coupon_id)
        .join(Customer, Customer.id == Coupon.customer_id)
    ).all()
    assert {state for _, kind, state in rows if kind == "older"} == {ReminderState.SUPERSEDED}
    return {chat_id: state for chat_id, kind, state in rows if kind == "newest"}
