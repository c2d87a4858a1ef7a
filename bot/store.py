"""The gateway's way to the database: units of work off the event loop, those that wait together in one transaction.

    do(work) ──► waiting ──a thread is free──► {work, work, …} committed once ──► each caller goes on

SQLite has one writer, so it gets one thread; what comes while it is busy shares the next transaction, for it is the
commit that takes long. PostgreSQL commits side by side and locks rows: it gets a few threads, and a unit each.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tradein.database import Sessions, connect, transaction

POSTGRESQL_THREADS = 8
SHARING = 64
"""Units of work in one transaction, at most."""
PAUSES = (0.2, 1.0)
"""Seconds before the second and the third try."""


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


@dataclass(frozen=True, slots=True)
class _Unit:
    """A function of a session, and who waits for what it returns; one that runs ``alone`` shares no transaction."""

    work: Callable[[Session], Any]
    done: asyncio.Future[Any]
    alone: bool


class Store:
    """Runs functions of a session in transactions."""

    def __init__(self, url: str) -> None:
        engine = connect(url)
        self._sessions = Sessions(engine)
        several = engine.dialect.name == "postgresql"
        self._free = POSTGRESQL_THREADS if several else 1
        self._sharing = 1 if several else SHARING
        self._waiting: deque[_Unit] = deque()
        self._executor = ThreadPoolExecutor(self._free, thread_name_prefix="database")

    async def do[Result](self, work: Callable[[Session], Result], *, within: float = 0.0) -> Result:
        """Return what ``work`` returns, committed; what it raises, rolled back, and nobody else's work with it.

        Work that may wait ``within`` seconds is committed with what else comes until then. A database that is locked
        or restarts is tried again a little later: a turn thought out isn't thrown away. The error may have come with
        the answer to a commit that succeeded, and of work that shared a transaction with a failure all is rolled back
        and run again: so ``work`` must bear to run after itself.
        """
        alone = False
        for pause in PAUSES:
            try:
                return await self._run(work, within, alone=alone)
            except OperationalError:
                await asyncio.sleep(pause)
                alone = True
        return await self._run(work, within, alone=alone)

    async def _run[Result](self, work: Callable[[Session], Result], within: float, *, alone: bool) -> Result:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._waiting.append(_Unit(work, done, alone))
        if within:
            loop.call_later(within, self._go_on)
        else:
            self._go_on()
        return await done

    def _go_on(self) -> None:
        """Give what waits to the threads that are free."""
        while self._free and (units := self._next()):
            self._free -= 1
            transacting = asyncio.get_running_loop().run_in_executor(self._executor, self._transact, units)
            transacting.add_done_callback(partial(self._over, units))

    def _next(self) -> list[_Unit]:
        """Take the units of the next transaction out of what waits, in the order in which they came."""
        units: list[_Unit] = []
        while self._waiting and len(units) < self._sharing:
            if units and (units[0].alone or self._waiting[0].alone):
                break
            unit = self._waiting.popleft()
            if not unit.done.done():  # or nobody waits for it any more
                units.append(unit)
        return units

    def _over(self, units: list[_Unit], transacting: asyncio.Future[list[Any]]) -> None:
        """Tell everybody what became of their work."""
        self._free += 1
        if transacting.cancelled():  # the store was closed
            for unit in units:
                unit.done.cancel()
            return
        error = transacting.exception()
        results = [_Raised(error)] * len(units) if error else transacting.result()
        for unit, result in zip(units, results, strict=True):
            if unit.done.done():
                continue
            if isinstance(result, _Raised):
                unit.done.set_exception(result.error)
            else:
                unit.done.set_result(result)
        self._go_on()

    def _transact(self, units: Sequence[_Unit]) -> list[Any]:
        """Return what each unit returns, or what it raises."""
        try:
            return self._commit([unit.work for unit in units])
        except Exception as error:  # noqa: BLE001 - it belongs to the caller who waits for it
            if len(units) == 1 or isinstance(error, OperationalError):
                return [_Raised(error)] * len(units)
            return [result for unit in units for result in self._transact([unit])]

    def _commit(self, works: Sequence[Callable[[Session], Any]]) -> list[Any]:
        with transaction(self._sessions) as session:
            return [_done(work, session) for work in works]

    def close(self) -> None:
        """Finish the transactions in hand, begin no other, and give the connections back."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._sessions.close()


def _done(work: Callable[[Session], Any], session: Session) -> Any:  # noqa: ANN401 - whatever the work returns
    """Do one piece of work; the next one finds its rows in the database, not in the session."""
    result = work(session)
    session.flush()
    session.expunge_all()
    return result
