"""Who watches the world live: one queue per open page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from sandbox.errors import Json

BACKLOG: Final = 2000
"""Events a page may be behind; a slower one is cut off and loads everything anew when it reconnects."""

type Event = tuple[str, Json]


class Watchers:
    """Hands each event to every page."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Event | None]] = set()

    def tell(self, kind: str, payload: Json) -> None:
        """Pass on an event; costs nothing while nobody watches."""
        for queue in list(self._queues):
            try:
                queue.put_nowait((kind, payload))
            except asyncio.QueueFull:
                self._cut_off(queue)

    def close(self) -> None:
        """End every page's stream."""
        for queue in list(self._queues):
            self._cut_off(queue)

    def _cut_off(self, queue: asyncio.Queue[Event | None]) -> None:
        self._queues.discard(queue)
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                queue.get_nowait()
        queue.put_nowait(None)

    async def watch(self, heartbeat: float) -> AsyncIterator[Event | None]:
        """Yield events as they come, and None every `heartbeat` seconds of silence so that a dead page is noticed."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(BACKLOG)
        self._queues.add(queue)
        try:
            while True:
                try:
                    async with asyncio.timeout(heartbeat):
                        event = await queue.get()
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._queues.discard(queue)
