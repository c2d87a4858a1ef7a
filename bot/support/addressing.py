"""Where a message of the group's business goes, and what it answers: looked up when it is taken in hand, never stored.

The outbox knows a conversation; its topic may be made, closed, deleted and made again while a message waits.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from bot.support.calls import KINDS
from tradein.delivery import Delivery
from tradein.support.board import CARD
from tradein.support.conversations import SILENT, Conversation, TopicState
from tradein.support.relay import Relayed
from tradein.support.topics import NOBODYS

IN_AN_OPEN_TOPIC = frozenset({"say", "copy", "copies", "notice", "brief"})
"""Kinds that make a message: for them a topic is made, or opened again. What else there is to do needs none."""

type To = dict[str, Any]


def addressed(session: Session, delivery: Delivery, *, group_id: int | None) -> Delivery:
    """Return the message with its place, and with the twins of what it answers, edits or deletes."""
    place: To = {"chat_id": delivery.chat_id}
    if delivery.thread is not None:
        place = {"chat_id": group_id}
        if delivery.thread != NOBODYS:
            place["message_thread_id"] = session.get_one(Conversation, delivery.thread).topic_id
    to: To = {"place": place}
    body: Mapping[str, Any] = delivery.body
    answers = _answers(session, delivery, group_id=group_id)
    if answers:
        to["answers"] = answers
    if delivery.kind in {"amend", "retract"}:
        twins = [twin for row in body["relayed"] if (twin := _there(session, delivery, row, group_id)) is not None]
        to |= {"twins": twins, "twin": twins[0] if twins else None}
    return replace(delivery, to=to)


def needed(delivery: Delivery) -> bool:
    """Say whether a message for a customer's own chat has to be addressed."""
    return delivery.kind in KINDS or "reply_to" in delivery.body


def wants_topic(conversation: Conversation, kind: str) -> bool:
    """Say whether a topic has to be made or opened before a message of this kind is sent.

    For a card alone it is while somebody is to look at it.
    """
    wanted = kind in IN_AN_OPEN_TOPIC or (kind == CARD and conversation.state in SILENT)
    return wanted and conversation.topic_state is not TopicState.OPEN


def _answers(session: Session, delivery: Delivery, *, group_id: int | None) -> To | None:
    body = delivery.body
    message_id = body.get("reply_to")
    if message_id is None and body.get("answers_relayed") is not None:
        message_id = _there(session, delivery, body["answers_relayed"], group_id)
    if message_id is None:
        return None
    quote = {"quote": body["quote"]} if body.get("quote") else {}
    return {"message_id": message_id, "allow_sending_without_reply": True, **quote}


def _there(session: Session, delivery: Delivery, relayed_id: int, group_id: int | None) -> int | None:
    """Return the id that a carried message has in the chat that ``delivery`` goes to."""
    row = session.get(Relayed, relayed_id)
    if row is None:
        return None
    if delivery.thread is None:
        return row.customer_message_id
    return row.topic_message_id if row.group_chat_id == group_id else None
