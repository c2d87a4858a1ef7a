"""What reminders cost in a full database: a sweep of what is due, and the planning of one coupon's.

Neither may grow with the table, only with what is due: both are measured with ten thousand coupons and with a million,
four reminders each, and the same number of them due. Only the tables that they touch are filled: customers, coupons and
reminders, by the database itself.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Engine, event, text, update

from bench.postgresql import server
from tradein import database, migrate, reminders, sweeps
from tradein.coupons import Coupon
from tradein.database import Sessions
from tradein.policy import Policy
from tradein.reminder_files import read_reminders
from tradein.reminders import Reminder

FEW, MANY = 10_000, 1_000_000
DUE = 100
"""Coupons with a reminder that is due, in each sweep."""
SWEEPS, PLANS = 15, 60
WARM = 3
RATIO = 2.0
NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
EPOCH = "2026-11-24 04:30:00"
"""From here on reminders are planned, one every second: none is due yet."""
KINDS = ("week", "three_days", "tomorrow", "last_day")
CATALOGUE = Path(__file__).parents[1] / "catalogue/reminders.yml"
POLICY = Policy()

_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)",
    "postgresql": "WITH n(i) AS (SELECT generate_series(CAST(:first AS int), CAST(:last AS int)))",
}
_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', :epoch, '+' || (i % 1209600 + {days} * 86400) || ' seconds')",
    "postgresql": "CAST(:epoch AS timestamptz) + (i % 1209600 + {days} * 86400) * interval '1 second'",
}
_CUSTOMERS = """INSERT INTO customer
    (id, telegram_user_id, chat_id, conversation_id, first_name, language, reminders, created_at)
    {numbers} SELECT i, i, i, 'c' || i, 'Asha', 'en', 'all', :epoch FROM n"""
_COUPONS = """INSERT INTO coupon
    (id, code, customer_id, exchange_id, quote_id, device_id, state, value_minor, currency, issued_at, usable_from,
     expires_at)
    {numbers} SELECT i, 'C' || i, i, i, i, i, 'issued', 200000, 'INR', :epoch, :epoch, {later} FROM n"""
_REMINDERS = """INSERT INTO reminder (coupon_id, customer_id, kind, due_at, state, updated_at)
    {numbers} SELECT i, i, '{kind}', {later}, 'planned', :epoch FROM n"""


@dataclass(frozen=True)
class Cost:
    """Milliseconds (medians, commit included): a sweep that queues DUE, one that finds nothing, a coupon planned."""

    database: str
    coupons: int
    sweep_ms: float
    idle_ms: float
    plan_ms: float
    filled_seconds: float


def measure(folder: Path) -> list[Cost]:
    """Measure on SQLite and on PostgreSQL, with few coupons and with many; raises AssertionError without the index."""
    costs = _measured("SQLite", f"sqlite:///{folder / 'reminders.db'}")
    with server(folder / "postgresql-reminders") as url:
        return costs + _measured("PostgreSQL", url)


def rows(costs: Sequence[Cost]) -> Iterator[tuple[str, str, str, bool]]:
    """Give the table's rows: what, with many coupons beside few, the limit, and whether it is met."""
    for few, many in zip(costs[::2], costs[1::2], strict=True):
        for what, name in ((f"sweep of {DUE} due", "sweep_ms"), ("planning a coupon", "plan_ms")):
            before, after = getattr(few, name), getattr(many, name)
            yield (
                f"{what}, {many.database}, {many.coupons:,} coupons",
                f"{after:.1f} ms, {after / before:.2f} times that of {few.coupons:,}",
                f"≤ {RATIO:.0f} times",
                after / before <= RATIO,
            )


def _measured(name: str, url: str) -> list[Cost]:
    migrate.upgrade(url)
    with _open(url) as maker:
        with database.transaction(maker) as session:
            reminders.put_in_force(session, read_reminders(CATALOGUE), now=NOW)
        costs, filled = [], 0
        for size in (FEW, MANY):
            began = time.perf_counter()
            _fill(maker.engine, first=filled + 1, last=size)
            took = time.perf_counter() - began
            # The last ones got no reminders: those are planned, and timed.
            bare = range(size - PLANS - WARM + 1, size + 1)
            costs.append(_cost(name, maker, size=size, bare=bare, took=took))
            filled = size
    return costs


