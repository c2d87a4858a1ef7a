"""The question that the assistant owes after a hand-back, where the engine has trouble with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram import Bot

from bot import resuming
from bot.engine import Engine
from bot.instance import Instance
from bot.lanes import Lanes
from bot.metrics import Metrics
from bot.resuming import Resumer
from bot.sender import Sender
from bot.store import Store
from tests.bot.scripted_engine import ScriptedEngine
from tests.bot.test_who_speaks import BOT, OPEN
from tests.bot.words import say, words
from tests.builders import Shopper, stock
from tradein.database import Sessions
from tradein.outbox import Message
from tradein.support import callers, conversations
from tradein.support.conversations import Conversation

PATIENCE = 20.0


@asynccontextmanager
async def resuming_with(engine: ScriptedEngine, url: str, folder: Path) -> AsyncIterator[Resumer]:
    """Let a resumer run on a database, without a Telegram."""
    await engine.start()
    store, client = Store(url), Engine([engine.url])
    client.start()
    sender = Sender(store, Bot("1:sandbox"), words(), Instance(folder), policy=OPEN, metrics=Metrics())
    resumer = Resumer(store, client, sender, words(), Lanes(lambda _update: None), BOT)
    running = asyncio.create_task(resumer.run())
    yield resumer
    resumer.close()
    await running
    running.cancel()
    await client.close()
    await engine.stop()
    store.close()


def owes_since(session: Session, moment: datetime) -> None:
    """Leave a customer to the assistant, in the middle of describing a phone."""
    stock(session)
    conversation = conversations.of(session, Shopper.arrives(session).describes().customer)
    callers.call(session, conversation, reason="asked", policy=OPEN, now=moment)
    callers.withdraw(session, conversation, now=moment)


async def gone_on(database: Sessions) -> list[str]:
    """Return what the customer was asked once nothing is owed any more."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        with database() as session:
            if session.scalars(select(Conversation.resume_at)).one() is None:
                replies = session.scalars(select(Message.body).where(Message.kind == "reply"))
                return [body["text"] for body in replies]
        await asyncio.sleep(0.05)
    raise AssertionError("it is owed for ever")


async def test_an_engine_that_breaks_on_the_question_is_not_asked_for_ever(
    database: Sessions, database_url: str, tmp_path: Path
) -> None:
    """After a quarter of an hour the customer hears that they can go on, and nobody waits behind them."""
    with database.begin() as session:
        owes_since(session, datetime.now(UTC) - timedelta(minutes=16))
    engine = ScriptedEngine()
    engine.script = lambda _turn: 500
    async with resuming_with(engine, database_url, tmp_path):
        assert await gone_on(database) == [say("utter_anything_else")]


async def test_an_engine_that_has_just_failed_is_asked_again(
    database: Sessions, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been starting."""
    monkeypatch.setattr(resuming, "AGAIN_SECONDS", 0.1)
    with database.begin() as session:
        owes_since(session, datetime.now(UTC))
    engine = ScriptedEngine()
    engine.script = lambda _turn: [{"text": "Which brand?"}] if len(engine.received) > 1 else 500
    async with resuming_with(engine, database_url, tmp_path):
        assert await gone_on(database) == ["Which brand?"]
