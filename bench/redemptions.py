"""What a redemption costs: a coupon reserved and an order placed with it, beside the bare statements of the same.

The limit is measured, not guessed: every statement that reaches the driver is noted there with its values, in a run of
its own, and sent again by the driver alone, in the same transactions, to a copy of the database as it was. Ours runs on
another copy, as it runs in a shop: nobody listens. What lies between the two is our code. They take turns, a score of
redemptions each, so that a slow minute of the machine is a slow minute of both.
"""

import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Dialect, Engine, create_engine, event, make_url, text

from bench.postgresql import server
from tests.builders import NEW_PHONE, POLICY, Shopper, imei_number, paid, stock
from tradein import checkout, database, migrate, visits
from tradein.baskets import Line
from tradein.database import Sessions

COUNT = 300
WARM = 20
NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)

type _Work = Callable[[], object]


@dataclass(frozen=True)
class Redemptions:
    """Redemptions a second, one after the other: ours, and the same statements bare."""

    database: str
    ours: float
    bare: float
    statements: float

    @property
    def share(self) -> float:
        """How much of the limit is reached."""
        return self.ours / self.bare


class Sent(NamedTuple):
    """One call of the driver's cursor: ``execute`` with its values, or ``executemany`` with those of each row."""

    call: str
    statement: str
    values: Any


@dataclass
class Script:
    """The transactions of each redemption, as statements with their values."""

    redemptions: list[list[list[Sent]]] = field(default_factory=list)
    open: bool = False

    def listen(self, engine: Engine) -> None:
        """Note what is sent from now on: in the driver's own cursors, so that nothing gets by."""
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", self._commit)

    def _begin(self, _connection: object) -> None:
        self.redemptions[-1].append([])
        self.open = True

    def _commit(self, _connection: object) -> None:
        self.open = False

    def _connect(self, dialect: Dialect, _record: object, _args: object, parameters: dict[str, Any]) -> None:
        def noted(sent: Sent) -> None:
            if self.open:
                self.redemptions[-1][-1].append(sent)

        if dialect.name == "sqlite":
            parameters["factory"] = _noting_connection(noted)
        else:
            parameters["cursor_factory"] = _noting(psycopg.Cursor, noted)


def _noting(cursor: Any, noted: Callable[[Sent], None]) -> Any:  # noqa: ANN401 - of either driver
    """Return a class of cursors that say what they send."""

    class Noting(cursor):  # type: ignore[misc]
        def execute(self, statement: str, values: Any = (), **options: Any) -> Any:  # noqa: ANN401
            noted(Sent("execute", statement, values))
            return super().execute(statement, values, **options)

        def executemany(self, statement: str, values: Any, **options: Any) -> Any:  # noqa: ANN401
            noted(Sent("executemany", statement, values))
            return super().executemany(statement, values, **options)

    return Noting


def _noting_connection(noted: Callable[[Sent], None]) -> type[sqlite3.Connection]:
    class Noting(sqlite3.Connection):
        def cursor(self, *_factory: object) -> Any:  # noqa: ANN401
            return super().cursor(cursors)

    cursors = _noting(sqlite3.Cursor, noted)
    return Noting


def measure(folder: Path) -> list[Redemptions]:
    """Measure on SQLite and on PostgreSQL."""
    return [_on_sqlite(folder), _on_postgresql(folder)]


def _on_sqlite(folder: Path) -> Redemptions:
    before, noted, after = (folder / f"{name}.db" for name in ("before", "noted", "ours"))
    codes = _prepared(f"sqlite:///{before}")
    for copy in (noted, after):
        shutil.copy(before, copy)
    script = _noted(f"sqlite:///{noted}", codes)
    engine = database.connect(f"sqlite:///{before}")
    try:
        with _open(f"sqlite:///{after}") as maker, engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            bare = _replaying(script, raw.cursor(), begin="BEGIN IMMEDIATE")
            return _result("SQLite", script, _redeeming(maker, codes), bare)
    finally:
        engine.dispose()


