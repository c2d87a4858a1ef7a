"""Work that leaves the database: rows that one worker at a time has in hand, for as long as its lease lasts.

Any number of workers may run. A worker takes due rows in one statement, commits, does the work outside, and writes what
came of it under the fence: a row whose lease ended and was taken by another is no longer its own.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import UtcDateTime
from tradein.refusals import LeaseLost

LEASE = timedelta(minutes=2)
"""How long a row is in a worker's hands; a worker gives up a call well before."""
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)


class Leased:
    """Columns of a row that workers take; ``not_before`` is when it is due next, ``error`` why it was not done yet."""

    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(300))


def take[R: Leased](
    session: Session, rows: type[R], *, states: Collection[StrEnum], owner: str, now: datetime, limit: int
) -> Sequence[R]:
    """Take up to ``limit`` due rows in one of ``states``; the caller commits before it works on them."""
    table: Any = rows
    free = or_(table.lease_until.is_(None), table.lease_until < now)
    due = (
        select(table.id)
        .where(table.state.in_(states), table.not_before <= now, free)
        .order_by(table.not_before, table.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL: what another worker is just taking is not waited for
    )
    taken = session.scalars(
        update(table)
        .where(table.id.in_(due), free)
        .values(lease_owner=owner, lease_until=now + LEASE, attempts=table.attempts + 1)
        .returning(table.id)
        .execution_options(synchronize_session=False)
    ).all()
    found = select(rows).where(table.id.in_(taken)).order_by(table.id).execution_options(populate_existing=True)
    return session.scalars(found).all()


def hold(session: Session, row: Leased, *, owner: str) -> None:
    """Hold a row that this worker took, to write what came of it; raises LeaseLost."""
    session.refresh(row, with_for_update=True)
    if row.lease_owner != owner:
        raise LeaseLost


def let_go(session: Session, row: Leased, *, not_before: datetime, error: str | None = None) -> None:
    """Give a row back: due again at ``not_before``."""
    row.lease_owner = row.lease_until = None
    row.not_before = not_before
    row.error = error[:300] if error else None
    session.flush()


def delay(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 5 s, doubled each time, an hour at most."""
    doubled: int = 2 ** min(attempts, 16)
    return min(FIRST_DELAY * doubled, LONGEST_DELAY)
