"""A customer's photo of the IMEI, while the coupon waits for it: read, shown masked, and said to the engine on a tap.

    photo ──reader──► "ends in 1234, right?" ──yes──► the turn that the typed number would have made
                                             └─no──► how to type it

What is read becomes a claim of the core at once; buttons, the chat and Rasa only ever have its reference.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from json import dumps

from sqlalchemy.orm import Session
from telegram import Message, Update

from bot.deeds import Deeds
from bot.engine import Reply, Turn
from bot.intake import Person
from bot.photos import Photos, Unreadable, file_id
from bot.store import Store
from bot.words import Words
from tradein import customers, exchanges, imei, quotes
from tradein.exchanges import ExchangeState
from tradein.refusals import QuoteExpired, QuoteMissing

INTENT = "imei_photo"
"""The intent of the buttons that are answered here, not by the engine."""


class ImeiPhotos:
    """Handles the photos of customers whose coupon waits for the IMEI."""

    def __init__(self, store: Store, deeds: Deeds, photos: Photos, words: Words) -> None:
        self._store = store
        self._deeds = deeds
        self._photos = photos
        self._words = words

    async def photo(self, update: Update, person: Person, message: Message) -> bool:
        """Read a picture and ask whether it was read rightly; False if no IMEI is waited for, and nothing is done."""
        if file_id(message) is None or not await self._store.do(partial(_waiting, person)):
            return False
        try:
            numbers = await self._photos.imeis(message)
        except Unreadable as problem:
            await self._deeds.say(update, person, problem.response)
        else:
            await self._deeds.do(update, person, partial(self._confirm, person, numbers))
        return True

    async def play(self, update: Update, person: Person, _turn: Turn) -> None:
        """Answer the button that says that the number was read wrongly."""
        await self._deeds.say(update, person, "utter_photo_type_instead")

    def _confirm(self, person: Person, numbers: Sequence[str], session: Session) -> list[Reply]:
        now = datetime.now(UTC)
        title = partial(self._words.title, language=person.language)
        references = [imei.mask(session, number, chat_id=person.chat_id, now=now) for number in numbers]
        one = len(numbers) == 1
        buttons = [
            {
                "title": title("utter_button_photo_right" if one else "utter_button_photo_ending", params=facts),
                "payload": f"/inform_imei{dumps({'imei': reference})}",
            }
            for reference, facts in zip(references, ({"ending": number[-4:]} for number in numbers), strict=True)
        ]
        buttons.append({"title": title("utter_button_photo_wrong"), "payload": f"/{INTENT}"})
        response, facts = ("utter_photo_read", {"ending": numbers[0][-4:]}) if one else ("utter_photo_read_several", {})
        return [Reply(self._words.say(response, language=person.language, params=facts), buttons)]


def _waiting(person: Person, session: Session) -> bool:
    """Say whether an IMEI is what the customer's exchange lacks now."""
    exchange = exchanges.current(session, customers.by_chat(session, person.chat_id))
    if exchange is None or exchange.state is not ExchangeState.QUOTED or exchange.device_id is not None:
        return False
    try:
        quotes.standing(session, exchange.id, now=datetime.now(UTC))
    except (QuoteMissing, QuoteExpired):
        return False
    return True
