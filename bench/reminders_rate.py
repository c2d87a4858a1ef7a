"""Whether reminders go out as fast as they may, and whether a customer who writes meanwhile notices.

The gateway as it runs, one process, over a sandbox Telegram and an engine that only echoes: so the wait of a reply is
the gateway's own. Reminders are due for longer than the measurement takes.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from sqlalchemy import func, select

from tests.bot.conftest import Person, prepared
from tests.crowd import NEVER_QUIET, WORDS, gather
from tests.reminders.workers import met
from tradein import database, migrate
from tradein.database import Sessions
from tradein.outbox import Message, MessageState
from tradein.reminders import KIND

WARM_SECONDS = 2.0
"""What may be made up for at the start is no part of what is sustained."""


@dataclass(frozen=True)
class Sending:
    """Reminders a second, configured and reached; how long replies took (ms), 95 of 100 too, without and with them."""

    configured: float
    per_second: float
    busiest_second: int
    alone_ms: float
    alone_p95_ms: float
    meanwhile_ms: float
    meanwhile_p95_ms: float

    @property
    def share(self) -> float:
        """How much of the configured rate is reached."""
        return self.per_second / self.configured


def measure(folder: Path, *, url: str | None = None, per_second: float = 20, seconds: float = 30) -> Sending:
    """Measure on a database of its own: SQLite in ``folder``, or the empty one at ``url``."""
    return uvloop.run(_measured(folder, url or f"sqlite:///{folder / 'rate.db'}", per_second, seconds))


async def _measured(folder: Path, url: str, per_second: float, seconds: float) -> Sending:
    migrate.upgrade(url)
    async with prepared(url, folder) as stack:
        stack.extra = {**NEVER_QUIET, "TRADEIN_REMINDERS_PER_SECOND": str(per_second), "TRADEIN_LOG_LEVEL": "info"}
        stack.domain.write_text(stack.domain.read_text().replace("\nresponses:\n", f"\nresponses:\n{WORDS}", 1))
        talker = await stack.person()
        chats = await met(stack.api, int(per_second * (seconds + 15)))
        await stack.start()
        try:
            await _replies(talker, until=time.monotonic() + 2)
            alone = await _replies(talker, until=time.monotonic() + seconds / 2)
            with database.transaction(stack.database) as session:
                gather(session, chats, now=datetime.now(UTC))
            await _begun(stack.database)
            meanwhile = await _replies(talker, until=time.monotonic() + WARM_SECONDS + seconds)
            sent = _sent(stack.database)
        finally:
            stack.stop()
    return _summary(sent, alone, meanwhile, per_second, seconds)


def _summary(sent: list[datetime], alone: list[float], meanwhile: list[float], rate: float, seconds: float) -> Sending:
    begin = sent[0] + timedelta(seconds=WARM_SECONDS)
    counted = [at for at in sent if begin <= at < begin + timedelta(seconds=seconds)]
    busiest = max(sum(at <= other < at + timedelta(seconds=1) for other in sent) for at in sent)
    return Sending(
        configured=rate,
        per_second=len(counted) / seconds,
        busiest_second=busiest,
        alone_ms=statistics.median(alone),
        alone_p95_ms=statistics.quantiles(alone, n=20)[-1],
        meanwhile_ms=statistics.median(meanwhile),
        meanwhile_p95_ms=statistics.quantiles(meanwhile, n=20)[-1],
    )


async def _replies(talker: Person, *, until: float) -> list[float]:
    """Let somebody write again and again; return the milliseconds each reply took."""
    took: list[float] = []
    seq = (await talker.api.get(f"/sandbox/chats/{talker.id}")).json()["seq"]
    while time.monotonic() < until:
        began = time.perf_counter()
        await talker.says(f"message {len(took)}")
        while True:
            changes = f"/sandbox/chats/{talker.id}/messages?after={seq}&wait=20"
            changed = (await talker.api.get(changes)).json()
            seq = changed["seq"]
            if any(message["from"]["is_bot"] for message in changed["messages"]):
                break
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.3)
    return took


async def _begun(maker: Sessions) -> None:
    """Wait for the first reminder."""
    while not _count(maker):  # noqa: ASYNC110 - other processes write the rows
        await asyncio.sleep(0.05)


def _count(maker: Sessions) -> int:
    with database.reading(maker) as session:
        sent = select(func.count()).select_from(Message).where(Message.kind == KIND, Message.state == MessageState.SENT)
        return session.scalar(sent) or 0


def _sent(maker: Sessions) -> list[datetime]:
    """Return when each reminder arrived."""
    with database.reading(maker) as session:
        times = select(Message.sent_at).where(Message.kind == KIND, Message.state == MessageState.SENT)
        return sorted(at for at in session.scalars(times) if at is not None)
