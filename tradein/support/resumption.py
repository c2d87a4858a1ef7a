"""Where the exchange stood: the question that the assistant owes a customer once it speaks again."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tradein.support.conversations import Conversation


def to_resume(session: Session, *, limit: int = 50) -> Sequence[Conversation]:
    """Return the conversations in which the assistant owes the question at which the exchange stood."""
    owed = select(Conversation).where(Conversation.resume_at.is_not(None)).order_by(Conversation.resume_at)
    return session.scalars(owed.limit(limit)).all()


def resumed(session: Session, conversation_id: int, *, epoch: int) -> bool:
    """Note that the assistant goes on now; False if somebody else speaks by now, or it has gone on already."""
    done = session.scalars(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.epoch == epoch, Conversation.resume_at.is_not(None))
        .values(resume_at=None)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(done) == 1
