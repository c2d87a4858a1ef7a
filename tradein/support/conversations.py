"""Who speaks with a customer: the assistant, or a person.

    ASSISTANT ──call──► WAITING ──take──► PERSON ──hand back──► ASSISTANT
        ▲  └──────────────take─────────────▲ │└──resolve──► RESOLVED ──customer writes soon──► PERSON
        ├──withdraw, hand back──┘ │        │ │                  └──customer writes later──► ASSISTANT
        │                         └snooze──┤ ▼
        └───────────────hand back───────SNOOZED ──customer writes, time is over──► PERSON, or WAITING without an agent

One row a customer, for life. While it is WAITING, PERSON or SNOOZED the assistant is silent. Every move counts the
``epoch`` up: an answer that was computed under an earlier epoch is not sent any more. The moves are made by
:mod:`tradein.support.callers`, :mod:`tradein.support.agents` and :mod:`tradein.support.watch`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, bindparam, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein.customers import Customer
from tradein.database import Base, UtcDateTime, found_or_added
from tradein.events import Moves, state_column
from tradein.staff import Staff


class ConversationState(StrEnum):
    """Who speaks, or whom the customer waits for."""

    ASSISTANT = "assistant"
    WAITING = "waiting"
    PERSON = "person"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


_S = ConversationState
MOVES: Moves[ConversationState] = {
    _S.ASSISTANT: frozenset({_S.WAITING, _S.PERSON}),
    _S.WAITING: frozenset({_S.ASSISTANT, _S.PERSON, _S.SNOOZED, _S.RESOLVED}),
    _S.PERSON: frozenset({_S.ASSISTANT, _S.WAITING, _S.PERSON, _S.SNOOZED, _S.RESOLVED}),
    _S.SNOOZED: frozenset({_S.ASSISTANT, _S.WAITING, _S.PERSON, _S.RESOLVED}),
    _S.RESOLVED: frozenset({_S.ASSISTANT, _S.WAITING, _S.PERSON}),
}
SILENT = frozenset({_S.WAITING, _S.PERSON, _S.SNOOZED})
"""States in which the assistant says nothing."""


class TopicState(StrEnum):
    """What is known of the conversation's topic in the support group; :mod:`tradein.support.topics` moves it."""

    NONE = "none"
    MAKING = "making"
    OPEN = "open"
    CLOSED = "closed"
    DEAD = "dead"


_RESUME_SQL = text("resume_at IS NOT NULL")


class Conversation(Base):
    """A customer's conversation; ``topic_id`` is a ``message_thread_id`` of the chat ``support_chat_id``.

    ``unanswered_since`` is when the customer first wrote after a person last did; ``reminded`` counts how often
    somebody was reminded that they wait, or that they asked while nobody was there. Until ``comment_until`` the next
    thing they write is about the help they got. ``resume_at`` is set while the assistant owes them the question at
    which their exchange stood.
    """

    __tablename__ = "support_conversation"
    __table_args__ = (
        Index(None, "state"),
        Index("ix_support_conversation_topic", "support_chat_id", "topic_id", unique=True),
        Index("ix_support_conversation_resume", "resume_at", sqlite_where=_RESUME_SQL, postgresql_where=_RESUME_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    state: Mapped[ConversationState] = mapped_column(state_column(ConversationState))
    epoch: Mapped[int] = mapped_column(default=0)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unanswered_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_customer_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_agent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    comment_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded: Mapped[int] = mapped_column(default=0)
    support_chat_id: Mapped[int | None] = mapped_column(BigInteger)
    topic_id: Mapped[int | None] = mapped_column(BigInteger)
    topic_state: Mapped[TopicState] = mapped_column(state_column(TopicState), default=TopicState.NONE)
    card_message_id: Mapped[int | None] = mapped_column(BigInteger)

    customer: Mapped[Customer] = relationship()
    assignee: Mapped[Staff | None] = relationship()

    @property
    def silent(self) -> bool:
        """Whether the assistant is silent."""
        return self.state in SILENT

    @property
    def caller(self) -> str:
        """The customer, as the event log names who did something."""
        return f"customer:{self.customer_id}"


def of(session: Session, customer: Customer) -> Conversation:
    """Return the customer's conversation, held for a change; made on first sight."""
    return found_or_added(
        session,
        select(Conversation).where(Conversation.customer_id == customer.id).with_for_update(of=Conversation),
        lambda: Conversation(customer_id=customer.id, state=ConversationState.ASSISTANT),
    )


def by_topic(session: Session, *, chat_id: int, topic_id: int) -> Conversation | None:
    """Return the conversation of a topic, held for a change; None for a topic that belongs to nobody."""
    return session.scalar(
        select(Conversation)
        .where(Conversation.support_chat_id == chat_id, Conversation.topic_id == topic_id)
        .with_for_update(of=Conversation)
    )


# Built once: every turn asks it twice.
_STANDING = select(Conversation.epoch, Conversation.state, Conversation.comment_until).where(
    Conversation.customer_id == bindparam("customer_id")
)

_STANDING_HELD = _STANDING.with_for_update(read=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation stands; before there is one the assistant speaks."""

    epoch: int = 0
    state: ConversationState = ConversationState.ASSISTANT
    comment_until: datetime | None = None


def standing(session: Session, customer_id: int, *, hold: bool = False) -> Standing:
    """Return how a customer's conversation stands; held, it stands so until the transaction ends."""
    statement = _STANDING_HELD if hold else _STANDING
    row = session.connection().execute(statement, {"customer_id": customer_id}).one_or_none()
    return Standing(row.epoch, row.state, row.comment_until) if row else Standing()


def place(session: Session, conversation: Conversation) -> int:
    """Return the customer's place in the queue, 1 for who is next; 0 for somebody who isn't waiting."""
    if conversation.state is not ConversationState.WAITING:
        return 0
    before = Conversation.waiting_since < conversation.waiting_since
    ahead = (
        select(func.count()).select_from(Conversation).where(Conversation.state == ConversationState.WAITING, before)
    )
    return (session.scalar(ahead) or 0) + 1
