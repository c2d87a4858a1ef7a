"""Workers beside each other: one pace for all, a clean end, and figures for whoever asks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from tests.bot.conftest import Stack, free_port, prepared, until
from tests.crowd import gather
from tests.reminders.workers import Workers, copies, met
from tradein import database as db
from tradein.outbox import Message, MessageState

COUNT, PER_SECOND = 120, 20


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    """Give a sandbox over a database of its own; no gateway is started."""
    async with prepared(database_url, tmp_path) as place:
        yield place


@pytest.fixture
async def workers(place: Stack, tmp_path: Path) -> AsyncIterator[Workers]:
    """Give workers yet to be launched, who share a rate, and a crowd that is to be reminded."""
    chats = await met(place.api, COUNT)
    with db.transaction(place.database) as session:
        gather(session, chats, now=datetime.now(UTC))
    workers = Workers(tmp_path, place.database_url, place.api_url, ("--per-second", str(PER_SECOND)))
    yield workers
    workers.end()


async def test_three_workers_are_no_faster_than_one_may_be(place: Stack, workers: Workers) -> None:
    """Everybody is reminded once, in no second more than half again the rate; a stop is clean."""
    for _ in range(3):
        workers.launch()

    def queued() -> list[datetime]:
        """Say when those that were sent by now were queued: how soon a worker gets to send one is the machine's."""
        with db.reading(place.database) as session:
            return sorted(session.scalars(select(Message.created_at).where(Message.state == MessageState.SENT)))

    await until(lambda: len(queued()) == COUNT)

    times = queued()
    busiest = max(sum(at <= other < at + timedelta(seconds=1) for other in times) for at in times)
    assert busiest <= 1.5 * PER_SECOND
    assert times[-1] - times[0] >= timedelta(seconds=COUNT / PER_SECOND - 1)
    assert set((await copies(place.api)).values()) == {1}
    await until(lambda: workers.ready() == 3)
    assert workers.stop() == [0, 0, 0]


async def test_a_worker_says_how_it_does_and_stops_in_the_middle_without_doubt(place: Stack, workers: Workers) -> None:
    """What is on its way when it is asked to stop arrives; the rest waits for the next one."""
    port = free_port()
    workers.launch("--port", str(port))

    def told(what: str) -> str:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/{what}", trust_env=False).text
        except httpx.TransportError:
            return ""

    await until(lambda: told("health") == "ok")
    await until(lambda: 'tradein_reminders_settled_total{outcome="sent"} 2' in told("metrics"))
    assert workers.stop() == [0]

    with place.database() as session:
        states = set(session.scalars(select(Message.state)))
    assert MessageState.SENT in states
    assert states <= {MessageState.SENT, MessageState.QUEUED}
