"""Going on where the exchange stood: after a person had the talk, the assistant asks its open question again.

    handed back, taken back, fallen silent ──► resume_at ──a second──► the customer's lane ──► engine ──► the question

That it is owed is a column, written with the move, so that a crash or an engine that is away loses nothing: it is asked
again later, and the engine answers a question it knows the same way. Whoever speaks meanwhile ends the debt, and so
does an engine that breaks on the question for a quarter of an hour: the customer hears that they can go on.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from telegram import Update

from bot import replies
from bot.engine import Engine, EngineFailed, EngineRefused, EngineUnavailable, Reply, Turn
from bot.intake import Person
from bot.lanes import Lanes
from bot.sender import Sender
from bot.store import Store
from bot.turns import FAILURES_FOR
from bot.words import Words
from tradein import exchanges
from tradein.delivery import Delivery
from tradein.logs import described
from tradein.support import resumption

LOOK_SECONDS = 1.0
"""How often is looked for what another process handed back."""
AGAIN_SECONDS = 5.0
"""Before an engine that was away is asked again."""
INTENT, NOWHERE = "resume", "utter_anything_else"
"""What the engine is told, and what is said to somebody who had not begun anything."""
_LOG = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Owed:
    """A conversation that the assistant goes on with; ``begun`` says whether a phone was named."""

    conversation_id: int
    epoch: int
    since: datetime
    person: Person
    begun: bool


@dataclass(eq=False)
class Resumer:
    """Goes on with conversations until :meth:`close`; one process does, the one that takes the updates."""

    store: Store
    engine: Engine
    sender: Sender
    words: Words
    lanes: Lanes
    bot_id: int
    _closing: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _in_hand: dict[int, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _not_before: dict[int, float] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Look for what is owed until :meth:`close`."""
        while not self._closing.is_set():
            try:
                for owed in await self.store.do(_owed):
                    waits = time.monotonic() < self._not_before.get(owed.conversation_id, 0)
                    if owed.conversation_id not in self._in_hand and not waits:
                        self._begin(owed)
            except SQLAlchemyError as error:
                _LOG.error("resuming_out_of_order", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), LOOK_SECONDS)

    def close(self) -> None:
        """Begin no further one; what is owed stays so."""
        self._closing.set()
        for task in self._in_hand.values():
            task.cancel()

    def _begin(self, owed: _Owed) -> None:
        # In the customer's lane, behind what they have written already, as an update that only opens the lane.
        chat = {"id": owed.person.chat_id, "type": "private"}
        opens = Update.de_json(
            {"update_id": -owed.conversation_id, "message": {"message_id": 0, "date": 0, "chat": chat}}
        )
        task = asyncio.create_task(self.lanes.do_process_update(opens, self._resume(owed)))
        self._in_hand[owed.conversation_id] = task
        task.add_done_callback(lambda _done: self._in_hand.pop(owed.conversation_id, None))

    async def _resume(self, owed: _Owed) -> None:
        self._not_before[owed.conversation_id] = time.monotonic() + AGAIN_SECONDS
        try:
            answers = await self._answers(owed)
            taken = await self.store.do(partial(self._said, owed, answers))
        except EngineUnavailable as error:
            _LOG.warning("engine_down", conversation=owed.conversation_id, reason=str(error))
            self._not_before[owed.conversation_id] = time.monotonic() + AGAIN_SECONDS
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be met again every second for ever
            _LOG.error("resuming_failed", conversation=owed.conversation_id, **described(error))
            if not _is_late(owed):
                return
            taken = await self.store.do(partial(self._said, owed, self._nowhere(owed)))
        self._not_before.pop(owed.conversation_id, None)
        if taken:
            self.sender.deliver([taken])

    async def _answers(self, owed: _Owed) -> list[Reply]:
        if not owed.begun:
            return self._nowhere(owed)
        message_id = f"{self.bot_id}:resume:{owed.conversation_id}:{owed.epoch}"
        try:
            person = owed.person
            return await self.engine.answer(
                person.conversation_id, message_id, Turn(intent=INTENT), language=person.language
            )
        except (EngineRefused, EngineFailed) as error:
            if isinstance(error, EngineFailed) and not _is_late(owed):
                raise
            _LOG.error("turn_given_up", conversation=owed.conversation_id, reason=str(error))
            return self._nowhere(owed)

    def _nowhere(self, owed: _Owed) -> list[Reply]:
        return [self.words.reply(NOWHERE, language=owed.person.language)]

    def _said(self, owed: _Owed, answers: list[Reply], session: Session) -> Delivery | None:
        if not resumption.resumed(session, owed.conversation_id, epoch=owed.epoch):
            return None
        return replies.put(
            session,
            answers,
            owner=self.sender.owner,
            chat_id=owed.person.chat_id,
            customer_id=owed.person.customer_id,
            now=datetime.now(UTC),
            alone=False,  # how the help was is asked in the same moment, and can be answered too
        )


def _is_late(owed: _Owed) -> bool:
    return datetime.now(UTC) - owed.since > FAILURES_FOR


def _owed(session: Session) -> list[_Owed]:
    found = []
    for conversation in resumption.to_resume(session):
        customer = conversation.customer
        exchange = exchanges.current(session, customer)
        begun = exchange is not None and exchange.brand_id is not None
        since = conversation.resume_at or datetime.now(UTC)
        found.append(_Owed(conversation.id, conversation.epoch, since, Person.of(session, customer), begun))
    return found
