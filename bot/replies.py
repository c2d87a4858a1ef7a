"""From the engine's messages to rows of the outbox, keyboards included, in the transaction of the turn."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from bot import keyboards
from bot.engine import Reply
from bot.split import split
from tradein import outbox


def queue(session: Session, replies: Iterable[Reply], *, chat_id: int, customer_id: int | None, now: datetime) -> None:
    """Queue ``replies`` for a chat in order; a text too long for one message fills several, buttons under the last."""
    for reply in replies:
        *first, last = split(reply.text)
        for part in first:
            outbox.queue(session, chat_id=chat_id, customer_id=customer_id, kind="reply", body={"text": part}, now=now)
        body: dict[str, object] = {"text": last}
        token = keyboards.new_token()
        if reply.buttons:
            body["buttons"] = keyboards.rows(token, reply.buttons)
        message = outbox.queue(session, chat_id=chat_id, customer_id=customer_id, kind="reply", body=body, now=now)
        if reply.buttons:
            keyboards.hang(session, token=token, chat_id=chat_id, message_id=message.id, buttons=reply.buttons, now=now)
