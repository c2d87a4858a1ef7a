"""What the gateway does by itself, without the engine: a verb of the core and the answer to it, in one transaction.

    inbox row NEW ──► {row DONE, the core's verb, replies queued, first reply taken} ──► sender

An update that is taken up again after a crash finds its row done, so no deed is done twice.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update

from bot import replies
from bot.engine import Reply
from bot.intake import Person
from bot.sender import Sender
from bot.store import Store
from bot.words import Words
from tradein import inbox
from tradein.delivery import Delivery

type Work = Callable[[Session], list[Reply] | None]
"""Does something and returns what is said of it; None leaves the update to somebody else."""


class _LeftAlone(Exception):
    """The work found that the update isn't for it: nothing was written."""


class Deeds:
    """Takes updates to their end without a turn of the engine."""

    def __init__(self, store: Store, sender: Sender, words: Words, bot_id: int) -> None:
        self._store = store
        self._sender = sender
        self._words = words
        self._bot_id = bot_id

    async def do(self, update: Update, person: Person, work: Work) -> bool:
        """Do ``work``, queue its answer and finish the update; False if it left the update alone."""
        try:
            taken = await self._store.do(partial(self._transact, update, person, work))
        except _LeftAlone:
            return False
        self._sender.asked(person.chat_id)
        if taken:
            self._sender.deliver([taken])
        return True

    async def say(self, update: Update, person: Person, response: str, params: Mapping[str, Any] | None = None) -> None:
        """Finish an update with a response of the domain, its buttons included."""
        reply = self._words.reply(response, language=person.language, params=params)
        await self.do(update, person, lambda _session: [reply])

    def _transact(self, update: Update, person: Person, work: Work, session: Session) -> Delivery | None:
        now = datetime.now(UTC)
        if not inbox.finish(session, bot_id=self._bot_id, update_id=update.update_id, now=now):
            return None
        answers = work(session)
        if answers is None:
            raise _LeftAlone
        return replies.put(
            session,
            answers,
            owner=self._sender.owner,
            chat_id=person.chat_id,
            customer_id=person.customer_id,
            now=now,
        )