def _on_postgresql(folder: Path) -> Redemptions:
    with server(folder / "postgresql") as url:
        root = make_url(url).set(drivername="postgresql+psycopg")
        admin = create_engine(root, isolation_level="AUTOCOMMIT")
        before, noted, after = (root.set(database=name) for name in ("before", "noted", "ours"))
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE before"))
        codes = _prepared(before.render_as_string(hide_password=False))
        with admin.connect() as connection:
            for copy in ("noted", "ours"):
                connection.execute(text(f"CREATE DATABASE {copy} TEMPLATE before"))
        admin.dispose()
        script = _noted(noted.render_as_string(hide_password=False), codes)
        plain = before.set(drivername="postgresql").render_as_string(hide_password=False)
        with (
            _open(after.render_as_string(hide_password=False)) as maker,
            psycopg.connect(plain, autocommit=True) as connection,
        ):
            bare = _replaying(script, connection.cursor(), begin="BEGIN")
            return _result("PostgreSQL", script, _redeeming(maker, codes), bare)


def _prepared(url: str) -> list[str]:
    """Build a programme in which many hold a coupon; return the codes."""
    migrate.upgrade(url)
    with _open(url) as maker, database.transaction(maker) as session:
        stock(session)
        return [
            Shopper.arrives(session, number).gets_coupon(imei_number(number)).code
            for number in range(1, COUNT + WARM + 1)
        ]


def _noted(url: str, codes: list[str]) -> Script:
    """Redeem each code; return what was sent."""
    script = Script()
    with _open(url) as maker:
        script.listen(maker.engine)
        for number, code in enumerate(codes):
            script.redemptions.append([])
            _redeem(maker, code, number)
    return script


def _redeeming(maker: Sessions, codes: list[str]) -> list[_Work]:
    """Return the work of redeeming each code."""
    return [partial(_redeem, maker, code, number) for number, code in enumerate(codes)]


def _redeem(maker: Sessions, code: str, number: int) -> None:
    with database.transaction(maker) as session:
        held = checkout.reserve(
            session,
            code,
            lines=[Line(NEW_PHONE)],
            account=None,
            may_know=True,
            actor="shop:bench",
            policy=POLICY,
            now=NOW,
        ).public_id
    with database.transaction(maker) as session:
        reservation = checkout.of(session, held)
        visits.place(
            session,
            reservation,
            reference=f"B-{number}",
            payment=paid(reservation),
            deliver_on=None,
            actor="shop:bench",
            policy=POLICY,
            now=NOW,
        )


def _replaying(script: Script, cursor: Any, *, begin: str) -> list[_Work]:  # noqa: ANN401 - of either driver
    """Return the work of sending what was noted of each redemption."""

    def replay(transactions: list[list[Sent]]) -> None:
        for calls in transactions:
            cursor.execute(begin)
            for call, statement, values in calls:
                getattr(cursor, call)(statement, values)
                if cursor.description:
                    cursor.fetchall()
            cursor.execute("COMMIT")

    return [partial(replay, one) for one in script.redemptions]


def _result(name: str, script: Script, ours: list[_Work], bare: list[_Work]) -> Redemptions:
    ours_s, bare_s = (statistics.median(times[WARM:]) for times in _in_turns(ours, bare))
    sent = [sum(map(len, transactions)) for transactions in script.redemptions]
    return Redemptions(name, 1 / ours_s, 1 / bare_s, statistics.mean(sent))


def _in_turns(*sides: list[_Work]) -> list[list[float]]:
    """Do the work of all sides, some of each at a time; return the seconds that each piece took."""
    times: list[list[float]] = [[] for _ in sides]
    for start in range(0, max(map(len, sides)), WARM):
        for side, taken in zip(sides, times, strict=True):
            taken.extend(map(_timed, side[start : start + WARM]))
    return times


def _timed(work: _Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _open(url: str) -> closing[Sessions]:
    return closing(Sessions(database.connect(url)))
