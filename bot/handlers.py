"""What an update of each kind means: words for the engine, an intent, or one of the gateway's own answers."""

import structlog
from telegram import ChatMember, Message, Update
from telegram.ext import ContextTypes

from bot.commands import COMMANDS
from bot.engine import Turn
from bot.intake import Inbox
from bot.logs import described
from bot.presence import Presence
from bot.text import spoken
from bot.turns import Turns

Context = ContextTypes.DEFAULT_TYPE
_LOG = structlog.get_logger()


class Handlers:
    """Translators from updates to turns; the table that calls them is in :mod:`bot.app`."""

    def __init__(self, inbox: Inbox, turns: Turns, presence: Presence) -> None:
        self._inbox = inbox
        self._turns = turns
        self._presence = presence

    async def words(self, update: Update, _context: Context) -> None:
        """Pass on what the customer typed, under a picture or alone; nothing typed here can be a payload."""
        message = _message(update)
        text = spoken(message.text or message.caption or "")
        if text:
            await self._turns.play(update, self._inbox.people[update.update_id], Turn(text=text))
        else:
            await self._say(update, "utter_empty_message")

    async def command(self, update: Update, _context: Context) -> None:
        """Turn a known command into its intent; whatever stands behind it, a deep link's payload too, stays here."""
        name = (_message(update).text or "/").split(maxsplit=1)[0][1:].split("@", 1)[0].lower()
        await self._turns.play(update, self._inbox.people[update.update_id], Turn(intent=COMMANDS[name]))

    async def unknown_command(self, update: Update, _context: Context) -> None:
        """Say that there is no such command."""
        await self._say(update, "utter_unknown_command")

    async def edited(self, update: Update, _context: Context) -> None:
        """Ask for a new message: the turn of the old one is long over."""
        await self._say(update, "utter_edit_ignored")

    async def photo(self, update: Update, _context: Context) -> None:
        """Say that pictures aren't read."""
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
