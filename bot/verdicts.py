"""What an error of the Bot API means for the message that met it, as a table that is read in order.

python-telegram-bot sorts by HTTP status and words the rest in Telegram's own English, re-capitalised: so texts are
compared in lower case. ``BadRequest`` is a ``NetworkError`` there, which is why it stands before it.
"""

from enum import Enum, auto

from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.wire import NEVER_LEFT


class Verdict(Enum):
    """What to do with the message."""

    DELIVERED = auto()
    """It says what it should, or nobody waits for it any more."""
    PARKED = auto()
    """Telegram named a time to wait: this chat waits, the others don't."""
    NOT_SENT = auto()
    """It never left: again, later."""
    IN_DOUBT = auto()
    """It may have arrived: there is no way to ask."""
    UNREACHABLE = auto()
    """The person blocked the bot or is gone: nothing more to this chat."""
    MOVED = auto()
    """The chat has another id now."""
    UNREADABLE = auto()
    """Telegram can't parse the markup: again, as plain text."""
    TOPIC_GONE = auto()
    """Its topic was deleted: again, into a new one."""
    TOPIC_SHUT = auto()
    """Its topic was closed: again, when it is open."""
    NO_RIGHTS = auto()
    """The bot may not write there: again, when it may."""
    HOPELESS = auto()
    """It will never be accepted."""


_TABLE: tuple[tuple[type[TelegramError], str, Verdict], ...] = (
    (RetryAfter, "", Verdict.PARKED),
    (ChatMigrated, "", Verdict.MOVED),
    (Forbidden, "", Verdict.UNREACHABLE),
    (BadRequest, "message is not modified", Verdict.DELIVERED),
    (BadRequest, "query is too old", Verdict.DELIVERED),
    (BadRequest, "can't parse entities", Verdict.UNREADABLE),
    (BadRequest, "chat not found", Verdict.UNREACHABLE),
    # Of topics; Telegram says some of it in capitals, which python-telegram-bot leaves in.
    (BadRequest, "message thread not found", Verdict.TOPIC_GONE),
    (BadRequest, "topic_deleted", Verdict.TOPIC_GONE),
    (BadRequest, "topic_id_invalid", Verdict.TOPIC_GONE),
    (BadRequest, "topic_closed", Verdict.TOPIC_SHUT),
    (BadRequest, "topic_not_modified", Verdict.DELIVERED),
    (BadRequest, "not enough rights", Verdict.NO_RIGHTS),
    (BadRequest, "have no rights", Verdict.NO_RIGHTS),
    (BadRequest, "chat_admin_required", Verdict.NO_RIGHTS),
    (BadRequest, "chat_write_forbidden", Verdict.NO_RIGHTS),
    (BadRequest, "chat is not a forum", Verdict.NO_RIGHTS),
    (BadRequest, "", Verdict.HOPELESS),
    (NetworkError, "", Verdict.IN_DOUBT),
    (TelegramError, "", Verdict.NOT_SENT),  # 401 and 409: refused before anything was sent, a person has to look
)


def verdict(error: TelegramError) -> Verdict:
    """Return what ``error`` means."""
    if isinstance(error.__cause__, NEVER_LEFT):
        return Verdict.NOT_SENT
    words = str(error).lower()
    return next(found for kind, part, found in _TABLE if isinstance(error, kind) and part in words)
