"""What an update of each kind means: words for the engine, an intent, or one of the gateway's own answers."""

import structlog
from telegram import ChatMember, Message, Update
from telegram.ext import ContextTypes

from bot.commands import COMMANDS
from bot.courier.courier import Courier
from bot.deeds import Deeds
from bot.engine import Turn
from bot.helped import Helped
from bot.imei_photos import ImeiPhotos
from bot.intake import NOTICED, Inbox
from bot.linking import Linking
from bot.presence import Presence
from bot.starts import OPENED
from bot.text import spoken
from bot.turns import Turns
from tradein import imei
from tradein.languages import Noticed
from tradein.logs import described

Context = ContextTypes.DEFAULT_TYPE
_WORDS = {Noticed.HINDI.value: "utter_language_noticed", Noticed.HINGLISH.value: "utter_language_offer"}
"""What is said, before the answer, of the language that a message was written in."""
_LOG = structlog.get_logger()


class Handlers:
    """Translators from updates to turns; the table that calls them is in :mod:`bot.app`."""

    def __init__(  # noqa: PLR0917 - the parts of the gateway, wired once
        self,
        inbox: Inbox,
        turns: Turns,
        presence: Presence,
        deeds: Deeds,
        courier: Courier,
        imei_photos: ImeiPhotos,
        linking: Linking,
        helped: Helped,
    ) -> None:
        self._inbox = inbox
        self._turns = turns
        self._presence = presence
        self._deeds = deeds
        self._courier = courier
        self._imei_photos = imei_photos
        self._linking = linking
        self._helped = helped

    async def words(self, update: Update, _context: Context) -> None:
        """Pass on what the customer typed, under a picture or alone; nothing typed here can be a payload."""
        message, person = _message(update), self._inbox.people[update.update_id]
        text = spoken(message.text or message.caption or "")
        if not text:
            await self._say(update, "utter_empty_message")
        elif not (await self._courier.hear(update, person, text) or await self._helped.hear(update, person, text)):
            noticed = update.api_kwargs.get(NOTICED, "")
            await self._turns.play(update, person, Turn(text=text), first=_WORDS.get(noticed))

    async def command(self, update: Update, _context: Context) -> None:
        """Turn a known command into its intent; whatever stands behind it, a deep link's payload too, stays here."""
        person = self._inbox.people[update.update_id]
        if opened := update.api_kwargs.get(OPENED):
            await self._deeds.say(update, person, opened["response"], opened["params"])
            return
        name = (_message(update).text or "/").split(maxsplit=1)[0][1:].split("@", 1)[0].lower()
        await self._turns.play(update, person, Turn(intent=COMMANDS[name]))

    async def visits(self, update: Update, _context: Context) -> None:
        """List a courier's visits."""
        await self._courier.visits(update, self._inbox.people[update.update_id])

    async def unlink(self, update: Update, _context: Context) -> None:
        """Undo the link with the shop's account."""
        await self._linking.unlink(update, self._inbox.people[update.update_id])

    async def unknown_command(self, update: Update, _context: Context) -> None:
        """Say that there is no such command."""
        await self._say(update, "utter_unknown_command")

    async def edited(self, update: Update, _context: Context) -> None:
        """Ask for a new message: the turn of the old one is long over."""
        await self._say(update, "utter_edit_ignored")

    async def picture(self, update: Update, context: Context) -> None:
        """Have a picture read where one is waited for; else it is the words under it that count, if there are any."""
        message, person = _message(update), self._inbox.people[update.update_id]
        if await self._turns.carried(update, person):
            return
        typed = imei.REFERENCE.search(message.caption or "")  # a number under the picture needs no reading
        if not typed and await self._courier.look(update, person, message):
            return
        if not typed and await self._imei_photos.photo(update, person, message):
            return
        if message.caption:
            await self.words(update, context)
        else:
            await self._say(update, "utter_unsupported_photo")

    async def voice(self, update: Update, _context: Context) -> None:
        """Say that voices aren't heard."""
        await self._say(update, "utter_unsupported_voice")

    async def other(self, update: Update, _context: Context) -> None:
        """Say that only words are read."""
        await self._say(update, "utter_unsupported_other")

    async def membership(self, update: Update, _context: Context) -> None:
        """Note that the customer blocked the bot, or came back."""
        if update.my_chat_member is None or update.effective_chat is None:
            return
        gone = update.my_chat_member.new_chat_member.status in {ChatMember.BANNED, ChatMember.LEFT}
        await self._presence.note(update.effective_chat.id, reachable=not gone)
        await self._turns.done(update)

    async def nothing(self, update: Update, _context: Context) -> None:
        """Finish an update that says nothing to us, such as a pinned message."""
        await self._turns.done(update)

    async def failed(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log a handler's mistake and apologise; the update is finished, or it would fail again at every start."""
        error = context.error
        known = update if isinstance(update, Update) else None
        told = described(error) if error else {}
        _LOG.error("handler_failed", update_id=known.update_id if known else None, **told)
        if known is None:
            return
        person = self._inbox.people.get(known.update_id)
        if person is None:
            await self._turns.done(known, error=type(error).__name__)
        else:
            await self._turns.say(known, person, "utter_turn_failed", error=type(error).__name__)

    async def _say(self, update: Update, response: str) -> None:
        await self._turns.say(update, self._inbox.people[update.update_id], response)


def _message(update: Update) -> Message:
    if update.effective_message is None:
        raise ValueError("an update without a message")
    return update.effective_message
