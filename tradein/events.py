"""The append-only log of the programme, and the one way a state changes.

A state machine is an enum beside a table of allowed moves. :func:`move` makes a move with one conditional UPDATE, so of
two who try at once exactly one succeeds, and leaves one row here.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache, wraps
from typing import Any, Concatenate, Protocol, cast

from sqlalchemy import ColumnElement, Enum, Index, String, Table, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import Base, Json, UtcDateTime
from tradein.prepared import Prepared, refresh
from tradein.refusals import MoveLost, MoveNotAllowed

COMMAND_LINE = "operator"
"""Who acts on the command line, as the log names them: whoever may run it, we don't know whom."""

type Moves[S: StrEnum] = Mapping[S, frozenset[S]]
type Guards = tuple[ColumnElement[bool], ...]


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


# Straight to the table: the log is written with every move, and nobody reads the row in the same session.
_EVENT = cast("Table", Event.__table__)
_LOG: Prepared[*tuple[Any, ...]] = Prepared(
    insert(_EVENT).values({column.name: bindparam(column.name) for column in _EVENT.c if not column.primary_key})
)

NOW = bindparam("now", type_=UtcDateTime())
"""The moment of a move, for its guards."""
_NEW = "new_"
_WAITING = "events of a verb"
"""Where a session keeps what a verb sends :func:`together`."""


class Identified(Protocol):
    """A row that the log can name."""

    __tablename__: str

    @property
    def id(self) -> int:
        """The row's key."""


class Stateful[S: StrEnum](Identified, Protocol):
    """A row with a state machine."""

    @property
    def state(self) -> S:
        """Where the row stands."""


def born[S: StrEnum](session: Session, row: Stateful[S], *, actor: str, now: datetime, **detail: object) -> None:
    """Record that ``row`` came to be in its present state."""
    if row.id is None:
        session.flush()
    _write(session, row.__tablename__, row.id, None, row.state, actor=actor, now=now, detail=detail)


def put[S: StrEnum](
    session: Session, table: type[Stateful[S]], row_id: int, state: S, *, actor: str, now: datetime, **detail: object
) -> None:
    """Do as :func:`born` for a row of which nobody holds more than its key."""
    _write(session, table.__tablename__, row_id, None, state, actor=actor, now=now, detail=detail)


def move[S: StrEnum](
    session: Session,
    row: Stateful[S],
    to: S,
    *,
    moves: Moves[S],
    actor: str,
    now: datetime,
    guards: Guards = (),
    changes: Mapping[str, Any] | None = None,
    **detail: object,
) -> None:
    """Move ``row`` to the state ``to`` and write ``changes`` with it, if it is still where we saw it.

    ``guards`` are written once, at import, and call the moment NOW; so is a change that the database reckons. Raises
    MoveNotAllowed when the table has no such move and MoveLost when another transaction was faster or a guard no longer
    holds; then nothing has changed.
    """
    before = row.state
    if to not in moves[before]:
        raise MoveNotAllowed(subject=row.__tablename__, state=before.value, to=to.value)
    new = {_NEW + name: value for name, value in (changes or {}).items() if not isinstance(value, ColumnElement)}
    changed = tuple(
        (name, value if isinstance(value, ColumnElement) else None) for name, value in (changes or {}).items()
    )
    statement, columns = _moving(type(row), changed, guards)
    moved = statement.row(session, row_id=row.id, before=before, to=to, now=now, **new)
    if moved is None:
        raise MoveLost(subject=row.__tablename__, id=row.id)
    # The row was read back in the same statement: what the guards saw is what we have.
    refresh(cast("Base", row), zip(columns, moved, strict=True))
    _write(session, row.__tablename__, row.id, before, to, actor=actor, now=now, detail=detail)


@lru_cache
def _moving(
    subject: type[Any], changed: tuple[tuple[str, ColumnElement[Any] | None], ...], guards: Guards
) -> tuple[Prepared[*tuple[Any, ...]], list[str]]:
    """Return the UPDATE of a move that writes ``changed`` columns, and the names of those it gives back."""
    table: Table = subject.__table__
    statement = (
        update(table)
        .where(table.c.id == bindparam("row_id"), table.c.state == bindparam("before"), *guards)
        .values(
            state=bindparam("to"),
            **{name: bindparam(_NEW + name) if reckoned is None else reckoned for name, reckoned in changed},
        )
        .returning(*table.c)
    )
    return Prepared(statement), table.c.keys()


def noted[S: StrEnum](session: Session, row: Stateful[S], *, actor: str, now: datetime, **detail: object) -> None:
    """Record something that ``actor`` did to ``row`` and that left its state as it is."""
    session.flush()
    _write(session, row.__tablename__, row.id, row.state, row.state, actor=actor, now=now, detail=detail)


def done(session: Session, row: Identified, what: str, *, actor: str, now: datetime, **detail: object) -> None:
    """Record ``what`` (16 characters at most) ``actor`` did to a row that has no states: a person, a key, a text."""
    session.flush()
    _write(session, row.__tablename__, row.id, None, what, actor=actor, now=now, detail=detail)


def together[**P, T](verb: Callable[Concatenate[Session, P], T]) -> Callable[Concatenate[Session, P], T]:
    """Let a verb of many moves send what they leave in the log in one statement, as the last it does.

    A verb that raises leaves nothing there, as its caller takes its moves back, too. It opens no savepoint: what that
    took back would be in the log.
    """

    @wraps(verb)
    def collecting(session: Session, *args: P.args, **kwargs: P.kwargs) -> T:
        if _WAITING in session.info:  # a verb within a verb
            return verb(session, *args, **kwargs)
        session.info[_WAITING] = []
        try:
            result = verb(session, *args, **kwargs)
            _write_down(session)
        finally:
            del session.info[_WAITING]
        return result

    return cast("Callable[Concatenate[Session, P], T]", collecting)


def _write_down(session: Session) -> None:
    rows = session.info.get(_WAITING)
    if rows:
        session.info[_WAITING] = []
        _LOG.run_for_each(session, rows)


def of(session: Session, subject: str, subject_id: int) -> Sequence[Event]:
    """Return what happened to a row, the oldest first."""
    _write_down(session)
    return session.scalars(
        select(Event).where(Event.subject == subject, Event.subject_id == subject_id).order_by(Event.id)
    ).all()


def _write(
    session: Session,
    subject: str,
    subject_id: int,
    before: str | None,
    after: str,
    *,
    actor: str,
    now: datetime,
    detail: dict[str, object],
) -> None:
    event = {
        "at": now,
        "subject": subject,
        "subject_id": subject_id,
        "from_state": str(before) if before else None,
        "to_state": str(after),
        "actor": actor,
        "detail": detail,
    }
    waiting = session.info.get(_WAITING)
    if waiting is None:
        _LOG.run(session, event)
    else:
        waiting.append(event)
