"""The gateway's way to the database: one unit of work at a time, off the event loop.

SQLite has one writer, so it gets one thread and no queue for its lock inside the process; PostgreSQL gets a few.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tradein.database import connect, sessions, transaction

POSTGRESQL_THREADS = 8
PAUSES = (0.2, 1.0)
"""Seconds before the second and the third try."""


class Store:
    """Runs functions of a session in transactions."""

    def __init__(self, url: str) -> None:
        self._engine = connect(url)
        self._sessions = sessions(self._engine)
        threads = POSTGRESQL_THREADS if self._engine.dialect.name == "postgresql" else 1
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="database")

    async def do[Result](self, work: Callable[[Session], Result]) -> Result:
        """Return what ``work`` returns, committed; what it raises, rolled back.

        A database that is locked or restarts is tried again a little later: a turn thought out isn't thrown away. The
        error may have come with the answer to a commit that succeeded, so ``work`` must bear to run after itself.
        """
        for pause in PAUSES:
            try:
                return await self._run(work)
            except OperationalError:
                await asyncio.sleep(pause)
        return await self._run(work)

    async def _run[Result](self, work: Callable[[Session], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._transact, work)

    def _transact[Result](self, work: Callable[[Session], Result]) -> Result:
        with transaction(self._sessions) as session:
            return work(session)

    def close(self) -> None:
        """Finish the transactions in hand, begin no other, and give the connections back."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()
