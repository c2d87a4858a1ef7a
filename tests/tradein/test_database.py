"""Units of work: committed or rolled back whole, and what one was done with serves the next."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError, InvalidRequestError, OperationalError, PendingRollbackError
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tradein import customers
from tradein.customers import Customer
from tradein.database import IDLE, Sessions, reading, transaction
from tradein.outbox import Message, MessageState
from tradein.prepared import put, written

MESSAGE = {"customer_id": None, "kind": "reply", "body": {}, "state": MessageState.QUEUED}
MESSAGE |= {"not_before": NOW, "created_at": NOW}


def meet(session: Session, number: int = 1) -> Customer:
    """Write a customer as the session does."""
    return customers.meet(session, telegram_user_id=number, chat_id=number, first_name="Asha", language="en", now=NOW)


def chats(sessions: Sessions) -> list[int]:
    """Return the chats that have a message waiting, as another unit sees them."""
    with transaction(sessions) as session:
        return list(session.scalars(select(Message.chat_id).order_by(Message.chat_id)))


def test_what_the_session_and_the_driver_write_is_one_transaction(either_database: Sessions) -> None:
    """In whatever order: all of it is there afterwards, and each sees what the other wrote."""
    with transaction(either_database) as session:
        put(session, Message, chat_id=1, **MESSAGE)
        asha = meet(session)
        put(session, Message, chat_id=2, **MESSAGE)
        session.add(Message(chat_id=3, **MESSAGE))
        assert session.scalars(select(Message.chat_id).order_by(Message.chat_id)).all() == [1, 2, 3]
    assert asha.first_name == "Asha"
    assert chats(either_database) == [1, 2, 3]


@pytest.mark.parametrize("first", ["driver", "session"])
def test_a_unit_that_raises_leaves_nothing(either_database: Sessions, first: str) -> None:
    """Whoever wrote first, and the next unit works."""

    def fail() -> None:
        with transaction(either_database) as session:
            if first == "session":
                meet(session)
            put(session, Message, chat_id=1, **MESSAGE)
            meet(session)
            raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        fail()
    assert chats(either_database) == []
    with transaction(either_database) as session:
        assert session.scalars(select(Customer)).all() == []
        put(session, Message, chat_id=2, **MESSAGE)
    assert chats(either_database) == [2]


def test_what_is_still_to_be_written_is_written_with_the_commit(either_database: Sessions) -> None:
    """A constraint that it breaks is the unit's error."""
    with transaction(either_database) as session:
        session.add(Message(chat_id=1, dedupe_key="k", **MESSAGE))

    def again() -> None:
        with transaction(either_database) as session:
            put(session, Message, chat_id=2, **MESSAGE)
            session.add(Message(chat_id=3, dedupe_key="k", **MESSAGE))

    with pytest.raises(IntegrityError):
        again()
    assert chats(either_database) == [1]


def test_after_a_failed_flush_nothing_more_is_written(either_database: Sessions) -> None:
    """Also by who swallows the error: the transaction is gone, and everybody is told."""
    with transaction(either_database) as session:
        session.add(Message(chat_id=1, dedupe_key="k", **MESSAGE))

    def swallow() -> None:
        with transaction(either_database) as session:
            put(session, Message, chat_id=2, **MESSAGE)
            session.add(Message(chat_id=3, dedupe_key="k", **MESSAGE))
            with pytest.raises(IntegrityError):
                session.flush()
            with pytest.raises(PendingRollbackError):
                put(session, Message, chat_id=4, **MESSAGE)

    with pytest.raises(InvalidRequestError, match="inactive"):
        swallow()
    assert chats(either_database) == [1]


def test_a_savepoint_takes_back_its_own(either_database: Sessions) -> None:
    """And the unit goes on, with either way of writing."""
    with transaction(either_database) as session:
        put(session, Message, chat_id=1, **MESSAGE)
        with session.begin_nested() as savepoint:
            put(session, Message, chat_id=2, **MESSAGE)
            savepoint.rollback()
        put(session, Message, chat_id=3, **MESSAGE)
    assert chats(either_database) == [1, 3]


