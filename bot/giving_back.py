"""A customer's coupon given back: asked once more, then done; the terms promise it until an order is placed.

The buttons' payloads are rows of the chat's keyboard, and the core looks whose coupon it is and whether it is unused.
"""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session
from telegram import Update

from bot.deeds import Deeds
from bot.engine import Reply, Turn
from bot.intake import Person
from bot.words import Words
from tradein import coupons, customers, issuing
from tradein.refusals import Refusal

INTENT = "coupon"
"""The intent of the buttons: ``{"do": "ask" | "give_back" | "keep", "coupon"}``."""


class GivingBack:
    """Takes the wish to give a coupon back, and the answer to the question whether it is meant."""

    def __init__(self, deeds: Deeds, words: Words) -> None:
        self._deeds = deeds
        self._words = words

    async def play(self, update: Update, person: Person, turn: Turn) -> None:
        """Do what the button says."""
        do, coupon_id = turn.entities["do"], int(turn.entities["coupon"])
        await self._deeds.do(update, person, partial(self._transact, person, do, coupon_id))

    def _transact(self, person: Person, do: str, coupon_id: int, session: Session) -> list[Reply]:
        now = datetime.now(UTC)
        customer = customers.by_chat(session, person.chat_id)
        try:
            if do == "give_back":
                issuing.give_back(session, customer, coupon_id, now=now)
                return []  # the core owes the notice that says so
            coupon = coupons.own(session, customer, coupon_id)
            if do == "ask":
                coupons.check_unused(coupon, now=now)
        except Refusal as refusal:
            name = f"utter_refused_{refusal.code}"
            return [self._words.reply(name, language=person.language, params=refusal.evidence)]
        response = "utter_ask_give_back" if do == "ask" else "utter_coupon_kept"
        params = {**issuing.card(coupon), "coupon": str(coupon.id)}
        return [self._words.reply(response, language=person.language, params=params)]
