"""The inbox in front of python-telegram-bot: an update is a row before Telegram hears that we have it.

PTB asks for the next batch, which acknowledges this one, as soon as every update was put into its queue; a webhook is
answered then too. So :meth:`Inbox.put` is the place: the row is committed when it returns.
"""

import asyncio
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

import structlog
from sqlalchemy.exc import DataError, SQLAlchemyError, StatementError
from sqlalchemy.orm import Session
from telegram import Bot, Update
from telegram.constants import ChatType
from telegram.error import NetworkError

from bot import starts
from bot.arrival import prune, redacted
from bot.store import Store
from bot.support.group import Group
from tradein import customers, imei, inbox, languages
from tradein.customers import Customer
from tradein.inbox import InboxUpdate, UpdateState
from tradein.logs import described
from tradein.refusals import UnknownCustomer
from tradein.support import conversations
from tradein.support.conversations import ConversationState

_LOG = structlog.get_logger()
GIVEN_UP = timedelta(seconds=30)
"""After that an update that is new and in nobody's hands was given up: it is taken in hand as it is stored."""
NOTICED = "noticed"
"""The key beside Telegram's own ones in a stored update: a :class:`tradein.languages.Noticed`."""

type _Kept = tuple[dict[str, Any], "Person | None"]
"""An update as the inbox has it, and whose it is."""


class _KnownAlready(Exception):
    """The inbox has this update: Telegram repeated it, or our own commit had succeeded when its answer was lost."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose update it is: the row's id, the chat, the only name that the engine knows, the language they chose.

    ``epoch``, ``with_person`` and ``commenting`` are those of their conversation when the update was taken in: see
    :mod:`bot.mute` and :mod:`bot.helped`.
    """

    customer_id: int
    chat_id: int
    conversation_id: str
    language: str
    epoch: int = 0
    with_person: bool = False
    commenting: bool = False

    @classmethod
    def of(cls, session: Session, customer: Customer) -> Self:
        """Return what a turn needs of a customer."""
        stands = conversations.standing(session, customer.id)
        commenting = stands.comment_until is not None
        # What was resolved is taken up again by what they write, unless that is the word about the help.
        resumes = stands.state is ConversationState.RESOLVED and not commenting
        return cls(
            customer.id,
            customer.chat_id,
            customer.conversation_id,
            customer.language,
            epoch=stands.epoch,
            with_person=stands.state in conversations.SILENT or resumes,
            commenting=commenting,
        )


