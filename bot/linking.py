"""A customer's answer to a link of the shop: link the account, leave it, or undo the link later.

The buttons' payloads are rows of the chat's keyboard, so the invitation's number in them is the one that this customer
opened; the core looks again.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update

from bot.deeds import Deeds
from bot.engine import Reply, Turn
from bot.intake import Person
from bot.words import Words
from tradein import customers, links
from tradein.customers import Customer
from tradein.refusals import Refusal

INTENT = "link"
"""The intent of the buttons: ``{"do": "accept" | "decline", "invitation"}`` and ``{"do": "unlink"}``."""

type _Said = tuple[str, dict[str, Any]]


class Linking:
    """Takes a customer's yes or no to the question of :func:`tradein.links.ask`, and the wish to undo it."""

    def __init__(self, deeds: Deeds, words: Words) -> None:
        self._deeds = deeds
        self._words = words

    async def play(self, update: Update, person: Person, turn: Turn) -> None:
        """Do what the button says."""
        await self._do(update, person, turn.entities)

    async def unlink(self, update: Update, person: Person) -> None:
        """Undo the link (``/unlink``): the button for it is long gone when somebody thinks of it."""
        await self._do(update, person, {"do": "unlink"})

    async def _do(self, update: Update, person: Person, asked: Mapping[str, str]) -> None:
        await self._deeds.do(update, person, partial(self._transact, person, asked))

    def _transact(self, person: Person, asked: Mapping[str, str], session: Session) -> list[Reply]:
        customer = customers.by_chat(session, person.chat_id)
        try:
            with session.begin_nested():  # a link that is refused is not used up
                response, params = _VERBS[asked["do"]](session, customer, asked)
        except Refusal as refusal:
            response, params = f"utter_refused_{refusal.code}", refusal.evidence
        return [self._words.reply(response, language=person.language, params=params)]


def _accept(session: Session, customer: Customer, asked: Mapping[str, str]) -> _Said:
    link = links.accept(session, customer, int(asked["invitation"]), now=datetime.now(UTC))
    return "utter_account_linked", {"account": link.account}


def _decline(session: Session, customer: Customer, asked: Mapping[str, str]) -> _Said:
    links.decline(session, customer, int(asked["invitation"]), now=datetime.now(UTC))
    return "utter_link_declined", {}


def _unlink(session: Session, customer: Customer, _asked: Mapping[str, str]) -> _Said:
    return "utter_account_unlinked", {"account": links.unlink(session, customer)}


_VERBS: Mapping[str, Callable[[Session, Customer, Mapping[str, str]], _Said]] = {
    "accept": _accept,
    "decline": _decline,
    "unlink": _unlink,
}
