"""What the assistant owes people: rows, written with the fact they tell of, delivered by a sender.

    QUEUED ──claim──► SENDING ──ok──► SENT
      ▲                 ├──surely not delivered──► QUEUED, later
      │                 ├──may have been delivered──► AMBIGUOUS
      │                 └──never will be──► FAILED
      └── (customer unreachable) ──► CANCELLED

``SENDING`` is committed before the call to Telegram: a row that a crash leaves there may or may not have arrived. Rows
of one lane go out in the order of their ids; a row that waits holds up the ones behind it, and no other lane. A lane is
a chat, and in the support group a thread of it: the id of a conversation, for which the topic is found when the message
is sent (:mod:`bot.support`), or 0 for what concerns nobody in particular. Claiming and settling are
:mod:`tradein.delivery`'s.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import BigInteger, ForeignKey, Index, String, delete, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.customers import Customer
from tradein.database import Base, Json, UtcDateTime
from tradein.events import state_column
from tradein.prepared import put, put_unless_known


class MessageState(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    CANCELLED = "cancelled"


_WAITING = text("outbox.state IN ('queued', 'sending')")
"""Literally as the partial indexes have it: SQLite uses them only for a condition without parameters."""
_WAITING_SQL = text("state IN ('queued', 'sending')")
UNDELIVERED = text("outbox.state IN ('failed', 'ambiguous')")
_UNDELIVERED_SQL = text("state IN ('failed', 'ambiguous')")


class Message(Base):
    """One call to make: ``kind`` says which (message, edit, notice, reminder), ``body`` what with.

    A notice holds ``{"response", "params", "once"?}`` and is worded when it is sent; other kinds belong to the gateway.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_chat", "chat_id", "id"),
        Index("ix_outbox_lane", "chat_id", "id", sqlite_where=_WAITING_SQL, postgresql_where=_WAITING_SQL),
        Index("ix_outbox_due", "not_before", sqlite_where=_WAITING_SQL, postgresql_where=_WAITING_SQL),
        Index("ix_outbox_undelivered", "id", sqlite_where=_UNDELIVERED_SQL, postgresql_where=_UNDELIVERED_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    thread: Mapped[int | None] = mapped_column(BigInteger)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(16))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    dedupe_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    state: Mapped[MessageState] = mapped_column(state_column(MessageState))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(300))
    telegram_message_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def owe(
    session: Session,
    *,
    customer: Customer,
    response: str,
    params: Mapping[str, Any],
    now: datetime,
    dedupe_key: str | None = None,
    repeatable: bool = True,
) -> int:
    """Owe a customer a notice named by its response; return its id, with a ``dedupe_key`` known already the same again.

    One that is not ``repeatable`` is rather lost than sent twice.
    """
    body: dict[str, Any] = {"response": response, "params": dict(params)}
    if not repeatable:
        body["once"] = True
    row = _queued(now, customer.chat_id, customer.id, kind="notice", body=body, dedupe_key=dedupe_key)
    owed = put_unless_known(session, Message, **row)
    return cast("int", owed) or session.scalars(select(Message.id).where(Message.dedupe_key == dedupe_key)).one()


def queue(
    session: Session,
    *,
    chat_id: int,
    customer_id: int | None,
    kind: str,
    body: dict[str, Any],
    now: datetime,
    thread: int | None = None,
    not_before: datetime | None = None,
    dedupe_key: str | None = None,
) -> int:
    """Put a call at the end of a lane; return its id."""
    row = {"thread": thread, "kind": kind, "body": body, "dedupe_key": dedupe_key}
    return put(session, Message, **_queued(now, chat_id, customer_id, **row) | {"not_before": not_before or now})


def _queued(now: datetime, chat_id: int, customer_id: int | None, **values: object) -> dict[str, Any]:
    queued = {"state": MessageState.QUEUED, "not_before": now, "created_at": now}
    return {"chat_id": chat_id, "customer_id": customer_id, **values, **queued}


def cancel_lane(session: Session, *, chat_id: int, error: str) -> int:
    """Cancel what waits for a chat that can't be reached; return how many."""
    return len(
        session.scalars(
            update(Message)
            .where(Message.chat_id == chat_id, _WAITING, Message.state == MessageState.QUEUED)
            .values(state=MessageState.CANCELLED, error=error)
            .returning(Message.id)
            .execution_options(synchronize_session=False)
        ).all()
    )


def queued(session: Session, *, chat_id: int, kind: str) -> Sequence[Message]:
    """Return what is queued for a chat of one kind."""
    lane = select(Message).where(Message.chat_id == chat_id, _WAITING, Message.kind == kind)
    return session.scalars(lane.where(Message.state == MessageState.QUEUED)).all()


def in_line(session: Session, *, kind: str) -> int:
    """Return how many messages of a kind wait, for all chats together."""
    return session.scalar(select(func.count()).select_from(Message).where(_WAITING, Message.kind == kind)) or 0


def waiting(session: Session, *, chat_id: int) -> int:
    """Return how many messages wait in a chat's lane."""
    return session.scalar(select(func.count()).select_from(Message).where(Message.chat_id == chat_id, _WAITING)) or 0


def forget(session: Session, *, before: datetime) -> int:
    """Delete what was settled and is older than ``before``, with its buttons; return how many. What waits stays."""
    return len(
        session.execute(
            delete(Message)
            .where(Message.created_at < before, Message.state.not_in([MessageState.QUEUED, MessageState.SENDING]))
            .returning(Message.id)
            .execution_options(synchronize_session=False)
        ).all()
    )
