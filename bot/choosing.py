"""The two buttons under ``/language``: the language is the core's, so it is written down before the engine is asked.

The engine then says its "done" in that language and puts the question again that stood open.
"""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session
from telegram import Update

from bot.engine import Turn
from bot.intake import Person
from bot.store import Store
from bot.turns import Turns
from tradein import customers, languages, staff

INTENT = "language_chosen"
"""The intent of the buttons: ``{"language"}``."""


class Choosing:
    """Answers a customer in the language that they picked."""

    def __init__(self, store: Store, turns: Turns) -> None:
        self._store = store
        self._turns = turns

    async def play(self, update: Update, person: Person, turn: Turn) -> None:
        """Note the choice, the menu of commands included, and go on in that language."""
        language = str(turn.entities["language"])

        def choose(session: Session) -> None:
            customer = customers.by_chat(session, person.chat_id)
            languages.choose(customer, language)
            staff.show_menu(session, customer, now=datetime.now(UTC))

        await self._store.do(choose)
        await self._turns.play(update, replace(person, language=language), Turn(intent=INTENT))
