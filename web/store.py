"""The API's way to the database: one unit of work at a time, off the event loop.

SQLite has one writer, so it gets one thread for writing and no queue for its lock inside the process; those who only
read don't wait for it. PostgreSQL gets as many threads as it has connections.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

import tradein.schema  # noqa: F401 - every table, or a foreign key of one leads nowhere
from tradein.database import Sessions, connect, reading, transaction

THREADS = 8


class Store:
    """Runs functions of a session, each in a transaction of its own; what they raise rolls it back."""

    def __init__(self, url: str) -> None:
        engine = connect(url)
        self.sessions = Sessions(engine)
        writers = THREADS if engine.dialect.name == "postgresql" else 1
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="writing")
        self._readers = ThreadPoolExecutor(THREADS - writers or THREADS, thread_name_prefix="reading")

    async def do[Result](self, work: Callable[[Session], Result]) -> Result:
        """Return what ``work`` returns, committed."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, self.transact, work)

    async def read[Result](self, work: Callable[[Session], Result]) -> Result:
        """Return what ``work`` reads; it changes nothing."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._look, work)

    def transact[Result](self, work: Callable[[Session], Result]) -> Result:
        """Do a unit of work in this thread."""
        with transaction(self.sessions) as session:
            return work(session)

    def _look[Result](self, work: Callable[[Session], Result]) -> Result:
        with reading(self.sessions) as session:
            return work(session)

    def close(self) -> None:
        """Finish the transactions in hand, begin no other, and give the connections back."""
        for executor in (self._writers, self._readers):
            executor.shutdown(wait=True, cancel_futures=True)
        self.sessions.close()
