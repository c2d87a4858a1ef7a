"""A tap on a button: resolved from the keyboard's row, answered at once, and a turn if the button means one.

page, toggle ──► the same message with other buttons
choice, submit, footer ──► keyboard removed, "✓ title" added ──► a turn with the intent of the button
anything else ──► a toast that says the button is no longer in use
"""

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import Any, Protocol

from sqlalchemy.orm import Session
from telegram import CallbackQuery, Update
from telegram.constants import MessageLimit
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from bot import keyboards
from bot.engine import Turn
from bot.intake import Inbox, Person
from bot.keyboards import MARK, Keyboard
from bot.sender import Sender
from bot.split import utf16_units
from bot.store import Store
from bot.turns import Turns
from bot.words import Words
from tradein import delivery, inbox
from tradein.delivery import Delivery
from tradein.outbox import Message

_PAYLOAD = re.compile(r"/?(?P<intent>[^{]*)(?P<entities>\{.*\})?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Tap:
    """What a tap came to: ``turn`` for the engine, or a ``toast``, or neither; ``taken`` is to be sent."""

    turn: Turn | None = None
    toast: str | None = None
    taken: Delivery | None = None


class Desk(Protocol):
    """Who a button's intent is for."""

    async def play(self, update: Update, person: Person, turn: Turn) -> None:
        """Take the update to its end."""


class Taps:
    """Handles callback queries; an intent of ``desks`` is dealt with there, any other is a turn of the engine."""

    def __init__(  # noqa: PLR0917 - the parts of the gateway, wired once
        self, store: Store, inbox_: Inbox, turns: Turns, sender: Sender, words: Words, bot_id: int
    ) -> None:
        self._store = store
        self._inbox = inbox_
        self._turns = turns
        self._sender = sender
        self._words = words
        self._bot_id = bot_id
        self._answers: set[asyncio.Task[None]] = set()
        self.desks: Mapping[str, Desk] = {}

    async def tap(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Handle one tap; everything but its turn is over, and committed, before the customer notices."""
        query = update.callback_query
        if query is None:
            return
        person = self._inbox.people[update.update_id]
        tap = await self._store.do(partial(self._resolve, update, query, person))
        self._sender.asked(person.chat_id)
        if tap.taken:
            self._sender.deliver([tap.taken])
        answer = asyncio.create_task(_answer(query, tap.toast))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)
        if tap.turn is not None:
            desk = self.desks.get(tap.turn.intent or "", self._turns)
            await desk.play(update, person, tap.turn)

    def _resolve(self, update: Update, query: CallbackQuery, person: Person, session: Session) -> _Tap:
        now = datetime.now(UTC)
        # A private chat has its customer's id, so the chat of the keyboard is its owner.
        found = keyboards.find(session, query.data or "", chat_id=query.from_user.id)
        if found is None or query.message is None or query.message.chat.id != query.from_user.id:
            return self._stale(session, update, person, now)
        keyboard, number, paging = found
        if keyboard.used_by == update.update_id:  # taken up again after a crash: the message is edited already
            return _Tap(turn=meaning(keyboard, number))
        if paging or keyboard.buttons[number]["kind"] == "toggle":
            # First of all: a tap that is taken up again must not undo what it did.
            if not inbox.finish(session, bot_id=self._bot_id, update_id=update.update_id, now=now):
                return _Tap()
            change = keyboards.turn_to if paging else keyboards.toggle
            changed = change(session, keyboard, number)
            return self._edit(session, keyboard, query.message.message_id, now=now) if changed else self._toast(person)
        if not keyboards.use(session, keyboard, update_id=update.update_id):
            return self._stale(session, update, person, now)
        used = self._edit(session, keyboard, query.message.message_id, now=now, chosen=number)
        return replace(used, turn=meaning(keyboard, number))

    def _stale(self, session: Session, update: Update, person: Person, now: datetime) -> _Tap:
        inbox.finish(session, bot_id=self._bot_id, update_id=update.update_id, now=now)
        return self._toast(person)

    def _toast(self, person: Person) -> _Tap:
        return _Tap(toast=self._words.say("utter_stale_button", language=person.language))

    def _edit(
        self, session: Session, keyboard: Keyboard, message_id: int, *, now: datetime, chosen: int | None = None
    ) -> _Tap:
        message = session.get_one(Message, keyboard.message_id)
        text = str(message.body["text"])
        body: dict[str, Any] = {"message_id": message_id, "text": text}
        if chosen is not None:
            body["text"] = _marked(text, keyboard, chosen)
        else:
            body["buttons"] = keyboards.rows(
                keyboard.token, keyboard.buttons, page=keyboard.page, marked=keyboard.marked
            )
        owner, chat_id = self._sender.owner, keyboard.chat_id
        _, taken = delivery.put(
            session, owner=owner, chat_id=chat_id, customer_id=message.customer_id, kind="edit", body=body, now=now
        )
        return _Tap(taken=taken or delivery.take_next(session, owner=owner, now=now, chat_id=chat_id))


def meaning(keyboard: Keyboard, index: int) -> Turn:
    """Return the turn that a choice or submit button stands for; a submit brings what is marked as ``chosen``."""
    button = keyboard.buttons[index]
    match = _PAYLOAD.fullmatch(button["payload"])
    if match is None:
        raise ValueError(f"a button without an intent: {button['payload'][:40]}")
    entities = json.loads(match["entities"]) if match["entities"] else {}
    if button["kind"] == "submit":
        entities["chosen"] = ",".join(keyboard.buttons[marked]["payload"] for marked in keyboard.marked)
    return Turn(intent=match["intent"].strip(), entities=entities)


def _marked(text: str, keyboard: Keyboard, chosen: int) -> str:
    """Return the message with what was chosen under it, as far as Telegram's limit allows."""
    titles = [keyboard.buttons[chosen]["title"]]
    if keyboard.buttons[chosen]["kind"] == "submit" and keyboard.marked:
        titles = [keyboard.buttons[index]["title"] for index in keyboard.marked]
    marked = f"{text}\n\n{MARK} {escape(', '.join(titles), quote=False)}"
    return marked if utf16_units(marked) <= MessageLimit.MAX_TEXT_LENGTH else text


async def _answer(query: CallbackQuery, toast: str | None) -> None:
    """Answer a callback query: the button stops glowing. One that is too old to answer bothers nobody."""
    with suppress(TelegramError):
        await query.answer(toast)