def _fill(engine: Engine, *, first: int, last: int) -> None:
    """Add coupons with these numbers, and four reminders for each but the last few, without a look at foreign keys."""
    dialect = engine.dialect.name
    sqlite = dialect == "sqlite"
    with engine.connect() as connection:
        raw = connection.execution_options(isolation_level="AUTOCOMMIT") if not sqlite else connection
        if sqlite:
            for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-200000"):
                _raw(connection, f"PRAGMA {pragma}")
        else:
            raw.execute(text("SET session_replication_role = replica"))
        numbers, later = _NUMBERS[dialect], _LATER[dialect]
        values = {"first": first, "last": last, "epoch": EPOCH}
        raw.execute(text(_CUSTOMERS.format(numbers=numbers)), values)
        raw.execute(text(_COUPONS.format(numbers=numbers, later=later.format(days=30))), values)
        for days, kind in enumerate(KINDS):
            statement = _REMINDERS.format(numbers=numbers, kind=kind, later=later.format(days=3 * days))
            raw.execute(text(statement), values | {"last": last - PLANS - WARM})
        if sqlite:
            connection.commit()
        else:
            for table in ("customer", "coupon", "reminder"):
                raw.execute(text(f"VACUUM ANALYZE {table}"))
    engine.dispose()  # the connection that was told to be careless is not used again


def _raw(connection: Connection, statement: str) -> None:
    driver: Any = connection.connection.driver_connection
    if driver.in_transaction:
        driver.commit()
    driver.execute(statement)


def _cost(name: str, maker: Sessions, *, size: int, bare: range, took: float) -> Cost:
    chosen = random.Random(size)  # noqa: S311 - a draw, and no secret
    idle = [_timed(partial(_sweep, maker, queued=0)) for _ in range(SWEEPS + WARM)]
    sweeps = []
    for _ in range(SWEEPS + WARM):
        _let_come_due(maker, chosen.sample(range(1, bare.start), DUE))
        sweeps.append(_timed(partial(_sweep, maker, queued=DUE)))
    _let_come_due(maker, chosen.sample(range(1, bare.start), DUE))
    _see_the_index_used(maker)
    plans = [_timed(partial(_plan, maker, number)) for number in bare]
    sweep_ms, idle_ms, plan_ms = (statistics.median(times[WARM:]) * 1000 for times in (sweeps, idle, plans))
    return Cost(name, size, sweep_ms, idle_ms, plan_ms, took)


def _let_come_due(maker: Sessions, coupons: list[int]) -> None:
    with database.transaction(maker) as session:
        session.execute(
            update(Reminder)
            .where(Reminder.coupon_id.in_(coupons), Reminder.kind == "last_day")
            .values(state=reminders.ReminderState.PLANNED, due_at=NOW - timedelta(minutes=1))
            .execution_options(synchronize_session=False)
        )


def _sweep(maker: Sessions, *, queued: int) -> None:
    with database.transaction(maker) as session:
        done = sweeps.sweep(session, policy=POLICY, now=NOW, limit=DUE)
    assert done.queued == queued, done


def _plan(maker: Sessions, number: int) -> None:
    with database.transaction(maker) as session:
        reminders.plan(session, session.get_one(Coupon, number), policy=POLICY, now=NOW)


def _see_the_index_used(maker: Sessions) -> None:
    """Ask the database how it looks for what is due, in the very words of the sweep."""
    engine: Engine = maker.engine
    asked: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:  # noqa: ANN401
        if "FROM reminder" in statement:
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    _sweep(maker, queued=DUE)
    event.remove(engine, "before_cursor_execute", note)
    statement, parameters = asked[0]
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        plan = "\n".join(map(str, connection.exec_driver_sql(f"{explain} {statement}", parameters)))
    assert "ix_reminder_due" in plan, plan
    assert "SCAN reminder" not in plan.replace("SCAN reminder USING INDEX", ""), plan
    assert "Seq Scan on reminder" not in plan, plan


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _open(url: str) -> closing[Sessions]:
    return closing(Sessions(database.connect(url)))


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        costs = measure(Path(folder))
    console = Console(width=110)
    for cost in costs:
        console.print(
            f"{cost.database}, {cost.coupons:,} coupons (filled in {cost.filled_seconds:.0f} s): sweep of {DUE} due "
            f"{cost.sweep_ms:.1f} ms, of none {cost.idle_ms:.2f} ms, planning a coupon {cost.plan_ms:.2f} ms",
            highlight=False,
        )
    table = Table("", "ours", "limit", "")
    for what, ours, limit, good in rows(costs):
        table.add_row(what, ours, limit, "[green]met[/]" if good else "[red]missed[/]")
    console.print(table)


if __name__ == "__main__":
    main()
