"""Messages carried between a customer's chat and the topic of their conversation: which is the twin of which.

    QUEUED ──delivered──► SENT ──the writer took it back──► UNDONE
      ├──may have been delivered──► AMBIGUOUS
      └──never will be──► FAILED

A row is written with the outbox's message that delivers it and settled with it, so the two never tell different
stories. A text too long for one message has a row for each ``part``.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import Base, UtcDateTime
from tradein.events import state_column
from tradein.support.conversations import Conversation


class Side(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    AGENT = "agent"


class RelayState(StrEnum):
    """Whether a message is where it was to be carried."""

    QUEUED = "queued"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    UNDONE = "undone"


class Relayed(Base):
    """One message and its twin; the id on the side that it was carried to is known once it was delivered.

    ``outbox_id`` is the message of the outbox that delivers it: several members of an album share one.
    """

    __tablename__ = "relayed"
    __table_args__ = (
        UniqueConstraint("conversation_id", "customer_message_id", "part"),
        UniqueConstraint("group_chat_id", "topic_message_id", "part"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("support_conversation.id"), index=True)
    side: Mapped[Side] = mapped_column(state_column(Side))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[RelayState] = mapped_column(state_column(RelayState))
    customer_message_id: Mapped[int | None] = mapped_column(BigInteger)
    group_chat_id: Mapped[int | None] = mapped_column(BigInteger)
    topic_message_id: Mapped[int | None] = mapped_column(BigInteger)
    part: Mapped[int] = mapped_column(default=0)
    album: Mapped[str | None] = mapped_column(String(64))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def source_id(self) -> int | None:
        """The message as its writer sent it."""
        return self.customer_message_id if self.side is Side.CUSTOMER else self.topic_message_id

    @property
    def twin_id(self) -> int | None:
        """The message as the other side has it, once it has."""
        return self.topic_message_id if self.side is Side.CUSTOMER else self.customer_message_id


def note(
    session: Session,
    conversation: Conversation,
    *,
    side: Side,
    kind: str,
    source_id: int | None,
    group_chat_id: int | None,
    outbox_id: int | None,
    now: datetime,
    part: int = 0,
    album: str | None = None,
    staff_id: int | None = None,
) -> Relayed:
    """Note a message that is about to be carried by that message of the outbox."""
    by_customer = side is Side.CUSTOMER
    row = Relayed(
        conversation_id=conversation.id,
        side=side,
        kind=kind,
        state=RelayState.QUEUED,
        customer_message_id=source_id if by_customer else None,
        topic_message_id=None if by_customer else source_id,
        group_chat_id=group_chat_id,
        part=part,
        album=album,
        staff_id=staff_id,
        outbox_id=outbox_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def in_topic(session: Session, conversation: Conversation, *, chat_id: int, message_id: int) -> Sequence[Relayed]:
    """Return what a message of the topic is, part by part; nothing for one that was never carried."""
    return _found(session, conversation, Relayed.group_chat_id == chat_id, Relayed.topic_message_id == message_id)


def in_chat(session: Session, conversation: Conversation, *, message_id: int) -> Sequence[Relayed]:
    """Return what a message of the customer's chat is, part by part; nothing for one that was never carried."""
    return _found(session, conversation, Relayed.customer_message_id == message_id)


def _found(session: Session, conversation: Conversation, *conditions: object) -> Sequence[Relayed]:
    query = select(Relayed).where(Relayed.conversation_id == conversation.id, *conditions)  # type: ignore[arg-type]
    return session.scalars(query.order_by(Relayed.part)).all()


def of_message(session: Session, outbox_id: int) -> Sequence[Relayed]:
    """Return what a message of the outbox carries, in the order in which it was written."""
    return session.scalars(select(Relayed).where(Relayed.outbox_id == outbox_id).order_by(Relayed.id)).all()


def last_of_agent(session: Session, conversation: Conversation, *, staff_id: int) -> Sequence[Relayed]:
    """Return the parts of the last message of an agent's that was not taken back, nothing if there is none.

    Of an album it is every member with the words under it: who takes it back wants none of it seen.
    """
    last = session.scalar(
        select(Relayed)
        .where(
            Relayed.conversation_id == conversation.id,
            Relayed.side == Side.AGENT,
            Relayed.staff_id == staff_id,
            Relayed.state.not_in([RelayState.UNDONE, RelayState.FAILED]),
        )
        .order_by(Relayed.id.desc())
        .limit(1)
    )
    if last is None or last.topic_message_id is None:
        return [last] if last else []
    parts = in_topic(session, conversation, chat_id=last.group_chat_id or 0, message_id=last.topic_message_id)
    album = next((row.album for row in parts if row.album), None)
    if album is None:
        return parts
    members = [row.topic_message_id for row in album_of(session, conversation, side=Side.AGENT, album=album)]
    return _found(
        session, conversation, Relayed.group_chat_id == last.group_chat_id, Relayed.topic_message_id.in_(members)
    )


def album_of(session: Session, conversation: Conversation, *, side: Side, album: str) -> Sequence[Relayed]:
    """Return the members of an album that came so far, the first first."""
    return session.scalars(
        select(Relayed)
        .where(Relayed.conversation_id == conversation.id, Relayed.side == side, Relayed.album == album)
        .order_by(Relayed.id)
    ).all()