class Inbox(asyncio.Queue[object]):
    """PTB's update queue with a table behind it; ``people`` has the sender of each update in hand."""

    def __init__(self, store: Store, *, bot_id: int) -> None:
        super().__init__()
        self.bot: Bot | None = None
        self.group: Group | None = None
        self._store = store
        self._bot_id = bot_id
        self.people: dict[int, Person] = {}
        self._in_hand: set[int] = set()
        self._sifted: dict[int, tuple[Update, dict[str, Any]]] = {}

    def keep(self, update: Update, kept: dict[str, Any]) -> None:
        """Note an update that is about to be put, perhaps by its id alone, and the raw form in which it is kept."""
        self._sifted[update.update_id] = update, kept

    def forget(self, update_id: int) -> None:
        """Forget an update that is over."""
        self.people.pop(update_id, None)
        self._in_hand.discard(update_id)

    async def put(self, item: object) -> None:
        """Store an update, its numbers masked, and hand it on; drop it if it is in hand or done.

        What comes from neither a private chat nor the support group is dropped too.

        Raises telegram.error.NetworkError when the row can't be stored: PTB then asks for the update again, where any
        other exception would end its polling for good.
        """
        if not isinstance(item, Update):
            await super().put(item)
            return
        sifted = self._sifted.pop(item.update_id, None)
        update, payload = sifted or (item, prune(item.to_dict()))
        chat = update.effective_chat
        if chat is None or not (chat.type == ChatType.PRIVATE or (self.group and self.group.has(chat.id))):
            return
        try:
            kept = await self._accepted(update, payload)
        except Exception as error:
            # Another exception than NetworkError would end PTB's polling, and with it the whole gateway.
            if isinstance(error, SQLAlchemyError) and not _for_good(error):
                _LOG.error("inbox_out_of_order", error=type(error).__name__)
                raise NetworkError("the inbox can't be written") from error
            _LOG.error("update_set_aside", update_id=item.update_id, **described(error))
            await self.quarantine(item.update_id, payload, error=type(error).__name__)
            return
        if kept is not None:
            parsed = update if sifted and kept[0] == payload else None
            await self._hand_on(item.update_id, kept, parsed=parsed)

    async def resume(self, *, idle: timedelta = timedelta(0)) -> int:
        """Hand on what an earlier process left unfinished at least ``idle`` ago, in order; return how many."""
        left = await self._store.do(partial(self._unfinished, before=datetime.now(UTC) - idle))
        for kept in left:
            update_id = kept[0]["update_id"]
            try:
                await self._hand_on(update_id, kept)
            except Exception as error:  # noqa: BLE001 - left to raise, it would keep the gateway from ever starting
                _LOG.error("update_given_up", update_id=update_id, **described(error))
                self.forget(update_id)
                await self._store.do(partial(self._give_up, update_id, type(error).__name__))
        return len(left)

    async def keep_up(self) -> None:
        """Hand on now and then what was given up here, for ever.

        While the database is away neither an answer nor the apology for a missing one can be written. The row stays
        new, and the customer must not have to wait for the next start.
        """
        while True:
            await asyncio.sleep(GIVEN_UP.total_seconds())
            try:
                left = await self.resume(idle=GIVEN_UP)
            except SQLAlchemyError as error:
                _LOG.error("inbox_out_of_order", error=type(error).__name__)
            else:
                if left:
                    _LOG.warning("updates_taken_up_again", count=left)

    async def quarantine(self, update_id: int, raw: dict[str, Any], *, error: str) -> None:
        """Set an update aside that can't be handled; raises telegram.error.NetworkError like :meth:`put`."""
        aside = partial(
            inbox.quarantine,
            bot_id=self._bot_id,
            update_id=update_id,
            payload=redacted(raw),
            error=error,
            now=datetime.now(UTC),
        )
        try:
            await self._store.do(aside)
        except SQLAlchemyError as trouble:
            raise NetworkError("the inbox can't be written") from trouble
        except Exception as trouble:  # noqa: BLE001 - not even its number fits: better lost than deaf to all others
            _LOG.error("update_dropped", **described(trouble))

    async def _hand_on(self, update_id: int, kept: _Kept, *, parsed: Update | None = None) -> None:
        if update_id in self._in_hand:
            return
        self._in_hand.add(update_id)
        payload, person = kept
        if person is not None:
            self.people[update_id] = person
        await super().put(parsed or Update.de_json(payload, self.bot))

    async def _accepted(self, update: Update, payload: dict[str, Any]) -> _Kept | None:
        """Store an update; return what is to be handed on, None if it is over."""
        try:
            return await self._store.do(partial(self._accept, update, payload))
        except _KnownAlready:
            return await self._store.do(partial(self._still_new, update.update_id))

    def _accept(self, update: Update, payload: dict[str, Any], session: Session) -> _Kept:
        """Store the update with its numbers masked; raises _KnownAlready."""
        now = datetime.now(UTC)
        payload = deepcopy(payload)  # a second try masks the numbers anew: what the first one noted is rolled back
        chat, user = update.effective_chat, update.effective_user
        person = None
        private = chat is not None and chat.type == ChatType.PRIVATE
        if chat is not None and private and user is not None and update.my_chat_member is None:
            customer = customers.meet(
                session,
                telegram_user_id=user.id,
                chat_id=chat.id,
                first_name=redacted(user.first_name),
                language=languages.spoken(user.language_code),
                now=now,
            )
            person = Person.of(session, customer)
            if not person.with_person:  # a colleague reads what is meant for them as it is written
                _listen(customer, payload)
                person = replace(person, language=customer.language)
            starts.use_link(session, payload, customer, now=now)
        if chat is not None and private:
            _mask(session, payload, chat_id=chat.id, now=now)
        new = inbox.accept(
            session,
            bot_id=self._bot_id,
            update_id=update.update_id,
            chat_id=chat.id if chat else None,
            payload=payload,
            now=now,
        )
        if not new:
            raise _KnownAlready
        return payload, person

    def _still_new(self, update_id: int, session: Session) -> _Kept | None:
        row = session.get_one(InboxUpdate, (self._bot_id, update_id))
        return _kept(session, row) if row.state == UpdateState.NEW else None

    def _give_up(self, update_id: int, error: str, session: Session) -> None:
        inbox.finish(session, bot_id=self._bot_id, update_id=update_id, now=datetime.now(UTC), error=error)

    def _unfinished(self, session: Session, *, before: datetime) -> list[_Kept]:
        left = inbox.unfinished(session, bot_id=self._bot_id, before=before)
        return [_kept(session, row) for row in left if row.update_id not in self._in_hand]


def _for_good(error: SQLAlchemyError) -> bool:
    """Say whether the database refuses what is in an update, and will each time that Telegram sends it."""
    return isinstance(error, DataError) or type(error) is StatementError


def _kept(session: Session, row: InboxUpdate) -> _Kept:
    person = None
    if row.chat_id is not None:
        with suppress(UnknownCustomer):
            person = Person.of(session, customers.by_chat(session, row.chat_id))
    return row.payload, person


def _listen(customer: Customer, payload: dict[str, Any]) -> None:
    """Notice in which language a new message is written, and leave beside it what is to be said of that."""
    message = payload.get("message") or {}
    noticed = languages.notice(customer, message.get("text") or message.get("caption") or "")
    if noticed:
        payload[NOTICED] = noticed.value


def _mask(session: Session, payload: dict[str, Any], *, chat_id: int, now: datetime) -> None:
    message = payload.get("message") or payload.get("edited_message") or {}
    for key in ("text", "caption"):
        if key not in message:
            continue
        masked = imei.mask(session, message[key], chat_id=chat_id, now=now)
        commands = message.get("entities") or ()
        if any(masked[: entity["length"]] != message[key][: entity["length"]] for entity in commands):
            del message["entities"]  # a number inside the "command": words, then
        message[key] = masked
