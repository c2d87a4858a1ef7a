"""Sending into the group: at the group's pace, into the topic of the conversation, which is made when there is none.

    row in hand ──► pace ──► topic open? ──► call ──► settled
                     │         └─ make it, or open it; the row goes back and is taken again
                     └─ the row goes back and waits

Only one row of a conversation is in hand at a time, so nobody else makes its topic meanwhile. A group that can't be
written to (the bot was removed, or its rights) parks everything that waits for it: nothing is lost, and no customer is
taken for gone.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session
from telegram import Bot
from telegram.error import ChatMigrated, TelegramError

from bot.settling import Outcome, backoff_of, outcome_of, waits
from bot.store import Store
from bot.support import addressing, calls
from bot.support.cards import Cards
from bot.support.group import Group
from bot.support.pacing import Pace
from bot.verdicts import Verdict, verdict
from tradein.delivery import Delivery
from tradein.outbox import MessageState
from tradein.support import topics
from tradein.support.board import CARD
from tradein.support.conversations import SILENT, Conversation, TopicState
from tradein.support.topics import NOBODYS

NO_RIGHTS_SECONDS = 15.0
"""Between two looks whether the bot may write to the group again."""
_SHUT = frozenset({Verdict.NO_RIGHTS, Verdict.UNREACHABLE})
PATIENT = frozenset({"card", "receipt", "topic"})
"""Kinds that nobody waits for."""
_LOG = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Step:
    """What has to happen to a conversation's topic first: it is made under a name, or opened."""

    conversation_id: int
    make: str | None = None
    place: dict[str, Any] | None = None


