"""Every message between a customer and an agent arrives once or its writer hears that it may not have."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.__main__ import main
from tests.bot.conftest import Stack, prepared, until
from tests.forking import Forked, fork
from tests.support.crowd import Crowd
from tradein import database as db
from tradein import migrate
from tradein.inbox import InboxUpdate, UpdateState
from tradein.outbox import Message, MessageState

PAUSE = 1.0
PATIENCE = 600.0
"""Seconds. On two cores that nobody else uses the large crowd takes 90, beside a dozen busy processes it took 420."""
ENOUGH, MOST_SECONDS = 60, 6.0
ARRIVED = {("customer", 1, False, False), ("agent", 1, False, True)}
IN_DOUBT = {(side, copies, True, False) for side in ("customer", "agent") for copies in (0, 1)}
ALBUM_WITHOUT_ITS_WORDS = {("agent", copies, True, True) for copies in (0, 1)}
"""What stands under an agent's album is sent beside it: one may be there, and the other in doubt."""


@dataclass(frozen=True)
class Crowded:
    """How many talk on which database: each customer writes ``each`` messages and gets as many."""

    url: str
    customers: int
    agents: int
    each: int


@pytest.fixture(params=["sqlite", "postgresql"])
def crowded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crowded]:
    """Give a migrated database: 2,000 messages on SQLite; fewer on PostgreSQL, which differs in its claims only."""
    if request.param == "sqlite":
        crowded = Crowded(f"sqlite:///{tmp_path / 'tradein.db'}", customers=50, agents=5, each=20)
    else:
        crowded = Crowded(request.getfixturevalue("postgresql_url"), customers=20, agents=4, each=10)
    migrate.upgrade(crowded.url)
    yield crowded
    if request.param == "postgresql":
        migrate.downgrade(crowded.url)


def launch(stack: Stack) -> Forked:
    """Start the gateway."""
    arguments = ("--domain", str(stack.domain), "--send-timeout", "5")
    return fork(main, arguments, folder=stack.folder, environment=stack.environment, log=stack.log_file)


async def under_way(stack: Stack) -> int:
    """Return how many updates and messages are not at their end."""
    pending: int = (await stack.api.get("/sandbox/health")).json()["pending"]
    with db.reading(stack.database) as session:
        new = select(func.count()).where(InboxUpdate.state == UpdateState.NEW)
        owed = select(func.count()).where(Message.state.in_([MessageState.QUEUED, MessageState.SENDING]))
        return pending + (session.scalar(new) or 0) + (session.scalar(owed) or 0)


async def second(stack: Stack) -> None:
    """Let a second pass; on a busy machine as much time as it takes to get something done in."""
    done, until_then = settled(stack), time.monotonic() + MOST_SECONDS
    await asyncio.sleep(1)
    await until(lambda: settled(stack) >= done + ENOUGH or time.monotonic() > until_then)


def settled(stack: Stack) -> int:
    """Return how many messages are at their end."""
    with db.reading(stack.database) as session:
        ends = [MessageState.SENT, MessageState.AMBIGUOUS]
        return session.scalar(select(func.count()).where(Message.state.in_(ends))) or 0


@pytest.mark.timeout(700)
async def test_every_message_arrives_once_through_a_kill_in_every_second(crowded: Crowded, tmp_path: Path) -> None:
    """Texts, pictures, albums, answers and edits, while the gateway dies a second after each of its starts."""
    async with prepared(crowded.url, tmp_path) as stack:
        await stack.api.put("/sandbox/limits", json={"group_per_minute": 0})
        crowd = await Crowd.gather(stack, customers=crowded.customers, agents=crowded.agents)
        stack.extra |= {"TRADEIN_SUPPORT_CHAT_ID": str(crowd.group_id), "TRADEIN_SUPPORT_PER_MINUTE": "1000000"}
        began, kills = time.monotonic(), 0
        gateway = launch(stack)
        talk = asyncio.create_task(crowd.talk(messages=crowded.each, pause=PAUSE))
        try:
            while not talk.done() or await under_way(stack):
                await until(stack.ready)
                await second(stack)
                assert gateway.poll() is None, stack.log_file.read_text()
                gateway.kill()
                gateway.wait()
                kills += 1
                gateway = launch(stack)
                assert time.monotonic() - began < PATIENCE, await under_way(stack)
            await talk
        finally:
            talk.cancel()
            gateway.kill()
            gateway.wait()
        fates = await crowd.fates()
    elapsed = time.monotonic() - began
    print(f"{fates}, {kills} kills, {elapsed:.0f} s")  # noqa: T201 - figures for -s
    possible = ARRIVED | IN_DOUBT | ALBUM_WITHOUT_ITS_WORDS
    assert fates.total() == 2 * crowded.customers * crowded.each
    assert set(fates) <= possible, fates - Counter(dict.fromkeys(possible, fates.total()))
    assert sum(fates[fate] for fate in ARRIVED) > fates.total() // 2
    assert kills > crowded.each // 2