def test_the_next_unit_finds_no_row_of_the_last(either_database: Sessions) -> None:
    """What a unit was done with is kept, what it held isn't."""
    with transaction(either_database) as session:
        row = written(session, Message, chat_id=1, **MESSAGE)
    with transaction(either_database) as session:
        assert list(session.identity_map) == []
        again = session.get_one(Message, row.id)
        assert again is not row
        again.chat_id = 7
    assert row.chat_id == 1
    assert chats(either_database) == [7]


def test_sqlite_keeps_its_connection_and_drops_one_that_failed(database: Sessions) -> None:
    """One unit after the other has the same; a failure costs a new one, as if the old were broken."""
    seen = []

    def unit(problem: Exception | None = None) -> None:
        with transaction(database) as session:
            seen.append(session)
            if problem:
                raise problem

    unit()
    unit()
    with reading(database) as session:
        seen.append(session)
    with pytest.raises(ValueError, match="no"):
        unit(ValueError("no"))
    unit()
    assert seen[0] is seen[1] is seen[2] is seen[3]
    assert seen[4] is not seen[3]


def test_units_at_once_have_a_session_each(database: Sessions) -> None:
    """However many: no more than a few are kept, and all connections go back."""
    gate = threading.Barrier(IDLE + 3)
    seen: list[Session] = []

    def look() -> None:
        with reading(database) as session:
            seen.append(session)
            gate.wait(timeout=20)

    threads = [threading.Thread(target=look) for _ in range(IDLE + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(session) for session in seen}) == IDLE + 3
    pool = database.engine.pool
    assert pool.checkedout() == IDLE  # type: ignore[attr-defined]
    database.close()
    assert pool.checkedout() == 0  # type: ignore[attr-defined]


def test_postgresqls_connections_go_back_to_the_pool(either_database: Sessions) -> None:
    """Which looks whether they still answer: a server that restarted meanwhile costs nobody a unit."""
    if either_database.engine.dialect.name == "sqlite":
        return
    with transaction(either_database) as session:
        put(session, Message, chat_id=1, **MESSAGE)
    assert either_database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_reader_waits_for_no_writer_and_keeps_its_rows(database: Sessions) -> None:
    """It sees what was committed when it began to read."""
    with transaction(database) as session:
        meet(session)
    with transaction(database) as writer, reading(database) as reader:
        meet(writer, 2)
        found = list(reader.scalars(select(Customer)))
        assert [customer.telegram_user_id for customer in found] == [1]
    assert found[0].first_name == "Asha"


def test_a_lock_that_is_not_given_up_fails_the_unit_only(database: Sessions, database_url: str) -> None:
    """SQLite's one lock is waited for when the unit begins."""
    with transaction(database):
        pass

    @event.listens_for(database.engine, "connect")
    def impatient(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    database.close()  # the connections that are patient
    other = sqlite3.connect(Path(database_url.removeprefix("sqlite:///")), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction(database):
        pytest.fail("it never begins")
    other.execute("COMMIT")
    with transaction(database) as session:
        put(session, Message, chat_id=1, **MESSAGE)
    other.close()
    assert chats(database) == [1]


def test_only_the_unit_commits_or_takes_back(either_database: Sessions) -> None:
    """Whoever tries it within is told, and the unit fails whole; so does one that leaves a savepoint open."""

    def unit(then: str) -> None:
        with transaction(either_database) as session:
            put(session, Message, chat_id=1, **MESSAGE)
            getattr(session, then)()
            put(session, Message, chat_id=2, **MESSAGE)

    for then, why in (("commit", "block ends"), ("rollback", "by raising"), ("begin_nested", "still open")):
        with pytest.raises(RuntimeError, match=why):
            unit(then)
        assert chats(either_database) == []


def test_a_row_written_again_after_a_savepoint_is_itself(either_database: Sessions) -> None:
    """SQLite gives the key of the one that was taken back once more."""
    with transaction(either_database) as session:
        with session.begin_nested() as savepoint:
            gone = written(session, Message, chat_id=1, **MESSAGE)
            savepoint.rollback()
        again = written(session, Message, chat_id=2, **MESSAGE)
        assert again.chat_id == 2
    assert gone.id
    assert chats(either_database) == [2]
