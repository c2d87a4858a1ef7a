"""What an agent reads first: why the customer wants a person, and the last turns of the talk, in one message.

Taken from the rows of inbox and outbox, where numbers are masked already.
"""

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.split import plain, utf16_units
from bot.words import Words
from tradein import imei
from tradein.inbox import InboxUpdate
from tradein.outbox import Message, MessageState
from tradein.support.conversations import Conversation

TURNS = 12
LONGEST_LINE = 240
"""Characters of one message that are shown."""
LONGEST = 3800
"""UTF-16 units of all of it."""
_SHOWN = (MessageState.SENT, MessageState.AMBIGUOUS, MessageState.SENDING)


def brief(session: Session, conversation: Conversation, words: Words, body: Mapping[str, Any]) -> str:
    """Return the message, HTML; the oldest turns are left out where all don't fit."""
    customer = conversation.customer
    reason = body.get("reason") or "other"
    head = words.say("utter_desk_brief", params={"name": customer.first_name, "reason": reason})
    assistant = words.say("utter_desk_assistant")
    until, chat_id = datetime.fromisoformat(body["until"]), customer.chat_id
    heard = _heard(session, chat_id, customer.first_name, until=until)
    turns = sorted([*heard, *_said(session, chat_id, assistant, until=until)])
    lines = [f"<b>{html.escape(who)}</b>: {html.escape(_short(text))}" for _, who, text in turns[-TURNS:] if text]
    while lines and utf16_units(head + "".join(lines)) > LONGEST:
        lines.pop(0)
    return "\n".join([head, *lines])


def _heard(session: Session, chat_id: int, name: str, *, until: datetime) -> list[tuple[datetime, str, str]]:
    rows = session.execute(
        select(InboxUpdate.received_at, InboxUpdate.payload)
        .where(InboxUpdate.chat_id == chat_id, InboxUpdate.received_at <= until)
        .order_by(InboxUpdate.update_id.desc())
        .limit(TURNS)
    ).all()
    return [(at, name, _words_of(payload)) for at, payload in rows]


def _words_of(payload: Mapping[str, Any]) -> str:
    message = payload.get("message") or {}
    text = message.get("text") or message.get("caption") or ""
    return imei.REFERENCE.sub("••••", text) or ("[…]" if message else "")


def _said(session: Session, chat_id: int, who: str, *, until: datetime) -> list[tuple[datetime, str, str]]:
    rows = session.execute(
        select(Message.created_at, Message.body)
        .where(
            Message.chat_id == chat_id,
            Message.kind.in_(["reply", "notice", "reminder"]),
            Message.state.in_(_SHOWN),
            Message.created_at <= until,
        )
        .order_by(Message.id.desc())
        .limit(TURNS)
    ).all()
    return [(at, who, plain(body.get("text") or "")) for at, body in rows]


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= LONGEST_LINE else f"{one_line[: LONGEST_LINE - 1]}…"
