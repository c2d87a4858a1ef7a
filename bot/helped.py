"""What a customer says of the help of a person: that it isn't needed any more, how good it was, and a word about it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session
from telegram import Update

from bot.deeds import Deeds
from bot.engine import Reply, Turn
from bot.intake import Person
from bot.words import Words
from tradein import customers
from tradein.customers import Customer
from tradein.refusals import Refusal
from tradein.support import callers, conversations, tickets

INTENT = "rate_help"
"""The intent of the buttons: ``{"ticket", "rating"}`` and ``{"do": "comment" | "withdraw" | "go_back"}``."""


class Helped:
    """Takes the taps under what the customer is told of a request, and the word they add."""

    def __init__(self, deeds: Deeds, words: Words) -> None:
        self._deeds = deeds
        self._words = words

    async def play(self, update: Update, person: Person, turn: Turn) -> None:
        """Do what the button says."""
        await self._deeds.do(update, person, partial(self._tapped, person, turn.entities))

    async def hear(self, update: Update, person: Person, text: str) -> bool:
        """Take a message for the word that was asked for; False if none is."""
        if not person.commenting or person.with_person:
            return False
        return await self._deeds.do(update, person, partial(self._heard, person, text))

    def _tapped(self, person: Person, asked: Mapping[str, str], session: Session) -> list[Reply]:
        customer = customers.by_chat(session, person.chat_id)
        try:
            with session.begin_nested():
                response = _VERBS[asked.get("do", "rate")](session, customer, asked)
        except Refusal as refusal:
            response = f"utter_refused_{refusal.code}"
        return [self._words.reply(response, language=person.language)]

    def _heard(self, person: Person, text: str, session: Session) -> list[Reply] | None:
        conversation = conversations.of(session, customers.by_chat(session, person.chat_id))
        if not callers.take_comment(session, conversation, text, now=datetime.now(UTC)):
            return None
        return [self._words.reply("utter_help_commented", language=person.language)]


def _rate(session: Session, customer: Customer, asked: Mapping[str, str]) -> str:
    tickets.rate(session, customer, ticket_id=int(asked["ticket"]), rating=int(asked["rating"]))
    return "utter_help_rated"


def _comment(session: Session, customer: Customer, _asked: Mapping[str, str]) -> str:
    callers.ask_comment(session, conversations.of(session, customer), now=datetime.now(UTC))
    return "utter_help_comment_asked"


def _withdraw(session: Session, customer: Customer, _asked: Mapping[str, str]) -> str:
    callers.withdraw(session, conversations.of(session, customer), now=datetime.now(UTC))
    return "utter_person_withdrawn"


def _go_back(session: Session, customer: Customer, _asked: Mapping[str, str]) -> str:
    callers.go_back(session, conversations.of(session, customer), now=datetime.now(UTC))
    return "utter_person_withdrawn"


_VERBS: Mapping[str, Callable[[Session, Customer, Mapping[str, str]], str]] = {
    "rate": _rate,
    "comment": _comment,
    "withdraw": _withdraw,
    "go_back": _go_back,
}
