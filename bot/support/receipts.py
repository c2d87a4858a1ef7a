"""What became of a message that was carried: noted with it, and told to whoever wrote it.

An agent sees a thumb under what arrived, or an answer that says why it did not. A customer hears only of what may not
have arrived or couldn't be carried. A message in doubt is never sent again by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.support.calls import CARRYING
from tradein import outbox
from tradein.customers import Customer
from tradein.delivery import Delivery
from tradein.outbox import Message, MessageState
from tradein.support import board, relay, topics
from tradein.support.conversations import Conversation, TopicState
from tradein.support.relay import Relayed, RelayState, Side

DELIVERED = "👍"
ENDS = {
    MessageState.SENT: RelayState.SENT,
    MessageState.AMBIGUOUS: RelayState.AMBIGUOUS,
    MessageState.FAILED: RelayState.FAILED,
    MessageState.CANCELLED: RelayState.FAILED,
}
POLL = "poll"
_DELETED = "message to copy not found"


def settle(
    session: Session,
    delivery: Delivery,
    to: MessageState,
    *,
    made: Sequence[int],
    place: Mapping[str, int],
    error: str | None,
    now: datetime,
) -> None:
    """Write down what a call into the group, or one that carried a message, came to."""
    if delivery.kind == "card" and made and delivery.thread:
        conversation = session.get_one(Conversation, delivery.thread)
        if conversation.topic_id == place.get("message_thread_id"):
            conversation.card_message_id = made[-1]
    if delivery.kind == "topic" and to is MessageState.SENT and delivery.thread:
        topics.turned(session, session.get_one(Conversation, delivery.thread), TopicState.CLOSED)
    if delivery.kind == "retract" and to is MessageState.FAILED and delivery.thread is None:
        _not_undone(session, delivery, now=now)
    if delivery.kind not in CARRYING or to not in ENDS:
        return
    rows = relay.of_message(session, delivery.id)
    if not rows:
        return
    for number, row in enumerate(rows):
        arrived = to is MessageState.SENT and number < len(made)
        row.state = ENDS[to] if arrived or to is not MessageState.SENT else RelayState.FAILED
        if arrived and row.side is Side.CUSTOMER:
            row.topic_message_id, row.group_chat_id = made[number], place["chat_id"]
        elif arrived:
            row.customer_message_id = made[number]
    session.flush()
    _tell(session, rows[0], delivery, to=to, error=error or "", now=now)


def _not_undone(session: Session, delivery: Delivery, *, now: datetime) -> None:
    row = session.get_one(Relayed, delivery.body["relayed"][0])
    row.state = RelayState.SENT
    conversation = session.get_one(Conversation, row.conversation_id)
    answer(session, conversation, delivery.body["group"], "utter_desk_cannot_undo", row, now=now)


def _tell(session: Session, row: Relayed, delivery: Delivery, *, to: MessageState, error: str, now: datetime) -> None:
    conversation = session.get_one(Conversation, row.conversation_id)
    if row.side is Side.AGENT:
        set_id = delivery.body["group"]
        if to is MessageState.SENT:
            if row.part == 0:
                body = {"message_id": row.topic_message_id, "emoji": DELIVERED}
                _in_topic(session, conversation, set_id, kind="receipt", body=body, now=now)
                if row.kind == POLL:  # the copy is a poll of its own
                    answer(session, conversation, set_id, "utter_desk_poll_votes", row, now=now)
        elif to is MessageState.AMBIGUOUS:
            answer(session, conversation, set_id, "utter_desk_in_doubt", row, now=now, do="again", about=row.id)
        elif "forbidden" in error.lower() or "chat not found" in error.lower():
            answer(session, conversation, set_id, "utter_desk_unreachable", row, now=now)
        else:
            answer(session, conversation, set_id, "utter_desk_not_delivered", row, now=now)
    elif to is MessageState.AMBIGUOUS:
        _to_customer(session, conversation, row, "utter_support_in_doubt", now=now)
    elif to is not MessageState.SENT and _DELETED not in error.lower():
        _to_customer(session, conversation, row, "utter_support_not_carried", now=now)


def answer(
    session: Session,
    conversation: Conversation,
    set_id: int,
    response: str,
    row: Relayed,
    *,
    now: datetime,
    **more: Any,  # noqa: ANN401 - a button
) -> None:
    """Answer an agent's message in the topic with a response."""
    body = {"response": response, "reply_to": row.topic_message_id, **more}
    _in_topic(session, conversation, set_id, kind="notice", body=body, now=now)


def departed(session: Session, *, chat_id: int, now: datetime) -> None:
    """Tell the agents that nothing reaches a customer any more, and which of their messages did not."""
    rows = session.scalars(
        select(Relayed)
        .join(Message, Message.id == Relayed.outbox_id)
        .where(Message.chat_id == chat_id, Message.state == MessageState.CANCELLED, Relayed.state == RelayState.QUEUED)
        .order_by(Relayed.id)
    ).all()
    for row in rows:
        row.state = RelayState.FAILED
        message = session.get_one(Message, row.outbox_id)
        conversation = session.get_one(Conversation, row.conversation_id)
        if row.part == 0 and row.side is Side.AGENT:
            answer(session, conversation, message.body["group"], "utter_desk_unreachable", row, now=now)


def presence(session: Session, *, chat_id: int, reachable: bool, now: datetime) -> None:
    """Tell the agents who talk to a customer that nothing reaches them any more, or that it does again."""
    conversation = session.scalar(
        select(Conversation).join(Customer, Customer.id == Conversation.customer_id).where(Customer.chat_id == chat_id)
    )
    set_id = board.set_id_of(session, conversation) if conversation else None
    if conversation is None or set_id is None:
        return
    board.show(session, conversation, set_id=set_id, now=now)
    if conversation.silent:
        body: dict[str, Any] = {
            "response": "utter_desk_came_back" if reachable else "utter_desk_blocked_bot",
            "params": {},
        }
        _in_topic(session, conversation, set_id, kind="notice", body=body, now=now)


def may_be_sent(session: Session, delivery: Delivery) -> bool:
    """Say whether a message whose sender died was surely not sent: it was still making the topic."""
    if not delivery.thread:
        return False
    return session.get_one(Conversation, delivery.thread).topic_state is TopicState.MAKING


def _in_topic(
    session: Session, conversation: Conversation, set_id: int, *, kind: str, body: dict[str, Any], now: datetime
) -> None:
    outbox.queue(session, chat_id=set_id, thread=conversation.id, customer_id=None, kind=kind, body=body, now=now)


def _to_customer(session: Session, conversation: Conversation, row: Relayed, response: str, *, now: datetime) -> None:
    customer = conversation.customer
    outbox.queue(
        session,
        chat_id=customer.chat_id,
        customer_id=customer.id,
        kind="notice",
        body={"response": response, "params": {}, "reply_to": row.customer_message_id},
        now=now,
    )
