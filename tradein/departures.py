"""A customer who blocked the bot or left Telegram: nothing more goes there, and what waited is settled."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from tradein import customers, outbox
from tradein.reminders import KIND, Reason, Reminder, ReminderState


def depart(session: Session, *, chat_id: int, error: str, now: datetime) -> None:
    """Note that nothing reaches a chat any more, cancel what waits for it and drop the reminders among that."""
    customers.lost(session, chat_id=chat_id, now=now)
    reminders = [message.body["reminder"] for message in outbox.queued(session, chat_id=chat_id, kind=KIND)]
    outbox.cancel_lane(session, chat_id=chat_id, error=error)
    if reminders:
        session.execute(
            update(Reminder)
            .where(Reminder.id.in_(reminders), Reminder.state == ReminderState.QUEUED)
            .values(state=ReminderState.DROPPED, reason=Reason.UNREACHABLE.value, updated_at=now)
            .execution_options(synchronize_session=False)
        )
