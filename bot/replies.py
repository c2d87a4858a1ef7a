"""From the engine's messages to rows of the outbox, keyboards included, in the transaction of the turn."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot import keyboards
from bot.engine import Reply
from bot.split import split
from tradein import delivery, outbox
from tradein.delivery import Delivery


def queue(session: Session, replies: Sequence[Reply], *, chat_id: int, customer_id: int | None, now: datetime) -> None:
    """Queue ``replies`` for a chat in order: the sender finds them there."""
    hang = _Hanging(session, chat_id, now)
    for body, token, buttons in _messages(replies):
        message_id = outbox.queue(session, chat_id=chat_id, customer_id=customer_id, kind="reply", body=body, now=now)
        hang(token, message_id, buttons)


def put(
    session: Session,
    replies: Sequence[Reply],
    *,
    owner: str,
    chat_id: int,
    customer_id: int | None,
    now: datetime,
    alone: bool = True,
) -> Delivery | None:
    """Queue ``replies`` as :func:`queue` does; return the chat's first message, taken, unless one is being sent.

    The buttons of those that nobody asked for don't stand ``alone``: what hangs in the chat stays in use beside them.
    """
    taken, count = None, 0
    hang = _Hanging(session, chat_id, now, alone=alone)
    for count, (body, token, buttons) in enumerate(_messages(replies), start=1):  # noqa: B007 - the count is wanted
        message_id, mine = delivery.put(
            session, owner=owner, chat_id=chat_id, customer_id=customer_id, kind="reply", body=body, now=now
        )
        taken = taken or mine
        hang(token, message_id, buttons)
    if taken is None:
        return delivery.take_next(session, owner=owner, now=now, chat_id=chat_id)
    return replace(taken, last=count == 1)


class _Hanging:
    """Hangs the keyboards of one answer: the first takes the place of what hung before, the others stand beside it."""

    def __init__(self, session: Session, chat_id: int, now: datetime, *, alone: bool = True) -> None:
        self._session = session
        self._chat_id = chat_id
        self._now = now
        self._alone = alone

    def __call__(self, token: str, message_id: int, buttons: Sequence[dict[str, Any]]) -> None:
        """Hang ``buttons``, if there are any, under a message of the outbox."""
        if buttons:
            keyboards.hang(
                self._session,
                token=token,
                chat_id=self._chat_id,
                message_id=message_id,
                buttons=buttons,
                now=self._now,
                alone=self._alone,
            )
            self._alone = False


def _messages(replies: Sequence[Reply]) -> Iterator[tuple[dict[str, Any], str, list[dict[str, Any]]]]:
    """Yield each message's body and its keyboard; a text too long for one fills several, buttons under the last."""
    for reply in replies:
        *first, last = split(reply.text)
        for part in first:
            yield {"text": part}, "", []
        token = keyboards.new_token()
        buttons = {"buttons": keyboards.rows(token, reply.buttons)} if reply.buttons else {}
        yield {"text": last, **buttons}, token, reply.buttons
