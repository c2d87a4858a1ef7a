"""What a message needs of the database before it can be sent: most need nothing.

A notice or a reminder whose response has buttons gets its keyboard; the buttons that are on the screen stay in use
beside it, for it comes unasked. The message that shows an exchange's progress is edited once there is one.
"""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from bot import keyboards
from bot.support import addressing
from bot.words import Words
from tradein import customers, progress
from tradein.delivery import Delivery
from tradein.outbox import Message
from tradein.reminders import KIND

WORDED_LATE = frozenset({"notice", KIND})
"""Kinds whose words and buttons are made when they are sent."""


def needed(delivery: Delivery, words: Words) -> bool:
    """Say whether :func:`prepare` has something to do."""
    if addressing.needed(delivery) and not delivery.to:
        return True
    if delivery.kind in WORDED_LATE:
        return "buttons" not in delivery.body and words.has_buttons(delivery.body["response"])
    return delivery.kind == progress.KIND


def prepare(delivery: Delivery, words: Words, session: Session) -> Delivery:
    """Return the message with what it needs; raises WordsMissing."""
    if addressing.needed(delivery):
        delivery = addressing.addressed(session, delivery, group_id=None)
        if delivery.kind not in WORDED_LATE or not words.has_buttons(delivery.body["response"]):
            return delivery
    if delivery.kind == progress.KIND:
        known = progress.message_of(session, exchange_id=delivery.body["exchange_id"])
        language = customers.by_chat(session, delivery.chat_id).language
        return replace(delivery, body={**delivery.body, "message_id": known}, language=language)
    return replace(delivery, body=_with_buttons(delivery, words, session))


def _with_buttons(delivery: Delivery, words: Words, session: Session) -> dict[str, object]:
    worded = words.reply(delivery.body["response"], language=delivery.language, params=delivery.body.get("params"))
    token = keyboards.new_token()
    keyboards.hang(
        session,
        token=token,
        chat_id=delivery.chat_id,
        message_id=delivery.id,
        buttons=worded.buttons,
        now=datetime.now(UTC),
        alone=False,
    )
    # In the row as well: a tap finds the words there that it marks, and a second attempt the same buttons.
    message = session.get_one(Message, delivery.id)
    message.body = {**delivery.body, "text": worded.text, "buttons": keyboards.rows(token, worded.buttons)}
    return message.body
