"""The sender: takes what is owed out of the outbox and gets it to Telegram, each chat in order and by itself.

committed turn ──deliver()──►┐
                             ├─► lane of the chat: call ► settle and take the next, one transaction ► call …
rows of other processes ─1s─►┘
"""

import asyncio
import time
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from telegram import Bot
from telegram.error import TelegramError

from bot.calls import call
from bot.instance import Instance
from bot.limits import NOTICE_RATE, Limits
from bot.metrics import Metrics
from bot.preparing import needed, prepare
from bot.reminding import in_hand
from bot.settling import Outcome, backoff_of, in_doubt, outcome_of, recover, settle, waits
from bot.store import Store
from bot.support.posting import Posting
from bot.words import Words, WordsMissing
from tradein.delivery import Delivery, take, take_next
from tradein.logs import described
from tradein.outbox import MessageState
from tradein.policy import Policy
from tradein.reminders import KIND, Reason

POLL_SECONDS = 1.0
"""How often rows are looked for that another process wrote."""
RECOVER_SECONDS = 15.0
"""How often messages are looked for whose sender is dead; a start looks at once."""
LONGEST_ATTEMPT = 30.0
"""Seconds of one attempt, all its calls together; the lease is longer, so that nobody else begins meanwhile."""
LANES_AT_ONCE = 64
SETTLED_WITHIN = 0.02
"""Seconds that the bookkeeping of a chat's last message may wait for other work to be committed with."""
UNASKED = frozenset({"notice", KIND})
_LOG = structlog.get_logger()


@dataclass(slots=True)
class _Taken:
    """What a transaction took out of the outbox: how many, those to send, and why reminders among them are not."""

    taken: int = 0
    ready: list[Delivery] = field(default_factory=list)
    dropped: list[Reason] = field(default_factory=list)

    def add(self, found: Delivery | Reason | None) -> None:
        """Add what :func:`bot.reminding.in_hand` said of one."""
        if isinstance(found, Delivery):
            self.ready.append(found)
        elif found is not None:
            self.dropped.append(found)


