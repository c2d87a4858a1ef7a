"""The topic of a conversation in the support group: made once, opened again, made anew when somebody deleted it.

    NONE ──► MAKING ──► OPEN ◄──► CLOSED
               ▲          │         │
               └── DEAD ◄─┴─────────┘   (deleted by hand)

``MAKING`` is committed before Telegram is asked. A crash in between may leave an empty topic behind that belongs to
nobody, never two that are bound, and never a message outside of a topic.
"""

from sqlalchemy import update
from sqlalchemy.orm import Session

from tradein.support.board import MovedGroup
from tradein.support.conversations import Conversation, TopicState

NOBODYS = 0
"""The thread of what concerns no customer: the group's general topic."""


def group_of(session: Session, set_id: int) -> int:
    """Return the id that the group has now whose id was set as ``set_id``."""
    moved = session.get(MovedGroup, set_id)
    return moved.chat_id if moved else set_id


def group_moved(session: Session, *, set_id: int, chat_id: int) -> None:
    """Note that the group has another id. Its topics are tried there, and made anew where they are not."""
    before = group_of(session, set_id)
    if before == chat_id:
        return
    session.merge(MovedGroup(set_id=set_id, chat_id=chat_id))
    session.execute(
        update(Conversation)
        .where(Conversation.support_chat_id == before)
        .values(support_chat_id=chat_id)
        .execution_options(synchronize_session=False)
    )


def making(session: Session, conversation: Conversation) -> None:
    """Note that a topic is about to be made."""
    conversation.topic_state = TopicState.MAKING
    conversation.topic_id = conversation.card_message_id = None
    session.flush()


def bind(session: Session, conversation: Conversation, *, chat_id: int, topic_id: int) -> bool:
    """Bind the topic that was made; False if the conversation has one by now."""
    bound = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id, Conversation.topic_state == TopicState.MAKING)
        .values(topic_state=TopicState.OPEN, support_chat_id=chat_id, topic_id=topic_id, card_message_id=None)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(bound) == 1


def gone(session: Session, conversation: Conversation, *, topic_id: int | None) -> None:
    """Note that a topic was deleted, unless it is another one by now."""
    if conversation.topic_id == topic_id and conversation.topic_state is not TopicState.MAKING:
        conversation.topic_state = TopicState.DEAD
        conversation.topic_id = conversation.card_message_id = None
        session.flush()


def turned(session: Session, conversation: Conversation, state: TopicState) -> None:
    """Note that the topic was closed or opened."""
    if conversation.topic_state in {TopicState.OPEN, TopicState.CLOSED}:
        conversation.topic_state = state
        session.flush()
