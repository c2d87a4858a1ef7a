"""The Application of python-telegram-bot: which handler an update goes to, in the order of the table.

The inbox lets only private chats and the support group through: what is of the group goes to the desk, first of all.
"""

from typing import Any

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.commands import COMMANDS, UNLINK, VISITS
from bot.flood import Flood
from bot.handlers import Handlers
from bot.intake import Inbox
from bot.lanes import Lanes
from bot.poison import SiftingRequest
from bot.support.desk import Desk
from bot.support.door import HAPPENED
from bot.taps import Taps
from bot.wire import Wire

type App = Application[Any, Any, Any, Any, Any, Any]


class _Blank(filters.MessageFilter):
    """A text of which nothing is left when it is tidied: to PTB's own filter it is no text."""

    def filter(self, message: Message) -> bool:
        return message.text is not None and not message.text


class _Happened(filters.MessageFilter):
    """A service message, such as a pin: nobody says anything with it."""

    def filter(self, message: Message) -> bool:
        return HAPPENED in message.api_kwargs


class _OfGroup(TypeHandler[Any, Any, Any]):
    """Whatever comes from a chat that isn't private."""

    def check_update(self, update: object) -> bool:
        """Say whether it does."""
        chat = update.effective_chat if isinstance(update, Update) else None
        return chat is not None and chat.type != ChatType.PRIVATE


SEND_TIMEOUT = 20.0
"""Seconds to wait for Telegram's answer: a message in doubt costs more than a longer wait."""


def make(token: str, api_url: str, *, inbox: Inbox, lanes: Lanes, calling: Wire, polling: SiftingRequest) -> App:
    """Return an Application without handlers, on the Bot API server at ``api_url``."""
    root = api_url.rstrip("/")
    return (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{root}/bot")
        .base_file_url(f"{root}/file/bot")
        .request(calling)
        .get_updates_request(polling)
        .update_queue(inbox)
        .concurrent_updates(lanes)
        .build()
    )


def set_table(application: App, handlers: Handlers, taps: Taps, desk: Desk | None, flood: Flood) -> None:
    """Give every kind of update its handler: the first that fits takes it, and one takes each; the flood is first."""
    table: list[BaseHandler[Any, Any, Any]] = [
        _OfGroup(Update, desk.handle if desk else handlers.nothing),
        CallbackQueryHandler(taps.tap),
        ChatMemberHandler(handlers.membership, ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(filters.UpdateType.EDITED_MESSAGE & filters.LOCATION, handlers.nothing),  # they walk on, live
        MessageHandler(filters.UpdateType.EDITED_MESSAGE, handlers.edited),
        CommandHandler(VISITS, handlers.visits),
        CommandHandler(UNLINK, handlers.unlink),
        CommandHandler(list(COMMANDS), handlers.command),
        MessageHandler(filters.COMMAND, handlers.unknown_command),
        MessageHandler(filters.PHOTO | filters.Document.IMAGE, handlers.picture),
        MessageHandler(filters.TEXT | filters.CAPTION | _Blank(), handlers.words),
        MessageHandler(filters.VOICE | filters.AUDIO | filters.VIDEO_NOTE, handlers.voice),
        MessageHandler(_Happened(), handlers.nothing),
        MessageHandler(filters.UpdateType.MESSAGE, handlers.other),
        TypeHandler(Update, handlers.nothing),
    ]
    application.add_handler(TypeHandler(Update, flood.hold), group=-1)
    application.add_handlers(table)
    application.add_error_handler(handlers.failed)
