"""Taking messages out of the outbox: only the first one that waits in a chat, so never two of one chat at once.

A message is ``sending`` before it is sent. Were a whole lane taken at once, a crash would leave messages in doubt that
nobody had begun to send.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tradein import outbox
from tradein.customers import Customer
from tradein.outbox import Message, MessageState

LEASE = timedelta(seconds=90)
"""Longer than any one call to Telegram may take (its read timeout and a wait for its turn)."""

_WAITING = (MessageState.QUEUED, MessageState.SENDING)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in hand, and the language of the person who gets it."""

    message: Message
    language: str


def new_owner() -> str:
    """Return the name under which this process holds messages; it tells where the process is to be looked for."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{token_hex(4)}"


def take(session: Session, *, owner: str, now: datetime, limit: int, chat_id: int | None = None) -> list[Delivery]:
    """Take up to ``limit`` due messages, each the first of its chat; the caller commits before it sends any."""
    front = select(func.min(Message.id)).where(Message.state.in_(_WAITING))
    front = front.group_by(Message.chat_id) if chat_id is None else front.where(Message.chat_id == chat_id)
    due = (
        select(Message.id)
        .where(Message.id.in_(front), Message.state == MessageState.QUEUED, Message.not_before <= now)
        .order_by(Message.id)
        .limit(limit)
    )
    taken = session.scalars(
        update(Message)
        # The state once more: on PostgreSQL a second taker waits here for the first and then finds it changed.
        .where(Message.id.in_(due), Message.state == MessageState.QUEUED)
        .values(state=MessageState.SENDING, lease_owner=owner, lease_until=now + LEASE, attempts=Message.attempts + 1)
        .returning(Message)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return [Delivery(message, _language(session, message)) for message in sorted(taken, key=lambda row: row.id)]


def orphans(session: Session, *, owner: str, now: datetime) -> list[Message]:
    """Return the messages in the hands of a sender that is dead: its lease is over, or its process is gone."""
    held = session.scalars(
        select(Message).where(Message.state == MessageState.SENDING, Message.lease_owner != owner).order_by(Message.id)
    ).all()
    lapsed = {message.id for message in outbox.abandoned(session, now=now)}
    return [message for message in held if message.id in lapsed or _gone(message.lease_owner or "")]


def _gone(owner: str) -> bool:
    """Whether ``owner`` was a process of this machine and isn't running any more."""
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:32] or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return True  # a predecessor with the number that is ours now
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _language(session: Session, message: Message) -> str:
    if message.kind != "notice" or message.customer_id is None:
        return "en"
    customer = session.get(Customer, message.customer_id)
    return customer.language if customer else "en"
