"""The group's updates: which of them are the agents' business, and the transaction that deals with each.

A role is read from the database at every message, command and tap. What somebody without one writes is carried nowhere,
and a word in the topic says so. Other threads of the group are nobody's.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session
from telegram import CallbackQuery, ChatMember, Message, Update
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from bot.intake import Inbox
from bot.sender import Sender
from bot.store import Store
from bot.support import buttons, hearing, tapping
from bot.support.group import Group
from bot.support.shift import Shift
from bot.words import Words
from tradein import inbox, outbox, staff
from tradein.answers import Answers
from tradein.logs import described
from tradein.policy import Policy
from tradein.staff import Role

type Act = Callable[[Session], str | None]
"""Does what an update asks for; returns the response for a toast, if it was a tap."""
_WRITES = frozenset({ChatMember.ADMINISTRATOR, ChatMember.OWNER})
_LOG = structlog.get_logger()


class Desk:
    """Handles what agents write and tap, and what becomes of the group."""

    def __init__(  # noqa: PLR0917 - the parts of the gateway, wired once
        self,
        store: Store,
        inbox_: Inbox,
        sender: Sender,
        words: Words,
        group: Group,
        policy: Policy,
        answers: Answers,
        bot_id: int,
    ) -> None:
        self._store = store
        self._inbox = inbox_
        self._sender = sender
        self._words = words
        self._group = group
        self._policy = policy
        self._answers = answers
        self._bot_id = bot_id

    async def handle(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Take an update of the group to its end; the agent hears of a mistake of ours."""
        try:
            await self._handle(update)
        except Exception as error:  # noqa: BLE001 - whatever it is, the agent must not believe that it was sent
            _LOG.error("desk_failed", update_id=update.update_id, **described(error))
            await self._finish(update, partial(self._failed, update))

    async def _handle(self, update: Update) -> None:
        query, message = update.callback_query, update.effective_message
        toast: str | None = None
        if query is not None:
            toast = await self._finish(update, partial(self._tapped, query))
            await _answer(query, toast and self._words.title(toast))
        elif update.my_chat_member is not None:
            await self._finish(update, partial(self._changed, update))
        elif message is not None and message.migrate_to_chat_id:
            await self._group.move(message.migrate_to_chat_id)
            await self._finish(update, lambda _session: None)
        elif message is not None and message.is_topic_message:
            await self._finish(update, partial(self._heard, message, edited=update.edited_message is not None))
        else:
            await self._finish(update, lambda _session: None)

    async def _finish(self, update: Update, act: Act) -> str | None:
        def transact(session: Session) -> str | None:
            now = datetime.now(UTC)
            if not inbox.finish(session, bot_id=self._bot_id, update_id=update.update_id, now=now):
                return None
            return act(session)

        said = await self._store.do(transact)
        self._sender.look()
        return said

    def _shift(self, session: Session, message: Message, user_id: int | None) -> Shift | None:
        return Shift.at(
            session,
            message,
            user_id,
            words=self._words,
            group=self._group,
            policy=self._policy,
            answers=self._answers,
            now=datetime.now(UTC),
        )

    def _heard(self, message: Message, session: Session, *, edited: bool) -> None:
        user = None if message.sender_chat else message.from_user
        if user is not None and user.is_bot:
            return
        shift = self._shift(session, message, user.id if user else None)
        if shift is not None:
            hearing.hear(shift, message, edited=edited)

    def _tapped(self, query: CallbackQuery, session: Session) -> str | None:
        asked = buttons.read(query.data or "")
        if asked is None or not isinstance(query.message, Message):
            return "utter_stale_button"
        shift = self._shift(session, query.message, query.from_user.id)
        return "utter_stale_button" if shift is None else tapping.tap(shift, *asked)

    def _failed(self, update: Update, session: Session) -> None:
        message = update.effective_message
        shift = self._shift(session, message, None) if message else None
        if shift is not None:
            shift.say("utter_desk_failed")

    def _changed(self, update: Update, session: Session) -> None:
        """Tell the supervisors where they are heard that the bot may no longer do its work in the group."""
        member = update.my_chat_member.new_chat_member if update.my_chat_member else None
        if member is None or (member.status in _WRITES and getattr(member, "can_manage_topics", True)):
            return
        _LOG.error("support_group_shut", status=member.status, hint="tradein support check says why")
        for supervisor in staff.listed(session):
            if Role.SUPERVISOR in supervisor.roles and supervisor.chat_id is not None:
                outbox.queue(
                    session,
                    chat_id=supervisor.chat_id,
                    customer_id=None,
                    kind="notice",
                    body={"response": "utter_desk_group_shut", "params": {}},
                    now=datetime.now(UTC),
                )


async def _answer(query: CallbackQuery, toast: str | None) -> None:
    try:
        await query.answer(toast)
    except TelegramError:
        return
