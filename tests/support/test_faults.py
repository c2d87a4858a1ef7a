"""Every message between a customer and an agent arrives once or its writer hears that it may not have."""

import asyncio
import time
from collections import Counter
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

CUSTOMERS, AGENTS, EACH = 50, 5, 20
"""Each customer writes so many messages and gets as many: 2,000 in all."""
PAUSE = 1.0
PATIENCE = 600.0
"""Seconds. Beside a dozen busy processes on two cores it took 420, with 67 kills."""
ENOUGH, MOST_SECONDS = 60, 6.0
ARRIVED = {("customer", 1, False, False), ("agent", 1, False, True)}
IN_DOUBT = {(side, copies, True, False) for side in ("customer", "agent") for copies in (0, 1)}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return a migrated database's address."""
    address = f"sqlite:///{tmp_path / 'tradein.db'}"
    migrate.upgrade(address)
    return address


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
async def test_two_thousand_messages_arrive_once_through_a_kill_in_every_second(url: str, tmp_path: Path) -> None:
    """Topics are made, words carried and receipts given while the gateway dies a second after each of its starts."""
    async with prepared(url, tmp_path) as stack:
        await stack.api.put("/sandbox/limits", json={"group_per_minute": 0})
        crowd = await Crowd.gather(stack, customers=CUSTOMERS, agents=AGENTS)
        stack.extra |= {"TRADEIN_SUPPORT_CHAT_ID": str(crowd.group_id), "TRADEIN_SUPPORT_PER_MINUTE": "1000000"}
        began, kills = time.monotonic(), 0
        gateway = launch(stack)
        talk = asyncio.create_task(crowd.talk(messages=EACH, pause=PAUSE))
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
        finally:
            talk.cancel()
            gateway.kill()
            gateway.wait()
        fates = await crowd.fates()
    elapsed = time.monotonic() - began
    print(f"{fates}, {kills} kills, {elapsed:.0f} s")  # noqa: T201 - figures for -s
    assert fates.total() == 2 * CUSTOMERS * EACH
    assert set(fates) <= ARRIVED | IN_DOUBT, fates - Counter(dict.fromkeys(ARRIVED | IN_DOUBT, 2_000))
    assert sum(fates[fate] for fate in ARRIVED) > CUSTOMERS * EACH
    assert kills > 10
