"""The core as an action reaches it: one transaction in a thread, for the customer of the conversation."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property

from sqlalchemy.orm import Session

from tradein import conditions, customers, database, settings
from tradein.conditions import ConditionBook
from tradein.customers import Customer
from tradein.database import Sessions
from tradein.policy import Policy

POSTGRESQL_THREADS = 8


@dataclass(frozen=True)
class Desk:
    """What the verbs of the core need: the session of this transaction, the customer, the policy and the moment."""

    session: Session
    customer: Customer
    policy: Policy
    now: datetime

    @cached_property
    def book(self) -> ConditionBook:
        """The condition questions in force in this transaction."""
        return conditions.book(self.session)


@cache
def _maker() -> Sessions:
    return database.Sessions(database.connect(settings.load().database_url))


@cache
def _threads() -> ThreadPoolExecutor:
    # SQLite has one writer at a time: with one thread turns queue up here, in order, and not in the driver.
    one_writer = _maker().engine.dialect.name == "sqlite"
    return ThreadPoolExecutor(1 if one_writer else POSTGRESQL_THREADS, thread_name_prefix="core")


async def write[T](conversation_id: str, work: Callable[[Desk], T]) -> T:
    """Do one unit of work for the customer of a conversation: all of it, or nothing when it raises.

    Raises UnknownCustomer and whatever refusal the work meets.
    """

    def unit() -> T:
        with database.transaction(_maker()) as session:
            return work(_desk(session, conversation_id))

    return await asyncio.get_running_loop().run_in_executor(_threads(), unit)


async def read[T](conversation_id: str, work: Callable[[Desk], T]) -> T:
    """Look something up for the customer of a conversation; waits for no writer. Raises as :func:`write`.

    Return values, not rows: a row can't be read any more after this transaction.
    """

    def unit() -> T:
        with database.reading(_maker()) as session:
            return work(_desk(session, conversation_id))

    return await asyncio.get_running_loop().run_in_executor(_threads(), unit)


def _desk(session: Session, conversation_id: str) -> Desk:
    customer = customers.by_conversation(session, conversation_id)
    return Desk(session, customer, settings.load().policy, datetime.now(UTC))
