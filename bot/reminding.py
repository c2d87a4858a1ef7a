"""What a reminder needs beyond other messages: to be still wanted as it is taken in hand, and its own row settled.

Both happen in the transaction that takes or settles its message, so the two rows never tell different stories.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.preparing import needed, prepare
from bot.words import Words, WordsMissing
from tradein import reminders, sweeps
from tradein.delivery import Delivery, release
from tradein.outbox import MessageState
from tradein.policy import Policy
from tradein.reminders import KIND, Reason, ReminderState

ENDS = {
    MessageState.SENT: ReminderState.SENT,
    MessageState.AMBIGUOUS: ReminderState.AMBIGUOUS,
    MessageState.FAILED: ReminderState.FAILED,
}
"""What becomes of a reminder with its message; of a message that goes back to its lane nothing does."""
UNWANTED = "not wanted any more"


def in_hand(
    session: Session, delivery: Delivery, *, words: Words, policy: Policy, now: datetime
) -> Delivery | Reason | None:
    """Return a message just taken, ready to be sent.

    Of a reminder that is not wanted any more the message is cancelled: the reason why it was dropped comes back then,
    None if it was planned anew or superseded.
    """
    if delivery.kind != KIND:
        return delivery
    reminder_id = delivery.body["reminder"]
    row = session.get(reminders.Reminder, reminder_id)
    if row is not None and row.message_id != delivery.id:  # planned anew meanwhile: this one tells the old date
        release(session, delivery, to=MessageState.CANCELLED, error=UNWANTED)
        return None
    if not sweeps.still_wanted(session, reminder_id, policy=policy, now=now):
        release(session, delivery, to=MessageState.CANCELLED, error=UNWANTED)
        return Reason(row.reason) if row and row.state is ReminderState.DROPPED and row.reason else None
    try:
        return prepare(delivery, words, session) if needed(delivery, words) else delivery
    except WordsMissing:
        return delivery  # it fails as it is sent, alone


def settle(session: Session, delivery: Delivery, *, to: MessageState, now: datetime) -> None:
    """Write down what became of the reminder that a message carries, if it carries one and that ended."""
    if delivery.kind == KIND and to in ENDS:
        sweeps.settle(session, delivery.body["reminder"], state=ENDS[to], now=now)
