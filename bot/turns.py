"""One turn of a conversation: ask the engine, then write down everything that follows from it in one transaction.

    inbox row NEW ──engine──► {row DONE, replies queued, keyboards, first reply taken} ──► sender

A crash before that transaction leaves the row for the next start, and the engine answers the same turn the same way;
a crash after it leaves the replies in the outbox.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import stamina
import structlog
from sqlalchemy.orm import Session
from telegram import Bot, Update

from bot import replies
from bot.engine import Engine, EngineFailed, EngineRefused, EngineUnavailable, Reply, Turn
from bot.intake import Person
from bot.lanes import Lanes
from bot.mute import Mute
from bot.sender import Sender
from bot.store import Store
from bot.thinking import Thinking
from bot.words import Words
from tradein import inbox
from tradein.delivery import Delivery

FIRST_RETRY, LONGEST_RETRY = 0.3, 3.0
"""Seconds between two questions to an engine that doesn't answer."""
FAILURES_FOR = timedelta(minutes=15)
"""How long a turn on which the engine breaks is asked again: for ever, and it would bar the customer's way for ever."""

_LOG = structlog.get_logger()


class Turns:
    """Takes updates to their end: each is finished exactly once, with its effects."""

    def __init__(  # noqa: PLR0917 - the parts of the gateway, wired once
        self,
        store: Store,
        engine: Engine,
        sender: Sender,
        words: Words,
        lanes: Lanes,
        bot: Bot,
        bot_id: int,
        mute: Mute,
    ) -> None:
        self._store = store
        self._engine = engine
        self._sender = sender
        self._words = words
        self._lanes = lanes
        self._bot = bot
        self._bot_id = bot_id
        self._mute = mute

    async def carried(self, update: Update, person: Person) -> bool:
        """Carry a message to the person who has the conversation; False if it is the assistant's."""
        return await self._mute.takes(update, person)

    async def play(self, update: Update, person: Person, turn: Turn, *, first: str | None = None) -> None:
        """Play a turn and queue its replies; stays here, and the chat's lane with it, while the engine is down.

        What is a person's to answer is carried to them instead. ``first`` is a response of the gateway's own that goes
        before the replies.
        """
        spared = await self._mute.spares(update, person)
        if spared is None:
            return
        began = time.perf_counter()
        answers = await self._ask(update, spared, turn)
        thought = time.perf_counter()
        await self._finish(update, spared, [self._own(spared, first), *answers] if first else answers)
        _LOG.debug(
            "turn",
            update_id=update.update_id,
            engine_ms=round((thought - began) * 1000, 1),
            effects_ms=round((time.perf_counter() - thought) * 1000, 1),
        )

    async def say(self, update: Update, person: Person, response: str, *, error: str | None = None) -> None:
        """Finish an update with one of the gateway's own responses, or carry it to the person whose it is."""
        spared = person if error else await self._mute.spares(update, person)
        if spared is not None:
            await self._finish(update, spared, [self._own(spared, response)], error=error)

    async def pass_over(self, update: Update, person: Person, *, tell: bool) -> None:
        """Finish an update without an answer, or carry it to the person whose it is; ``tell`` the customer why."""
        taken = await self._store.do(partial(self._passed_over, update, person, tell))
        self._sender.asked(person.chat_id)
        if taken:
            self._sender.deliver([taken])
        else:
            self._sender.look()

    async def done(self, update: Update, *, error: str | None = None) -> None:
        """Finish an update that has no effects."""
        await self._finish(update, None, [], error=error)

    async def _finish(
        self, update: Update, person: Person | None, answers: list[Reply], *, error: str | None = None
    ) -> None:
        """Finish an update and queue the answers in one transaction; nothing if it is finished already."""
        taken = await self._store.do(partial(self._effects, update, person, answers, error))
        if taken and person:
            self._sender.asked(person.chat_id)
            self._sender.deliver([taken])

    async def _ask(self, update: Update, person: Person, turn: Turn) -> list[Reply]:
        message_id = f"{self._bot_id}:{update.update_id}"
        ask = partial(self._engine.answer, person.conversation_id, message_id, turn, language=person.language)
        try:
            with Thinking(self._bot, person.chat_id):
                return await ask()
        except EngineRefused as error:
            return self._refused(update, person, error)
        except EngineUnavailable as error:
            _LOG.warning("engine_down", update_id=update.update_id, reason=str(error))
        with self._lanes.patience():
            await self._excuse(update, person)
            return await self._ask_until_answered(update, person, ask)

    async def _ask_until_answered(
        self, update: Update, person: Person, ask: Callable[[], Awaitable[list[Reply]]]
    ) -> list[Reply]:
        give_up_at = time.monotonic() + FAILURES_FOR.total_seconds()
        async for attempt in stamina.retry_context(
            on=EngineUnavailable,
            attempts=None,
            timeout=None,
            wait_initial=FIRST_RETRY,
            wait_max=LONGEST_RETRY,
            wait_jitter=FIRST_RETRY,
        ):
            with attempt:
                try:
                    return await ask()
                except EngineRefused as error:
                    return self._refused(update, person, error)
                except EngineFailed as error:
                    if time.monotonic() > give_up_at:
                        return self._refused(update, person, error)
                    raise
        raise AssertionError("a retry without an end has ended")  # pragma: no cover

    def _refused(self, update: Update, person: Person, error: Exception) -> list[Reply]:
        _LOG.error("turn_given_up", update_id=update.update_id, reason=str(error))
        return [self._own(person, "utter_turn_failed")]

    async def _excuse(self, update: Update, person: Person) -> None:
        """Ask the customer for patience, once for an update, however often the gateway starts."""
        taken = await self._store.do(partial(self._excused, update, person))
        if taken:
            self._sender.deliver([taken])

    def _excused(self, update: Update, person: Person, session: Session) -> Delivery | None:
        now = datetime.now(UTC)
        if not inbox.told(session, bot_id=self._bot_id, update_id=update.update_id, now=now):
            return None
        return self._owe(session, person, [self._own(person, "utter_engine_down")], now)

    def _passed_over(self, update: Update, person: Person, tell: bool, session: Session) -> Delivery | None:
        spared = self._mute.begins(update, person, session)
        if spared is None:  # a person has the talk: nothing that was sent to them is passed over
            return None
        answers = [self._own(spared, "utter_too_fast")] if tell else []
        return self._effects(update, spared, answers, "too fast", session)

    def _effects(
        self, update: Update, person: Person | None, answers: list[Reply], error: str | None, session: Session
    ) -> Delivery | None:
        now = datetime.now(UTC)
        new = inbox.finish(session, bot_id=self._bot_id, update_id=update.update_id, now=now, error=error)
        if not (new and person and answers):
            return None
        answers = self._mute.left(session, update, person, answers, now)
        return self._owe(session, person, answers, now) if answers else None

    def _owe(self, session: Session, person: Person, answers: list[Reply], now: datetime) -> Delivery | None:
        """Queue the answers; return the first message of the chat, taken, unless one is being sent."""
        return replies.put(
            session,
            answers,
            owner=self._sender.owner,
            chat_id=person.chat_id,
            customer_id=person.customer_id,
            now=now,
        )

    def _own(self, person: Person, response: str) -> Reply:
        return Reply(self._words.say(response, language=person.language), [])
