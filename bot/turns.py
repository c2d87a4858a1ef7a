"""One turn of a conversation: ask the engine, then write down everything that follows from it in one transaction.

    inbox row NEW ──engine──► {row DONE, replies queued, keyboards, first reply taken} ──► sender

A crash before that transaction leaves the row for the next start, and the engine answers the same turn the same way;
a crash after it leaves the replies in the outbox.
"""

import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import stamina
import structlog
from sqlalchemy.orm import Session
from telegram import Bot, Update

from bot import claims, replies
from bot.claims import Delivery
from bot.engine import Engine, EngineFailed, EngineRefused, EngineUnavailable, Reply, Turn
from bot.intake import Person
from bot.lanes import Lanes
from bot.sender import Sender
from bot.store import Store
from bot.thinking import Thinking
from bot.words import Words
from tradein import customers, inbox
from tradein.refusals import UnknownCustomer

FIRST_RETRY, LONGEST_RETRY = 0.3, 3.0
"""Seconds between two questions to an engine that doesn't answer."""
FAILURES_FOR = timedelta(minutes=15)
"""How long a turn on which the engine breaks is asked again: for ever, and it would bar the customer's way for ever."""

_LOG = structlog.get_logger()


class Turns:
    """Takes updates to their end: each is finished exactly once, with its effects."""

    def __init__(  # noqa: PLR0917 - the parts of the gateway, wired once
        self, store: Store, engine: Engine, sender: Sender, words: Words, lanes: Lanes, bot: Bot, bot_id: int
    ) -> None:
        self._store = store
        self._engine = engine
        self._sender = sender
        self._words = words
        self._lanes = lanes
        self._bot = bot
        self._bot_id = bot_id

    async def play(self, update: Update, person: Person, turn: Turn) -> None:
        """Play a turn and queue its replies; stays here, and the chat's lane with it, while the engine is down."""
        began = time.perf_counter()
        answers = await self._ask(update, person, turn)
        thought = time.perf_counter()
        await self.finish(update, lambda _session: answers)
        _LOG.debug(
            "turn",
            update_id=update.update_id,
            engine_ms=round((thought - began) * 1000, 1),
            effects_ms=round((time.perf_counter() - thought) * 1000, 1),
        )

    async def say(self, update: Update, response: str) -> None:
        """Finish an update with one of the gateway's own responses."""
        chat_id = _chat_id(update)
        await self.finish(update, lambda session: [self._own(session, response, chat_id)])

    async def apologise(self, update: Update, *, error: str) -> None:
        """Finish an update on which the gateway itself failed."""
        chat_id = _chat_id(update)
        await self.finish(update, lambda session: [self._own(session, "utter_turn_failed", chat_id)], error=error)

    async def finish(
        self, update: Update, answer: Callable[[Session], Iterable[Reply]] | None = None, *, error: str | None = None
    ) -> None:
        """Finish an update and queue what ``answer`` returns, in one transaction; nothing if it is finished already."""
        taken = await self._store.do(partial(self._effects, update, answer, error))
        self._sender.deliver(taken)

    async def _ask(self, update: Update, person: Person, turn: Turn) -> list[Reply]:
        message_id = f"{self._bot_id}:{update.update_id}"
        ask = partial(self._engine.answer, person.conversation_id, message_id, turn)
        try:
            with Thinking(self._bot, _chat_id(update)):
                return await ask()
        except EngineRefused as error:
            return self._refused(update, error)
        except EngineUnavailable as error:
            _LOG.warning("engine_down", update_id=update.update_id, reason=str(error))
        with self._lanes.patience():
            await self._excuse(update)
            return await self._ask_until_answered(update, ask)

    async def _ask_until_answered(self, update: Update, ask: Callable[[], Awaitable[list[Reply]]]) -> list[Reply]:
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
                    return self._refused(update, error)
                except EngineFailed as error:
                    if time.monotonic() > give_up_at:
                        return self._refused(update, error)
                    raise
        raise AssertionError("a retry without an end has ended")  # pragma: no cover

    def _refused(self, update: Update, error: Exception) -> list[Reply]:
        _LOG.error("turn_given_up", update_id=update.update_id, reason=str(error))
        return [Reply(self._words.say("utter_turn_failed"), [])]

    async def _excuse(self, update: Update) -> None:
        """Ask the customer for patience, once for an update, however often the gateway starts."""
        self._sender.deliver(await self._store.do(partial(self._excused, update)))

    def _excused(self, update: Update, session: Session) -> list[Delivery]:
        now = datetime.now(UTC)
        if not inbox.told(session, bot_id=self._bot_id, update_id=update.update_id, now=now):
            return []
        chat_id = _chat_id(update)
        return self._owe(session, [self._own(session, "utter_engine_down", chat_id)], chat_id, now)

    def _effects(
        self,
        update: Update,
        answer: Callable[[Session], Iterable[Reply]] | None,
        error: str | None,
        session: Session,
    ) -> list[Delivery]:
        now = datetime.now(UTC)
        if not inbox.finish(session, bot_id=self._bot_id, update_id=update.update_id, now=now, error=error):
            return []
        if answer is None:
            return []
        return self._owe(session, answer(session), _chat_id(update), now)

    def _owe(self, session: Session, answers: Iterable[Reply], chat_id: int, now: datetime) -> list[Delivery]:
        customer_id = None
        with suppress(UnknownCustomer):
            customer_id = customers.by_chat(session, chat_id).id
        replies.queue(session, answers, chat_id=chat_id, customer_id=customer_id, now=now)
        return claims.take(session, owner=self._sender.owner, now=now, limit=1, chat_id=chat_id)

    def _own(self, session: Session, response: str, chat_id: int) -> Reply:
        language = "en"
        with suppress(UnknownCustomer):
            language = customers.by_chat(session, chat_id).language
        return Reply(self._words.say(response, language=language), [])


def _chat_id(update: Update) -> int:
    if update.effective_chat is None:  # the inbox takes private chats only
        raise ValueError("an update without a chat")
    return update.effective_chat.id
