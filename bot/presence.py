"""Whether a customer can be reached: Telegram says so when they block the bot or come back."""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session

from bot.store import Store
from bot.support import receipts
from tradein import customers
from tradein.departures import depart


class Presence:
    """Keeps ``unreachable_since`` true; what was queued for somebody who left is never sent later."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, chat_id: int, *, reachable: bool) -> None:
        """Write down that the customer of a chat left or came back."""
        await self._store.do(partial(_note, chat_id, reachable))


def _note(chat_id: int, reachable: bool, session: Session) -> None:
    now = datetime.now(UTC)
    if reachable:
        customers.found(session, chat_id=chat_id)
    else:
        depart(session, chat_id=chat_id, error="the customer blocked the bot", now=now)
        receipts.departed(session, chat_id=chat_id, now=now)
    receipts.presence(session, chat_id=chat_id, reachable=reachable, now=now)
