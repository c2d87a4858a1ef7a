"""One way to the database, SQLite or PostgreSQL.

Only an edge opens a transaction, with :func:`transaction`; the verbs of the core get its session and never commit.
On SQLite a writing transaction takes the write lock when it begins (BEGIN IMMEDIATE): two processes queue up for
``busy_timeout`` instead of failing half-way when a read turns into a write.
"""

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy import JSON, Connection, DateTime, Engine, MetaData, Select, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_MS = 10_000
IDLE = 4
"""Connections kept for the next units of work, at most."""
READING = "DEFERRED"
_BEGIN = ContextVar("how a transaction of SQLite begins", default="IMMEDIATE")

Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Every table, the core's and the gateway's; constraints carry names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@lru_cache(maxsize=512)
def _wall_time(moment: datetime | None) -> str | None:
    """Write a moment as SQLAlchemy's type does, "2026-11-23 06:30:00.000000"; one is written many times over."""
    if moment is None:
        return None
    return _in_utc(moment).replace(tzinfo=None).isoformat(" ", "microseconds")


@lru_cache(maxsize=512)
def _moment(wall_time: str | None) -> datetime | None:
    return datetime.fromisoformat(wall_time).replace(tzinfo=UTC) if wall_time else None


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone: pass an aware datetime")
    return moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware and in UTC on the Python side on both databases; a naive datetime is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values."""
        del dialect
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back in UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """Store it on SQLite as the wall time in UTC."""
        return _wall_time if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """Read it back."""
        return _moment if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _json(value: object) -> str:
    """Write JSON; what only the standard library writes, half a character of an emoji, it still does."""
    try:
        return to_json(value).decode()
    except PydanticSerializationError:
        return json.dumps(value)


def _parsed(text: str | bytes) -> Any:  # noqa: ANN401 - whatever was written
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)


def connect(url: str) -> Engine:
    """Return an engine for ``url``; a SQLite file's folder is made. Nothing is contacted yet.

    An error of the database names no parameters: it may be logged, and they are what people wrote.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=10,
            hide_parameters=True,
            json_serializer=_json,
            json_deserializer=_parsed,
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed.set(drivername=f"sqlite+{_DRIVER}"),
        connect_args={"check_same_thread": False},
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=_parsed,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


class _Sqlite(SQLiteDialect_pysqlite):
    """SQLite through the standard library's driver, whose transactions we begin ourselves.

    An engine's own event would do for that, and cost every transaction ten times the statement.
    """

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:  # noqa: ANN401 - the pool's proxy of a connection
        """Take the write lock, unless the transaction only reads."""
        dbapi_connection.driver_connection.execute(f"BEGIN {_BEGIN.get()}")


_DRIVER = "tradein"
registry.register(f"sqlite.{_DRIVER}", __name__, _Sqlite.__name__)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver opens no transaction by itself: do_begin does
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a committed update survives the plug being pulled, not only a killed process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def failure(connection: Connection, sql: str, error: Exception) -> BaseException:
    """Return what SQLAlchemy makes of a driver's error; a connection that is gone is given up."""
    dialect: Any = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection, None)
    if gone:
        connection.invalidate(error)
    made: BaseException = DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=dialect,
    )
    return made


class _Joined(Session):
    """The session of a unit of work, whose transaction is not its own: only the unit commits it or takes it back."""

    def commit(self) -> None:
        """Refuse: the unit commits when its block ends."""
        raise RuntimeError("a unit of work commits when its block ends")

    def rollback(self) -> None:
        """Refuse: the unit is rolled back by raising."""
        raise RuntimeError("a unit of work is rolled back by raising an error")


class Unit(NamedTuple):
    """What a unit of work is done with: the transaction is the connection's, and the session joins in."""

    session: Session
    connection: Connection


class Sessions(sessionmaker[Session]):
    """Makes the sessions of an engine; rows stay readable after a commit, for the edge that words the answer.

    On SQLite what a unit of work was done with is kept for the next one, for to make it anew each time costs as much as
    five statements; not if anything went wrong. PostgreSQL's connections go back to the pool, which looks whether they
    still answer.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.engine = engine
        self._keeps = IDLE if engine.dialect.name == "sqlite" else 0
        self._idle: deque[Unit] = deque()

    def take(self) -> Unit:
        """Return what nobody works with, to be given back with :meth:`keep` or :meth:`drop`."""
        try:
            return self._idle.pop()
        except IndexError:
            connection = self.engine.connect()
            return Unit(_Joined(connection, expire_on_commit=False, join_transaction_mode="rollback_only"), connection)

    def keep(self, unit: Unit) -> None:
        """Take a unit back whose session is closed and whose transaction is over."""
        if len(self._idle) < self._keeps:
            self._idle.append(unit)
        else:
            unit.connection.close()

    def drop(self, unit: Unit) -> None:
        """Take a unit back that failed: what it did is rolled back, by closing its connection."""
        try:
            unit.session.close()
        finally:
            unit.connection.close()

    def close(self) -> None:
        """Give every connection back."""
        while self._idle:
            self._idle.pop().connection.close()
        self.engine.dispose()


def _write_all(session: Session) -> None:
    if session.in_nested_transaction():
        raise RuntimeError("a savepoint is still open")
    session.flush()


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """Give one unit of work: committed when the block ends, rolled back when it raises."""
    unit = sessions.take()
    session, connection = unit
    try:
        begun = connection.begin()
        yield session
        _write_all(session)
        session.close()
        begun.commit()
    except BaseException:
        sessions.drop(unit)
        raise
    sessions.keep(unit)


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """Give a session that only reads: on SQLite it takes no write lock, so it never waits for a writer."""
    unit = sessions.take()
    session, connection = unit
    try:
        wanted = _BEGIN.set(READING)
        try:
            begun = connection.begin()
        finally:
            _BEGIN.reset(wanted)
        yield session
        session.close()  # before the rollback, which would expire the rows: they stay readable as after a commit
        begun.rollback()
    except BaseException:
        sessions.drop(unit)
        raise
    sessions.keep(unit)


def found_or_added[T: Base](session: Session, query: Select[T], make: Callable[[], T]) -> T:
    """Return the row that ``query`` finds, else the one ``make`` gives, added.

    Of two transactions that add the same row at once a constraint stops the second, which then finds the first's.
    """
    found = session.scalar(query)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            row = make()
            session.add(row)
    except IntegrityError:
        return session.scalars(query).one()
    return row
