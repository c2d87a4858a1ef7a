"""What the agents see of a conversation beside its messages: the card that is pinned in its topic, and a brief.

Whatever moves a conversation owes its card, in the move's transaction; the gateway words it as it is sent, so one that
waits is enough however often things change.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import BigInteger, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein import outbox
from tradein.database import Base
from tradein.outbox import Message, MessageState

CARD, BRIEF = "card", "brief"
"""Kinds of the outbox's messages that the gateway words as it sends them: the card, and what was said last."""


class MovedGroup(Base):
    """A group that Telegram gave another id: the one that was set, by which the outbox knows it, and the one it has."""

    __tablename__ = "moved_group"

    set_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat_id: Mapped[int] = mapped_column(BigInteger, unique=True)


class Shown(Protocol):
    """A conversation, as far as its card goes."""

    @property
    def id(self) -> int:
        """The row's key, which is the lane of its topic."""

    @property
    def customer_id(self) -> int:
        """Whose it is."""

    @property
    def support_chat_id(self) -> int | None:
        """The chat that has its topic, None before there is one."""


def show(session: Session, conversation: Shown, *, set_id: int, now: datetime, dedupe_key: str | None = None) -> bool:
    """Owe the group the card as it is when it is sent; False if it is owed already, or was under this key."""
    waiting = select(Message.id).where(
        Message.chat_id == set_id,
        Message.thread == conversation.id,
        Message.kind == CARD,
        Message.state == MessageState.QUEUED,
    )
    known = select(Message.id).where(Message.dedupe_key == dedupe_key)
    if session.scalar(waiting.limit(1)) or (dedupe_key and session.scalar(known)):
        return False
    outbox.queue(
        session,
        chat_id=set_id,
        thread=conversation.id,
        customer_id=conversation.customer_id,
        kind=CARD,
        body={},
        now=now,
        dedupe_key=dedupe_key,
    )
    return True


def brief(session: Session, conversation: Shown, *, set_id: int, reason: str, now: datetime) -> None:
    """Owe the agents what was said until now and why they are wanted: its topic is made for it, if there is none."""
    outbox.queue(
        session,
        chat_id=set_id,
        thread=conversation.id,
        customer_id=conversation.customer_id,
        kind=BRIEF,
        body={"reason": reason, "until": now.isoformat()},
        now=now,
    )


def changed(session: Session, conversation: Shown, *, now: datetime) -> None:
    """Owe the card because the conversation moved, if there is a topic that shows it."""
    set_id = set_id_of(session, conversation)
    if set_id is not None:
        show(session, conversation, set_id=set_id, now=now)


def tell(session: Session, conversation: Shown, response: str, *, now: datetime) -> None:
    """Owe the agents a word in the topic, if there is one."""
    set_id = set_id_of(session, conversation)
    if set_id is not None:
        body = {"response": response, "params": {}}
        outbox.queue(
            session, chat_id=set_id, thread=conversation.id, customer_id=None, kind="notice", body=body, now=now
        )


def set_id_of(session: Session, conversation: Shown) -> int | None:
    """Return the id under which the outbox knows the group of a conversation's topic, None if it has none."""
    if conversation.support_chat_id is None:
        return None
    moved = session.scalar(select(MovedGroup.set_id).where(MovedGroup.chat_id == conversation.support_chat_id))
    return moved or conversation.support_chat_id
