"""A commit whose answer is lost has happened or has not: the work that is done again must bear both."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from telegram import Bot, Update
from telegram.ext import CallbackContext

from bot import keyboards
from bot.engine import Engine
from bot.instance import Instance
from bot.intake import Inbox
from bot.keyboards import Keyboard
from bot.lanes import Lanes
from bot.metrics import Metrics
from bot.mute import Mute
from bot.sender import Sender
from bot.store import Store
from bot.taps import Taps
from bot.turns import Turns
from tests.bot.conftest import free_port
from tests.bot.words import words
from tradein import logs, outbox
from tradein.imei import Claim
from tradein.inbox import InboxUpdate, UpdateState
from tradein.policy import Policy

IMEI = "490154203237518"
CONTEXT: Any = CallbackContext


class Doubtful(Store):
    """A store that loses the answer to its next commit when ``lose`` says after or before it happens."""

    lose: str | None = None

    def _commit(self, works: Sequence[Callable[[Session], Any]]) -> list[Any]:
        lose, self.lose = self.lose, None
        if lose == "before":
            with self._sessions() as session:
                for work in works:
                    work(session)
        results = super()._commit(works) if lose != "before" else []
        if lose:
            raise OperationalError("COMMIT", {}, Exception("the connection was lost"))
        return results


@dataclass
class Parts:
    """The gateway without its processes, over a database of the test's own."""

    store: Doubtful
    inbox: Inbox
    taps: Taps

    def arrived(self) -> list[Update]:
        """Return what was handed on."""
        found = []
        while not self.inbox.empty():
            found.append(self.inbox.get_nowait())
        return found  # type: ignore[return-value]


@pytest.fixture
async def parts(database_url: str, tmp_path: Path) -> AsyncIterator[Parts]:
    """Wire the parts; Telegram is a port that nobody listens on."""
    store = Doubtful(database_url)
    bot = Bot("1:sandbox", base_url=f"http://127.0.0.1:{free_port()}/bot")
    instance, engine = Instance(tmp_path), Engine(["http://127.0.0.1:1"])
    inbox = Inbox(store, bot_id=1)
    inbox.bot = bot
    sender = Sender(store, bot, words(), instance, policy=Policy(), metrics=Metrics())
    mute = Mute(store, sender, words(), Policy(), None, 1)
    turns = Turns(store, engine, sender, words(), Lanes(inbox.forget), bot, 1, mute)
    yield Parts(store, inbox, Taps(store, inbox, turns, sender, words(), 1))
    await sender.close()
    await engine.close()
    store.close()
    instance.close()


def message(text: str) -> Update:
    """Return a message as Telegram sends it."""
    person = {"id": 5, "is_bot": False, "first_name": "Asha"}
    chat = {"id": 5, "type": "private"}
    raw = {"message_id": 1, "date": 1_800_000_000, "chat": chat, "from": person, "text": text}
    return Update.de_json({"update_id": 7, "message": raw}, None)


@pytest.mark.parametrize("lose", ["before", "after"])
async def test_an_update_whose_commit_is_in_doubt_is_handed_on_once(parts: Parts, lose: str) -> None:
    """Its numbers masked, each by a reference that the database knows."""
    parts.store.lose = lose

    await parts.inbox.put(message(f"my imei is {IMEI}"))

    [update] = parts.arrived()
    assert update.message is not None
    assert IMEI not in str(update.message.text)
    with parts.store._sessions() as session:  # noqa: SLF001 - to look into the rows
        [claim] = session.scalars(select(Claim)).all()
    assert str(update.message.text).endswith(claim.reference)


async def test_a_known_update_is_handed_on_only_if_it_is_neither_in_hand_nor_done(parts: Parts) -> None:
    """Telegram repeats what it isn't sure of."""
    await parts.inbox.put(message("hello"))
    await parts.inbox.put(message("hello"))
    assert len(parts.arrived()) == 1

    parts.inbox.forget(7)  # its lane ended without finishing it
    await parts.inbox.put(message("hello"))
    assert len(parts.arrived()) == 1

    parts.inbox.forget(7)
    with parts.store._sessions.begin() as session:  # noqa: SLF001
        session.get_one(InboxUpdate, (1, 7)).state = UpdateState.DONE
    await parts.inbox.put(message("hello"))
    assert parts.arrived() == []


async def test_a_toggle_whose_commit_is_in_doubt_stays_as_it_was_tapped(parts: Parts) -> None:
    """Done twice it would be undone."""
    now = datetime.now(UTC)
    await parts.inbox.put(message("hello"))
    parts.arrived()
    with parts.store._sessions.begin() as session:  # noqa: SLF001
        message_id = outbox.queue(session, chat_id=5, customer_id=None, kind="reply", body={"text": "What?"}, now=now)
        buttons = [{"title": "Battery", "payload": "battery", "kind": "toggle"}]
        keyboards.hang(session, token="t" * 16, chat_id=5, message_id=message_id, buttons=buttons, now=now)
    person = {"id": 5, "is_bot": False, "first_name": "Asha"}
    shown = {"message_id": 2, "date": 1_800_000_000, "chat": {"id": 5, "type": "private"}}
    query = {"id": "1", "chat_instance": "1", "from": person, "message": shown, "data": f"k:{'t' * 16}:0"}
    await parts.inbox.put(Update.de_json({"update_id": 8, "callback_query": query}, None))
    [tap] = parts.arrived()

    parts.store.lose = "after"
    await parts.taps.tap(tap, CONTEXT)

    with parts.store._sessions() as session:  # noqa: SLF001
        assert session.scalars(select(Keyboard.marked)).all() == [[0]]
        edits = session.scalar(select(func.count()).where(outbox.Message.kind == "edit"))
    assert edits == 1


def test_who_comes_after_a_dead_sender_learns_its_name_until_it_was_dealt_with(tmp_path: Path) -> None:
    """One that runs beside it is told nothing, and takes nothing over; one killed too early passes all names on."""
    first = Instance(tmp_path)
    beside = Instance(tmp_path)
    assert (first.dead, beside.dead) == (frozenset(), frozenset())
    first.close()

    following = Instance(tmp_path)
    assert following.dead == {first.owner}
    following.close()

    third = Instance(tmp_path)
    assert third.dead == {first.owner, following.owner}
    third.recovered()
    third.close()

    fourth = Instance(tmp_path)
    assert fourth.dead == {third.owner}
    assert beside.owner not in fourth.dead
    fourth.close()
    beside.close()


def test_of_an_exception_a_log_tells_type_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    """What it says may be what somebody wrote."""
    with pytest.raises(ValueError, match="private words") as raised:
        raise ValueError("private words")
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    try:
        logs.set_up("info", secrets=["1:sandbox"])
        logging.getLogger("library").error("it broke at 1:sandbox", exc_info=raised.value)
    finally:
        structlog.reset_defaults()
        root.setLevel(before[0])
        root.handlers[:] = before[1]
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["event"] == "it broke at <token>"
    assert line["error"] == "ValueError"
    assert line["at"].startswith("test_doubt.py:")
    assert "private" not in str(line)
