"""The gateway's way to the database: work that shares a transaction shares nothing else."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from telegram import Bot, Update

from bot import intake
from bot import store as subject
from bot.instance import Instance
from bot.intake import Inbox
from bot.metrics import Metrics
from bot.sender import Sender
from bot.store import Store
from tests.bot.words import words
from tests.builders import POLICY
from tests.conftest import NOW
from tradein import customers, delivery, inbox, outbox
from tradein import database as tradein_database
from tradein.delivery import Delivery
from tradein.outbox import MessageState


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """Give a store over a database of the test's own."""
    store = Store(database_url)
    yield store
    store.close()


def meeting(number: int) -> Callable[[Session], str]:
    """Return work that meets a customer."""

    def meet(session: Session) -> str:
        name = f"C{number}"
        customers.meet(session, telegram_user_id=number, chat_id=number, first_name=name, language="en", now=NOW)
        return name

    return meet


def names(session: Session) -> set[str]:
    """Return the customers there are."""
    return set(session.scalars(text("SELECT first_name FROM customer")))


async def test_work_that_fails_leaves_the_work_beside_it_alone(store: Store) -> None:
    """Each is told what became of its own."""

    def fail(session: Session) -> None:
        meeting(99)(session)
        raise LookupError

    done = await asyncio.gather(*(store.do(work) for work in (meeting(1), fail, meeting(2))), return_exceptions=True)

    assert (done[0], done[2]) == ("C1", "C2")
    assert isinstance(done[1], LookupError)
    assert await store.do(names) == {"C1", "C2"}


async def test_what_waits_together_is_committed_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite: one commit for what came while the one before it was under way."""
    if store._sharing == 1:  # noqa: SLF001 - PostgreSQL commits side by side
        pytest.skip("PostgreSQL has a transaction for each")
    transactions = []
    begin = subject.transaction
    monkeypatch.setattr(subject, "transaction", lambda maker: transactions.append(1) or begin(maker))
    go_on = threading.Event()
    first = asyncio.create_task(store.do(lambda _: go_on.wait(10)))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(store.do(meeting(number))) for number in range(1, 6)]
    await asyncio.sleep(0)
    go_on.set()

    assert await first
    assert len(set(await asyncio.gather(*others))) == 5
    assert len(transactions) == 2


async def test_work_that_may_wait_goes_with_the_next_or_when_its_time_is_over(store: Store) -> None:
    """In the order in which it came."""
    patient = asyncio.create_task(store.do(meeting(1), within=30))
    await asyncio.sleep(0.05)
    assert not patient.done()
    assert await store.do(names) == {"C1"}
    assert await patient == "C1"
    assert await store.do(meeting(2), within=0.01) == "C2"


async def test_work_that_nobody_waits_for_any_more_is_not_begun(store: Store) -> None:
    """A lane that was cut off takes its work with it."""
    given_up = asyncio.create_task(store.do(meeting(1), within=30))
    await asyncio.sleep(0.01)
    given_up.cancel()
    await asyncio.wait({given_up})

    assert await store.do(names) == set()


async def test_a_locked_database_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times in all, and then by itself, whatever it shared a transaction with."""
    monkeypatch.setattr(subject, "PAUSES", (0.01, 0.02))
    tries = []

    def locked(_session: Session) -> None:
        tries.append(1)
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    def locked_at_first(session: Session) -> str:
        return meeting(1)(session) if len(tries) > 1 else locked(session) or ""

    done = await asyncio.gather(store.do(locked), store.do(locked_at_first), return_exceptions=True)

    assert isinstance(done[0], OperationalError)
    assert done[1] == "C1"
    assert await store.do(names) == {"C1"}


async def test_what_was_given_up_while_the_database_was_away_is_taken_up_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without another start; what is still in hand, or done, is not."""
    monkeypatch.setattr(intake, "GIVEN_UP", timedelta(milliseconds=50))
    inbox_ = Inbox(store, bot_id=1)
    for number in (1, 2, 3):
        chat = {"id": 7, "type": "private"}
        asha = {"id": 7, "is_bot": False, "first_name": "Asha"}
        message = {"message_id": number, "date": 0, "chat": chat, "from": asha, "text": "hello"}
        await inbox_.put(Update.de_json({"update_id": number, "message": message}))
        assert (await inbox_.get()).update_id == number
    inbox_.forget(1)  # its handler failed, and so did the apology
    await store.do(lambda session: inbox.finish(session, bot_id=1, update_id=3, now=NOW))
    inbox_.forget(3)

    keeping_up = asyncio.create_task(inbox_.keep_up())
    again = await asyncio.wait_for(inbox_.get(), 10)
    await asyncio.sleep(0.2)
    keeping_up.cancel()

    assert again.update_id == 1
    assert inbox_.people[1].chat_id == 7
    assert inbox_.empty()


async def test_a_message_is_not_failed_because_the_database_was_locked(
    store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its buttons could not be written, so nothing was sent: it waits. A coupon's code may be in it."""
    monkeypatch.setattr(subject, "PAUSES", (0.01, 0.01))
    monkeypatch.setattr(tradein_database, "BUSY_TIMEOUT_MS", 20)
    quick = Store(database_url)
    sender = Sender(quick, Bot("1:sandbox"), words(), Instance(tmp_path), policy=POLICY, metrics=Metrics())

    def owe(session: Session) -> Delivery:
        asha = customers.meet(session, telegram_user_id=7, chat_id=7, first_name="Asha", language="en", now=NOW)
        outbox.owe(session, customer=asha, response="utter_rate_help", params={"ticket": 1}, now=NOW)
        [taken] = delivery.take(session, owner=sender.owner, now=NOW, limit=1)
        return taken

    taken = await store.do(owe)
    locking = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    locking.execute("BEGIN IMMEDIATE")

    outcome = await sender._attempt(taken)  # noqa: SLF001 - what is in question is this step alone

    locking.rollback()
    locking.close()
    quick.close()
    assert outcome.state is MessageState.QUEUED
