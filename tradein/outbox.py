"""What the assistant owes people: rows, written with the fact they tell of, delivered by a sender.

    QUEUED ──claim──► SENDING ──ok──► SENT
      ▲                 ├──surely not delivered──► QUEUED, later
      │                 ├──may have been delivered──► AMBIGUOUS
      │                 └──never will be──► FAILED
      └── (customer unreachable) ──► CANCELLED

``SENDING`` is committed before the call to Telegram: a row that a crash leaves there may or may not have arrived. Rows
of one chat go out in the order of their ids; a row that waits holds up the ones behind it, and no other chat.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, and_, exists, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from tradein.customers import Customer
from tradein.database import Base, Json, UtcDateTime
from tradein.events import state_column

_CLAIM_LOCK = 0x6F7574  # one advisory lock for all claimers on PostgreSQL


class MessageState(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    CANCELLED = "cancelled"


_WAITING = (MessageState.QUEUED, MessageState.SENDING)
_WAITING_SQL = text("state IN ('queued', 'sending')")


class Message(Base):
    """One call to make: ``kind`` says which (message, edit, notice), ``body`` what with.

    A notice holds ``{"response", "params"}`` and is worded when it is sent; other kinds belong to the gateway.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_lane", "chat_id", "id", sqlite_where=_WAITING_SQL, postgresql_where=_WAITING_SQL),
        Index("ix_outbox_due", "not_before", sqlite_where=_WAITING_SQL, postgresql_where=_WAITING_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
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
) -> Message:
    """Owe a customer a notice named by its response; with a ``dedupe_key`` known already, the same row again."""
    if dedupe_key is not None:
        known = session.scalar(select(Message).where(Message.dedupe_key == dedupe_key))
        if known is not None:
            return known
    return queue(
        session,
        chat_id=customer.chat_id,
        customer_id=customer.id,
        kind="notice",
        body={"response": response, "params": dict(params)},
        dedupe_key=dedupe_key,
        now=now,
    )


def queue(
    session: Session,
    *,
    chat_id: int,
    customer_id: int | None,
    kind: str,
    body: dict[str, Any],
    now: datetime,
    dedupe_key: str | None = None,
) -> Message:
    """Put a call at the end of a chat's lane."""
    message = Message(
        chat_id=chat_id,
        customer_id=customer_id,
        kind=kind,
        body=body,
        dedupe_key=dedupe_key,
        state=MessageState.QUEUED,
        not_before=now,
        created_at=now,
    )
    session.add(message)
    session.flush()
    return message


def claim(session: Session, *, owner: str, limit: int, lease: timedelta, now: datetime) -> Sequence[Message]:
    """Take up to ``limit`` due messages for ``owner``, ordered by id; the caller commits before it sends any.

    A lane is taken from its front: nothing is claimed behind a message that is being sent or waits for its time.
    """
    if session.get_bind().dialect.name == "postgresql":
        # Two claimers at once would each see the other's rows as still queued and split a lane between them.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIM_LOCK})
    ahead = aliased(Message)
    held_up = exists().where(
        ahead.chat_id == Message.chat_id,
        ahead.id < Message.id,
        or_(
            ahead.state == MessageState.SENDING,
            and_(ahead.state == MessageState.QUEUED, ahead.not_before > now),
        ),
    )
    due = (
        select(Message.id)
        .where(Message.state == MessageState.QUEUED, Message.not_before <= now, ~held_up)
        .order_by(Message.id)
        .limit(limit)
    )
    claimed = session.scalars(
        update(Message)
        .where(Message.id.in_(due))
        .values(
            state=MessageState.SENDING,
            lease_owner=owner,
            lease_until=now + lease,
            attempts=Message.attempts + 1,
        )
        .returning(Message)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return sorted(claimed, key=lambda message: message.id)


def sent(session: Session, message: Message, *, telegram_message_id: int | None, now: datetime) -> bool:
    """Record that Telegram has it. False: the lease was lost and somebody else decides about the row."""
    return _settle(
        session, message, MessageState.SENT, telegram_message_id=telegram_message_id, sent_at=now, error=None
    )


def postpone(session: Session, message: Message, *, until: datetime, error: str | None) -> bool:
    """Put it back: surely not delivered; due again at ``until``, and its lane waits with it."""
    return _settle(session, message, MessageState.QUEUED, not_before=until, error=error)


def ambiguous(session: Session, message: Message, *, error: str) -> bool:
    """Record that it may or may not have been delivered."""
    return _settle(session, message, MessageState.AMBIGUOUS, error=error)


def failed(session: Session, message: Message, *, error: str) -> bool:
    """Record that it never will be delivered."""
    return _settle(session, message, MessageState.FAILED, error=error)


def cancel_lane(session: Session, *, chat_id: int, error: str) -> int:
    """Cancel what waits for a chat that can't be reached; return how many."""
    return len(
        session.scalars(
            update(Message)
            .where(Message.chat_id == chat_id, Message.state == MessageState.QUEUED)
            .values(state=MessageState.CANCELLED, error=error)
            .returning(Message.id)
            .execution_options(synchronize_session=False)
        ).all()
    )


def abandoned(session: Session, *, now: datetime) -> Sequence[Message]:
    """Return the messages whose sender died over them: their lease is over, and nobody knows if they arrived."""
    return session.scalars(
        select(Message).where(Message.state == MessageState.SENDING, Message.lease_until < now).order_by(Message.id)
    ).all()


def _settle(session: Session, message: Message, state: MessageState, **values: object) -> bool:
    # The fence: after the lease ended another sender may have taken the row, and its word counts.
    settled = session.scalars(
        update(Message)
        .where(
            Message.id == message.id,
            Message.state == MessageState.SENDING,
            Message.lease_owner == message.lease_owner,
        )
        .values(
            state=state,
            lease_owner=None,
            lease_until=None,
            **{key: value[:300] if isinstance(value, str) else value for key, value in values.items()},
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(settled) == 1


def waiting(session: Session, *, chat_id: int) -> int:
    """Return how many messages wait in a chat's lane."""
    rows = session.scalars(select(Message.id).where(Message.chat_id == chat_id, Message.state.in_(_WAITING))).all()
    return len(rows)
