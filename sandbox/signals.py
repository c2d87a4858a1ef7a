"""Waking whoever waits for something to happen, within one event loop."""

import asyncio


class Signal:
    """Waiters sleep until `wake`; unlike a condition there is no lock, so a wake-up costs microseconds."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        """Let everyone who waits go on."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, seconds: float) -> bool:
        """Wait at most `seconds`; True when woken, False when the time passed first."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True