class Sender:
    """Delivers the outbox of one bot; several may run, a message is only ever in one pair of hands.

    ``unasked`` is how many messages a second it may send that nobody waits for. Without a ``posting`` it leaves the
    support group to another process.
    """

    def __init__(
        self,
        store: Store,
        bot: Bot,
        words: Words,
        instance: Instance,
        *,
        policy: Policy,
        metrics: Metrics,
        unasked: float = NOTICE_RATE,
        posting: Posting | None = None,
    ) -> None:
        self.owner = instance.owner
        self._instance = instance
        self._policy = policy
        self._metrics = metrics
        self._posting = posting
        self._store = store
        self._bot = bot
        self._words = words
        self._limits = Limits(time.monotonic(), unasked=unasked)
        self._lanes: set[asyncio.Task[None]] = set()
        self._reserved: set[int] = set()  # rows that wait for a token they have already taken
        self._wake = asyncio.Event()
        self._closing = False

    def asked(self, chat_id: int) -> None:
        """Note that a customer wrote: the answers may follow as quickly."""
        self._limits.earn(chat_id)

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Send what a transaction took (committed by now), each in its chat's lane."""
        for delivery in deliveries:
            self._begin(self._lane(delivery) if delivery.kind != KIND else self._reminder(delivery))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        lane = asyncio.create_task(work)
        self._lanes.add(lane)
        lane.add_done_callback(self._lanes.discard)

    def look(self) -> None:
        """Look into the outbox now: something was written for others to send."""
        self._wake.set()

    async def run(self) -> None:
        """Recover what a dead sender held, then deliver until :meth:`close`."""
        recover_at = 0.0
        while not self._closing:
            self._wake.clear()
            try:
                if time.monotonic() >= recover_at:
                    for message, outcome in await self._store.do(partial(recover, dead=self._instance.dead)):
                        self._metrics.settled(message, outcome.state)
                    self._instance.recovered()
                    recover_at = time.monotonic() + RECOVER_SECONDS
                while not self._closing and (free := LANES_AT_ONCE - len(self._lanes)) > 0:
                    found = await self._store.do(partial(self._take, limit=free))
                    for delivery in found.ready:
                        self._begin(self._lane(delivery))
                    self._metrics.dropped(found.dropped)
                    if not found.taken:
                        break
            except SQLAlchemyError as error:
                _LOG.error("outbox_out_of_order", error=type(error).__name__)
            self._limits.forget_idle(time.monotonic())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

    async def close(self) -> None:
        """Finish the calls in flight and begin no further one."""
        self._closing = True
        self._wake.set()
        if self._lanes:
            await asyncio.wait(self._lanes)

    def _take(self, session: Session, *, limit: int) -> _Taken:
        threads = self._posting is not None and not self._posting.full
        found = take(session, owner=self.owner, now=datetime.now(UTC), limit=limit, threads=threads)
        taken = _Taken(len(found))
        for delivery in found:
            taken.add(self._in_hand(session, delivery))
        return taken

    def _in_hand(self, session: Session, delivery: Delivery) -> Delivery | Reason | None:
        return in_hand(session, delivery, words=self._words, policy=self._policy, now=datetime.now(UTC))

    async def _reminder(self, delivery: Delivery) -> None:
        """Send a reminder that a turn found at the front of its chat, if it is still wanted."""
        try:
            found = await self._store.do(partial(self._in_hand, delivery=delivery))
        except SQLAlchemyError as error:
            _LOG.error("outbox_out_of_order", error=type(error).__name__, message=delivery.id)
            return
        if isinstance(found, Delivery):
            await self._lane(found)
            return
        self._metrics.dropped([found] if found else [])
        self._wake.set()

    async def _lane(self, delivery: Delivery) -> None:
        """Send one message after another while the chat has any."""
        following: Delivery | None = delivery
        while following is not None:
            current = following
            outcome = await self._attempt(current)
            try:
                last = current.last or current.kind == KIND
                held, taken = await self._store.do(
                    partial(self._settle_and_take, current, outcome), within=SETTLED_WITHIN if last else 0
                )
            except SQLAlchemyError as error:
                # It stays "sending" and in doubt, as after a crash; the lease decides when it is looked at again.
                _LOG.error("outbox_out_of_order", error=type(error).__name__, message=current.id)
                return
            following = taken.ready[0] if taken.ready else None
            self._metrics.dropped(taken.dropped)
            if held:
                self._metrics.settled(current, outcome.state)
            if outcome.retry_in is not None:
                asyncio.get_running_loop().call_later(outcome.retry_in, self._wake.set)

    def _settle_and_take(self, delivery: Delivery, outcome: Outcome, session: Session) -> tuple[bool, _Taken]:
        held, taken = settle(session, delivery, outcome, now=datetime.now(UTC)), _Taken()
        if self._closing or outcome.state == MessageState.QUEUED:
            return held, taken
        next_one = partial(take_next, session, owner=self.owner, chat_id=delivery.chat_id, thread=delivery.thread)
        while following := next_one(now=datetime.now(UTC)):
            taken.add(self._in_hand(session, following))
            if taken.ready:
                break
        return held, taken

    async def _attempt(self, delivery: Delivery) -> Outcome:
        if self._closing:
            return waits(0, "stopping", tried=False)
        if delivery.id in self._reserved:
            self._reserved.discard(delivery.id)
        elif delivery.thread is None:
            wait = self._limits.wait(delivery.chat_id, unasked=delivery.kind in UNASKED, now=time.monotonic())
            if wait > 0:
                self._reserved.add(delivery.id)
                return waits(wait, None, tried=False)
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT):
                return await self._call(delivery)
        except TimeoutError:
            return in_doubt(delivery, "it took too long")
        except WordsMissing as error:
            _LOG.error("words_missing", names=error.names, message=delivery.id)
            return Outcome(MessageState.FAILED, error=str(error))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the messages behind it wait for it to end
            _LOG.error("call_failed", message=delivery.id, **described(error))
            # The database is asked before the call: nothing was sent, and nothing is wrong with the message.
            away = isinstance(error, OperationalError | PoolTimeout)
            reason = type(error).__name__
            return waits(backoff_of(delivery), reason) if away else Outcome(MessageState.FAILED, error=reason)

    async def _call(self, delivery: Delivery) -> Outcome:
        if delivery.thread is not None and self._posting is not None:
            return await self._posting.attempt(delivery)
        if needed(delivery, self._words):
            delivery = await self._store.do(partial(prepare, delivery, self._words))
        try:
            return Outcome(MessageState.SENT, made=tuple(await call(self._bot, delivery, self._words)))
        except TelegramError as error:
            outcome = outcome_of(error, delivery)
        if outcome.as_plain:
            _LOG.warning("markup_unreadable", message=delivery.id)
            try:
                return Outcome(
                    MessageState.SENT, made=tuple(await call(self._bot, delivery, self._words, as_plain=True))
                )
            except TelegramError as error:
                outcome = outcome_of(error, delivery)
        if outcome.error:
            # Its type only: Telegram may quote the text. All of it is in the row.
            _LOG.info("not_delivered", message=delivery.id, state=outcome.state, error=outcome.error.partition(":")[0])
        return outcome
