"""A customer with a coupon, whose reminders come due when a test says so."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conversations.driver import PATIENCE_SECONDS, Customer
from tests.conversations.record import gets_coupon
from tradein import customers, database, occasions
from tradein.coupons import Coupon
from tradein.customers import Wish
from tradein.reminders import Reminder, ReminderState


class Holder(Customer):
    """Somebody who got a coupon a moment ago, and waits for what comes."""

    def gets_coupon(self) -> "Holder":
        """Go all the way."""
        gets_coupon(self)
        return self

    def comes_due(self, kind: str) -> None:
        """Let one of the coupon's reminders be due now."""
        with database.transaction(self.stack.sessions) as session:
            [row] = [row for row in occasions.of_coupon(session, self._coupon(session)) if row.kind == kind]
            assert row.state is ReminderState.PLANNED
            row.due_at = datetime.now(UTC) - timedelta(seconds=1)

    def became(self, kind: str) -> tuple[str, str | None]:
        """Return the state of one of the coupon's reminders and its reason, once it has one; that is waited for."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with database.reading(self.stack.sessions) as session:
                found = {row.kind: row for row in occasions.of_coupon(session, self._coupon(session))}
                row: Reminder = found[kind]
                if row.state not in {ReminderState.PLANNED, ReminderState.QUEUED}:
                    return row.state.value, row.reason
            assert time.monotonic() < deadline, row.state
            time.sleep(0.1)

    def wants(self) -> Wish:
        """Which reminders the customer wants, as the database has it."""
        with database.reading(self.stack.sessions) as session:
            return customers.by_chat(session, self.chat_id).reminders

    def _coupon(self, session: Session) -> Coupon:
        person = customers.by_chat(session, self.chat_id)
        return session.scalars(select(Coupon).where(Coupon.customer_id == person.id)).one()
