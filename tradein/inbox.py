"""What people sent us: a row before it is acknowledged to Telegram, done in the transaction that holds its effects.

    NEW ──handled──► DONE
    (unreadable) ──► QUARANTINED

The payload is stored with its numbers masked (:func:`tradein.imei.mask`). Telegram repeats an update until it is
acknowledged, so the key is the bot's id and the update's.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import BigInteger, Index, String, Table, bindparam, delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import Base, Json, UtcDateTime
from tradein.events import state_column


class UpdateState(StrEnum):
    """Whether an update has been dealt with."""

    NEW = "new"
    DONE = "done"
    QUARANTINED = "quarantined"


_NEW_SQL, _SET_ASIDE_SQL = text("state = 'new'"), text("state = 'quarantined'")
SET_ASIDE = text("inbox.state = 'quarantined'")
_UNFINISHED = text("inbox.state = 'new'")
"""Literally as the partial index has it: SQLite uses it only for a condition without parameters."""


class InboxUpdate(Base):
    """One update as Telegram sent it (``payload``, JSON); ``told_at`` is when we asked for patience because of it."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_chat", "chat_id", "update_id"),
        Index(
            "ix_inbox_unfinished",
            "bot_id",
            "update_id",
            sqlite_where=_NEW_SQL,
            postgresql_where=_NEW_SQL,
        ),
        Index("ix_inbox_set_aside", "update_id", sqlite_where=_SET_ASIDE_SQL, postgresql_where=_SET_ASIDE_SQL),
    )

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[UpdateState] = mapped_column(state_column(UpdateState))
    error: Mapped[str | None] = mapped_column(String(300))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# A turn runs both: building a statement costs more than running it, so they are built once.
_INBOX = cast("Table", InboxUpdate.__table__)
_ACCEPT = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(_INBOX).on_conflict_do_nothing().returning(_INBOX.c.update_id)
    for dialect in (postgresql, sqlite)
}
_FINISH = (
    update(_INBOX)
    .where(
        _INBOX.c.bot_id == bindparam("bot"),
        _INBOX.c.update_id == bindparam("number"),
        _INBOX.c.state == UpdateState.NEW,
    )
    .values(state=UpdateState.DONE, finished_at=bindparam("now"), error=bindparam("why"))
    .returning(_INBOX.c.update_id)
)


def accept(
    session: Session,
    *,
    bot_id: int,
    update_id: int,
    chat_id: int | None,
    payload: dict[str, Any],
    now: datetime,
    state: UpdateState = UpdateState.NEW,
    error: str | None = None,
) -> bool:
    """Store an update; False if it is known already, and then nothing changed."""
    row = {
        "bot_id": bot_id,
        "update_id": update_id,
        "chat_id": chat_id,
        "payload": payload,
        "state": state,
        "error": error[:300] if error else None,
        "received_at": now,
    }
    stored = session.connection().execute(_ACCEPT[session.get_bind().dialect.name], row).all()
    return len(stored) == 1


def quarantine(
    session: Session, *, bot_id: int, update_id: int, payload: dict[str, Any], error: str, now: datetime
) -> None:
    """Set an update aside that can't be read, whole, for an operator to look at."""
    accept(
        session,
        bot_id=bot_id,
        update_id=update_id,
        chat_id=None,
        payload=payload,
        state=UpdateState.QUARANTINED,
        error=error,
        now=now,
    )


def unfinished(session: Session, *, bot_id: int, before: datetime) -> Sequence[InboxUpdate]:
    """Return what was received until ``before`` and not finished, in the order of arrival."""
    left = select(InboxUpdate).where(InboxUpdate.bot_id == bot_id, _UNFINISHED, InboxUpdate.received_at <= before)
    return session.scalars(left.order_by(InboxUpdate.update_id)).all()


def finish(session: Session, *, bot_id: int, update_id: int, now: datetime, error: str | None = None) -> bool:
    """Mark an update done, in the transaction of its effects; False if it was done before: drop the effects."""
    row = {"bot": bot_id, "number": update_id, "now": now, "why": error[:300] if error else None}
    return len(session.connection().execute(_FINISH, row).all()) == 1


def told(session: Session, *, bot_id: int, update_id: int, now: datetime) -> bool:
    """Note that the customer was asked for patience; False if they were already: say nothing again."""
    first = session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.bot_id == bot_id, InboxUpdate.update_id == update_id, InboxUpdate.told_at.is_(None))
        .values(told_at=now)
        .returning(InboxUpdate.update_id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(first) == 1


def forget(session: Session, *, before: datetime) -> int:
    """Delete updates received before ``before`` that are finished or were set aside; return how many.

    Keep at least 14 days for the duplicates, and for who looks at what was set aside.
    """
    return len(
        session.execute(
            delete(InboxUpdate)
            .where(InboxUpdate.state != UpdateState.NEW, InboxUpdate.received_at < before)
            .returning(InboxUpdate.update_id)
        ).all()
    )
