"""A courier's updates: which of them are the courier's business, and the transaction that deals with each.

A courier may be a customer too. A typed number or a picture is taken here only while a visit of theirs waits for one;
everything else goes to the assistant, as always.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session
from telegram import Message, Update

from bot import keyboards
from bot.courier import deeds
from bot.courier.cards import INTENT, Cards
from bot.courier.deeds import DEEDS, Shift
from bot.deeds import Deeds
from bot.engine import Reply, Turn
from bot.intake import Person
from bot.photos import Photos, Unreadable, file_id
from bot.store import Store
from bot.taps import meaning
from bot.words import Words
from tradein import imei, inspection, staff, visits
from tradein.handover import Steps
from tradein.policy import Policy
from tradein.refusals import ImeiTooShort, NotStaff, NotYourVisit, Refusal
from tradein.staff import Role
from tradein.visits import VisitState

_NUMBER = re.compile(r"(?:(?:the )?(?:code|otp|pin|imei)(?: is)?\W*)?(?P<digits>\d[\d\s.,-]{0,30})", re.IGNORECASE)

type Act = Callable[[Shift], Reply | None]
"""What a courier does; None where it turns out that the update is no courier's business."""


class Courier:
    """Handles what couriers type, tap and photograph."""

    def __init__(
        self, store: Store, deeds_: Deeds, photos: Photos, words: Words, policy: Policy, *, handover: Steps
    ) -> None:
        self._store = store
        self._deeds = deeds_
        self._photos = photos
        self._words = words
        self._policy = policy
        self._handover = handover

    async def visits(self, update: Update, person: Person) -> None:
        """List today's visits (``/visits``)."""
        await self._act(update, person, deeds.todays)

    async def play(self, update: Update, person: Person, turn: Turn) -> None:
        """Do what a courier's button says."""
        await self._act(update, person, partial(_tapped, turn.entities))

    async def hear(self, update: Update, person: Person, text: str) -> bool:
        """Take a typed number if a visit waits for one; False leaves the message to the assistant."""
        references, match = [found.group() for found in imei.REFERENCE.finditer(text)], _NUMBER.fullmatch(text)
        if not references and match is None:
            return False
        digits = "".join(char for char in match["digits"] if char.isdecimal()) if match else ""
        return await self._act(update, person, partial(_typed, references, digits), unasked=True)

    async def look(self, update: Update, person: Person, message: Message) -> bool:
        """Take a picture if a visit waits for one; False leaves it to the assistant."""
        name = file_id(message)
        if name is None:
            return False
        act: Act = partial(_pictured, name)
        if await self._store.do(partial(_number_wanted, person)):
            try:
                act = partial(_read, await self._photos.imeis(message))
            except Unreadable as problem:
                act = partial(_unread, self._words.say(problem.response, language=person.language))
        return await self._act(update, person, act, unasked=True)

    async def _act(self, update: Update, person: Person, act: Act, *, unasked: bool = False) -> bool:
        return await self._deeds.do(update, person, partial(self._transact, person, act, unasked))

    def _transact(self, person: Person, act: Act, unasked: bool, session: Session) -> list[Reply] | None:
        """Act, if the role is there at this moment; whoever has lost it is told, and nothing happens."""
        screen = _screen(session, person.chat_id)
        try:
            courier = staff.acting(session, telegram_user_id=person.chat_id, role=Role.COURIER)
        except NotStaff:
            if unasked and screen is None:
                return None
            return [self._words.reply("utter_refused_not_staff", language=person.language)]
        cards = Cards(self._words, person.language)
        shift = Shift(
            session, courier, person.chat_id, cards, self._policy, datetime.now(UTC), screen or {}, self._handover
        )
        try:
            reply = act(shift)
        except Refusal as refusal:
            reply = Reply(shift.refused(refusal), [cards.button("visits")])
        return [reply] if reply else None


def _screen(session: Session, chat_id: int) -> dict[str, str] | None:
    """Return what the courier's buttons on the screen are about, None if there are none."""
    for keyboard in keyboards.live(session, chat_id=chat_id):
        turn = meaning(keyboard, 0)
        if turn.intent == INTENT:
            return turn.entities
    return None


def _number_wanted(person: Person, session: Session) -> bool:
    """Say whether the next picture is one of the phone's number."""
    try:
        courier = staff.acting(session, telegram_user_id=person.chat_id, role=Role.COURIER)
    except NotStaff:
        return False
    visit = deeds.at_hand(session, courier, _screen(session, person.chat_id) or {})
    return visit is not None and inspection.step(session, visit).kind == "imei"


def _tapped(asked: Mapping[str, str], shift: Shift) -> Reply:
    if asked["do"] == "visits":
        return deeds.todays(shift)
    visit = shift.visit(asked["visit"])
    try:
        return DEEDS[asked["do"]](shift, visit, asked)
    except NotYourVisit:
        raise
    except Refusal as refusal:  # the visit has moved on since the button was shown
        return shift.next(visit, shift.refused(refusal))


def _typed(references: Sequence[str], digits: str, shift: Shift) -> Reply | None:
    visit = shift.at_hand
    if visit is None:
        return None
    kind = inspection.step(shift.session, visit).kind
    if kind in {"code", "offer", "locked"} and not references:
        return deeds.enter_code(shift, visit, digits)
    if kind == "imei" and references:
        return deeds.compare(shift, visit, references)
    if visit.state is not VisitState.CHECKING:
        return None
    if references or len(digits) == visits.CODE_DIGITS:
        return shift.next(visit)  # sent twice: the step it answered is over
    return shift.next(visit, shift.refused(ImeiTooShort(digits=len(digits)))) if kind == "imei" else None


def _pictured(name: str, shift: Shift) -> Reply | None:
    visit = shift.at_hand
    if visit is None or visit.state is not VisitState.CHECKING:
        return None
    key = shift.screen.get("key") if shift.screen.get("do") == "skip_photo" else deeds.last_finding(shift, visit)
    return deeds.keep_photo(shift, visit, key, name) if key else None


def _read(numbers: Sequence[str], shift: Shift) -> Reply | None:
    visit = shift.at_hand
    if visit is None:
        return None
    masked = partial(imei.mask, shift.session, chat_id=shift.chat_id, now=shift.now)
    return shift.cards.read(visit, [(number[-4:], masked(number)) for number in numbers])


def _unread(why: str, shift: Shift) -> Reply | None:
    visit = shift.at_hand
    return shift.next(visit, why) if visit else None
