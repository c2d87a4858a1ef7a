"""The append-only log of the programme, and the one way a state changes.

A state machine is an enum beside a table of allowed moves. :func:`move` makes a move with one conditional UPDATE, so of
two who try at once exactly one succeeds, and leaves one row here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, Enum, Index, String, Table, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import Base, Json, UtcDateTime
from tradein.refusals import MoveLost, MoveNotAllowed

type Moves[S: StrEnum] = Mapping[S, frozenset[S]]


def state_column(states: type[StrEnum], *, checked: bool = True) -> Enum:
    """Return the column type of a state: its value as text, checked by the database.

    Not ``checked`` where the column came to a table that exists: SQLite can't add a check to one.
    """
    return Enum(
        states,
        native_enum=False,
        create_constraint=checked,
        length=16,
        name=f"{states.__name__.lower()}_is_known",
        values_callable=lambda enum: [member.value for member in enum],
    )


class Event(Base):
    """One fact: ``subject`` (table) and its row's id moved ``from_state`` → ``to_state``; a trigger forbids changes."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


_LOG = insert(cast("Table", Event.__table__))


class Stateful[S: StrEnum](Protocol):
    """A row with a state machine."""

    __tablename__: str

    @property
    def id(self) -> int:
        """The row's key."""

    @property
    def state(self) -> S:
        """Where the row stands."""


def born[S: StrEnum](session: Session, row: Stateful[S], *, actor: str, now: datetime, **detail: object) -> None:
    """Record that ``row`` came to be in its present state."""
    session.flush()
    _record(session, row, None, row.state, actor=actor, now=now, detail=detail)


def move[S: StrEnum](
    session: Session,
    row: Stateful[S],
    to: S,
    *,
    moves: Moves[S],
    actor: str,
    now: datetime,
    guards: tuple[ColumnElement[bool], ...] = (),
    changes: Mapping[str, Any] | None = None,
    **detail: object,
) -> None:
    """Move ``row`` to the state ``to`` and write ``changes`` with it, if it is still where we saw it.

    Raises MoveNotAllowed when the table has no such move and MoveLost when another transaction was faster or a guard
    no longer holds; in both cases nothing has changed.
    """
    before = row.state
    if to not in moves[before]:
        raise MoveNotAllowed(subject=row.__tablename__, state=before.value, to=to.value)
    session.flush()
    table: Any = type(row)
    moved = session.scalars(
        update(table)
        .where(table.id == row.id, table.state == before, *guards)
        .values(state=to, **(changes or {}))
        .returning(table)
        # The row is read back in the same statement: what the guards saw is what we have.
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    if len(moved) != 1:
        raise MoveLost(subject=row.__tablename__, id=row.id)
    _record(session, row, before, to, actor=actor, now=now, detail=detail)


def noted[S: StrEnum](session: Session, row: Stateful[S], *, actor: str, now: datetime, **detail: object) -> None:
    """Record something that ``actor`` did to ``row`` and that left its state as it is."""
    session.flush()
    _record(session, row, row.state, row.state, actor=actor, now=now, detail=detail)


def of(session: Session, subject: str, subject_id: int) -> Sequence[Event]:
    """Return what happened to a row, the oldest first."""
    return session.scalars(
        select(Event).where(Event.subject == subject, Event.subject_id == subject_id).order_by(Event.id)
    ).all()


def _record(
    session: Session,
    row: Stateful[Any],
    before: StrEnum | None,
    after: StrEnum,
    *,
    actor: str,
    now: datetime,
    detail: dict[str, object],
) -> None:
    # Straight to the table: the log is written with every move, and nobody reads the row in the same session.
    session.connection().execute(
        _LOG,
        {
            "at": now,
            "subject": row.__tablename__,
            "subject_id": row.id,
            "from_state": before.value if before else None,
            "to_state": after.value,
            "actor": actor,
            "detail": detail,
        },
    )