class Posting:
    """Delivers what the outbox holds for the group; one process of all does."""

    def __init__(self, store: Store, bot: Bot, group: Group, cards: Cards, pace: Pace) -> None:
        self._store = store
        self._bot = bot
        self._group = group
        self._cards = cards
        self._pace = pace

    @property
    def full(self) -> bool:
        """Whether nothing may go out just now."""
        return self._pace.full(time.monotonic())

    async def attempt(self, delivery: Delivery) -> Outcome:
        """Return what became of a message in hand."""
        messages = len(delivery.body.get("message_ids", "1"))
        wait = self._pace.wait(time.monotonic(), urgent=delivery.kind not in PATIENT, messages=messages)
        if wait > 0:
            return waits(wait, None, tried=False)
        found = await self._store.do(partial(self._look, delivery))
        if found is None:
            return Outcome(MessageState.CANCELLED, error="there is no topic")
        try:
            if isinstance(found, _Step):
                await self._take(found)
                return waits(0, None, tried=False)
            return _sent(found, await self._call(found))
        except TelegramError as error:
            stepping = isinstance(found, _Step)
            return await self._failed(error, found if isinstance(found, Delivery) else delivery, stepping=stepping)

    def _look(self, delivery: Delivery, session: Session) -> Delivery | _Step | None:
        """Return the message with its place, or the step before it; None for a card that nobody would look at."""
        if delivery.thread is None or delivery.thread == NOBODYS:
            return addressing.addressed(session, delivery, group_id=self._group.chat_id)
        conversation = session.get_one(Conversation, delivery.thread)
        if conversation.topic_id is None and delivery.kind == CARD and conversation.state not in SILENT:
            return None
        if not addressing.wants_topic(conversation, delivery.kind):
            address = addressing.addressed(session, delivery, group_id=self._group.chat_id)
            return self._cards.worded(session, conversation, address)
        if conversation.topic_state is TopicState.CLOSED:
            return _Step(conversation.id, place=self._place(conversation))
        topics.making(session, conversation)
        return _Step(conversation.id, make=self._cards.topic_name(conversation))

    def _place(self, conversation: Conversation) -> dict[str, Any]:
        return {"chat_id": self._group.chat_id, "message_thread_id": conversation.topic_id}

    async def _take(self, step: _Step) -> None:
        if step.make is None:
            place = step.place or {}
            try:
                await self._bot.do_api_request("reopenforumtopic", place)
            except TelegramError as error:
                if verdict(error) is Verdict.TOPIC_GONE:
                    await self._store.do(partial(_gone, step.conversation_id, place["message_thread_id"]))
                    return
                if verdict(error) is not Verdict.DELIVERED:
                    raise
            await self._store.do(partial(_opened, step.conversation_id))
            return
        made = await self._bot.do_api_request("createforumtopic", {"chat_id": self._group.chat_id, "name": step.make})
        topic_id = int(made["message_thread_id"])
        if not await self._store.do(partial(self._bound, step.conversation_id, topic_id)):
            _LOG.warning("topic_made_twice", conversation=step.conversation_id)
            await self._bot.do_api_request(
                "deleteforumtopic", {"chat_id": self._group.chat_id, "message_thread_id": topic_id}
            )

    def _bound(self, conversation_id: int, topic_id: int, session: Session) -> bool:
        conversation = session.get_one(Conversation, conversation_id)
        bound = topics.bind(session, conversation, chat_id=self._group.chat_id, topic_id=topic_id)
        if bound:
            self._cards.show(session, conversation)
        return bound

    async def _call(self, delivery: Delivery) -> list[int]:
        if delivery.kind in calls.KINDS:
            return await calls.call(self._bot, delivery)
        return await self._cards.call(self._bot, delivery)

    async def _failed(self, error: TelegramError, delivery: Delivery, *, stepping: bool) -> Outcome:
        """Return what follows from an error; of one met while ``stepping`` the message itself knows nothing."""
        found, reason = verdict(error), f"{type(error).__name__}: {error}"
        if isinstance(error, ChatMigrated):
            _LOG.warning("support_group_moved")
            await self._group.move(error.new_chat_id)
            return waits(0, reason, tried=False)
        if found is Verdict.PARKED:
            outcome = outcome_of(error, delivery)
            self._pace.park(time.monotonic(), outcome.retry_in or 0)
            return outcome
        if found in _SHUT or (stepping and found is Verdict.HOPELESS):
            _LOG.error("support_group_shut", error=reason.partition(":")[0], hint="tradein support check says why")
            self._pace.park(time.monotonic(), NO_RIGHTS_SECONDS)
            return waits(NO_RIGHTS_SECONDS, reason, tried=False)
        if stepping:
            return waits(backoff_of(delivery), reason, tried=False)
        return await self._of_topic(found, reason, delivery) or await self._otherwise(error, delivery)

    async def _of_topic(self, found: Verdict, reason: str, delivery: Delivery) -> Outcome | None:
        """Return what follows where the topic was closed or deleted: it is opened or made again with the next try."""
        if found not in {Verdict.TOPIC_GONE, Verdict.TOPIC_SHUT} or not delivery.thread:
            return None
        if await self._store.do(partial(_lost, delivery, found)):
            return waits(0 if delivery.attempts == 1 else backoff_of(delivery), reason)
        return Outcome(MessageState.CANCELLED, error=reason)

    async def _otherwise(self, error: TelegramError, delivery: Delivery) -> Outcome:
        outcome = outcome_of(error, delivery)
        if not outcome.as_plain:
            return outcome
        try:
            return _sent(delivery, await calls.call(self._bot, delivery, as_plain=True))
        except TelegramError as again:
            return outcome_of(again, delivery)


def _sent(delivery: Delivery, made: Sequence[int]) -> Outcome:
    return Outcome(MessageState.SENT, made=tuple(made), place=delivery.to["place"])


def _lost(delivery: Delivery, found: Verdict, session: Session) -> bool:
    """Note what became of the topic; say whether the message needs it."""
    conversation = session.get_one(Conversation, delivery.thread)
    topic_id = delivery.to.get("place", {}).get("message_thread_id")
    if found is Verdict.TOPIC_GONE:
        topics.gone(session, conversation, topic_id=topic_id)
    elif conversation.topic_id == topic_id:
        topics.turned(session, conversation, TopicState.CLOSED)
    return addressing.wants_topic(conversation, delivery.kind) or conversation.topic_state is TopicState.OPEN


def _gone(conversation_id: int, topic_id: int, session: Session) -> None:
    topics.gone(session, session.get_one(Conversation, conversation_id), topic_id=topic_id)


def _opened(conversation_id: int, session: Session) -> None:
    topics.turned(session, session.get_one(Conversation, conversation_id), TopicState.OPEN)
