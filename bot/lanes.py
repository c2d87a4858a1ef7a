"""One customer's updates one after the other, different customers side by side; so the topics of the support group.

Rasa's own lock would let the second message of a customer wait for a poll of a second; here it waits for the first to
end, and nobody else waits at all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

BACKLOG = 4096
"""Updates in hand at once: PTB takes its semaphore before our lock, so one flooding chat could fill a small one."""


class Lanes(BaseUpdateProcessor):
    """A lane per chat, gone when it is empty.

    When :meth:`close` was called, a lane starts no further update: what is left stays unfinished in the inbox and is
    taken up by the next start.
    """

    __slots__ = ("_closed", "_lanes", "_locks", "_over", "_running", "_waiting")

    def __init__(self, over: Callable[[int], None]) -> None:
        """Call ``over`` with an update's id when nothing more happens to it here."""
        super().__init__(BACKLOG)
        self._over = over
        self._locks: dict[tuple[int, int], asyncio.Lock] = {}
        self._lanes: dict[tuple[int, int], dict[int, object]] = {}
        self._waiting: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._running: set[asyncio.Task[Any]] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Await ``coroutine`` when the chat's earlier updates are done; updates without a chat don't wait."""
        key = _lane_of(update)
        lock = self._locks.setdefault(key, asyncio.Lock())
        lane = self._lanes.setdefault(key, {})
        lane[id(update)] = update
        try:
            async with lock:
                if self._closed:
                    if isinstance(coroutine, Coroutine):
                        coroutine.close()
                    return
                await self._run(coroutine)
        finally:
            if isinstance(update, Update):
                self._over(update.update_id)
            lane.pop(id(update), None)
            if not lane:
                self._lanes.pop(key, None)
                self._locks.pop(key, None)

    def behind(self, update: Update) -> Iterator[Update]:
        """Give what waits behind the update whose turn it is, in order."""
        lane = iter(self._lanes.get(_lane_of(update), {}).values())
        return (later for later in lane if isinstance(later, Update) and later is not update)

    async def _run(self, coroutine: Awaitable[Any]) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a lane runs in a task")
        self._running.add(task)
        try:
            await coroutine
        finally:
            self._running.discard(task)

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Mark the running lane as one that waits for the engine: :meth:`close` ends it instead of waiting too."""
        task = asyncio.current_task()
        if task is None or self._closed:
            raise asyncio.CancelledError
        self._waiting.add(task)
        try:
            yield
        finally:
            self._waiting.discard(task)

    def close(self) -> None:
        """Start nothing more and end the lanes that only wait."""
        self._closed = True
        for task in self._waiting:
            task.cancel()

    def abandon(self) -> None:
        """End the lanes that still run: to the inbox and the outbox it is a crash, and they are made for that."""
        for task in self._running:
            task.cancel()

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""


def _lane_of(update: object) -> tuple[int, int]:
    """Return the chat, and in a forum the topic; zeroes for what has none."""
    if not isinstance(update, Update) or update.effective_chat is None:
        return 0, 0
    message = update.effective_message
    topic = getattr(message, "message_thread_id", None) if getattr(message, "is_topic_message", None) else None
    return update.effective_chat.id, topic or 0
