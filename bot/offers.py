"""A customer's answer to a lower value at the door, where the programme makes such offers.

The buttons are the notice's own, and the notice says which order they are about; what is offered stands in the visit's
row. The courier hears of the answer at once.
"""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session
from telegram import Update

from bot import keyboards, replies
from bot.courier.cards import Cards
from bot.courier.deeds import Shift
from bot.deeds import Deeds
from bot.engine import Reply, Turn
from bot.intake import Person
from bot.words import Words
from tradein import customers, inspection, offers
from tradein.outbox import Message
from tradein.policy import Policy
from tradein.refusals import OfferOver, Refusal
from tradein.visits import Visit

INTENT = "offer"
"""The intent of the buttons under an offer: ``{"answer": "yes" | "no"}``."""


class Offers:
    """Takes a customer's yes or no."""

    def __init__(self, deeds: Deeds, words: Words, policy: Policy) -> None:
        self._deeds = deeds
        self._words = words
        self._policy = policy

    async def play(self, update: Update, person: Person, turn: Turn) -> None:
        """Enter the answer; an offer that is over says so."""
        data = update.callback_query.data if update.callback_query else None
        agreed = turn.entities["answer"] == "yes"
        await self._deeds.do(update, person, partial(self._answer, person, data or "", agreed=agreed))

    def _answer(self, person: Person, data: str, session: Session, *, agreed: bool) -> list[Reply]:
        now = datetime.now(UTC)
        customer = customers.by_chat(session, person.chat_id)
        try:
            reference = _reference(session, data, chat_id=person.chat_id)
            visit = offers.of_customer(session, customer, reference=reference)
            answer = offers.agree if agreed else offers.decline
            answer(session, visit, customer, now=now)
        except Refusal as refusal:
            name = f"utter_refused_{refusal.code}"
            return [self._words.reply(name, language=person.language, params=refusal.evidence)]
        self._tell_courier(session, visit, now)
        owed = inspection.difference(visit)
        params = {"difference_minor": owed, "offered_minor": visit.offered_minor, "reference": visit.order.reference}
        response = "utter_offer_declined" if not agreed else "utter_offer_to_pay" if owed else "utter_offer_agreed"
        return [self._words.reply(response, language=person.language, params=params)]

    def _tell_courier(self, session: Session, visit: Visit, now: datetime) -> None:
        courier = visit.courier
        if courier is None or courier.chat_id is None:
            return
        language = customers.by_chat(session, courier.chat_id).language
        shift = Shift(session, courier, courier.chat_id, Cards(self._words, language), self._policy, now, {})
        replies.queue(session, [shift.next(visit)], chat_id=courier.chat_id, customer_id=None, now=now)


def _reference(session: Session, data: str, *, chat_id: int) -> str:
    """Return the order that the notice with this button is about; raises OfferOver."""
    found = keyboards.find(session, data, chat_id=chat_id)
    if found is None:
        raise OfferOver
    keyboard, _, _ = found
    return str(session.get_one(Message, keyboard.message_id).body["params"]["reference"])
