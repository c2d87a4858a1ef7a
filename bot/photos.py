"""Pictures that people send, brought here and read: which IMEIs are on one.

A photo is what Telegram made of a picture, a document may be the picture itself; both are read alike.
"""

from collections.abc import Sequence

import stamina
import structlog
from telegram import Bot, Message
from telegram.constants import FileSizeLimit
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.reader.outcome import PhotoRefused, ReaderBusy
from bot.reader.reader import MOST_WAITING, Reader
from bot.thinking import Thinking

LARGEST_BYTES = int(FileSizeLimit.FILESIZE_DOWNLOAD)
"""What a bot can fetch (Bot API, getFile): 20 MB."""
FETCHES = 3
MOST_AT_ONCE = MOST_WAITING + 1
"""Pictures in hand: one being read and those that wait. More aren't even fetched, for each is held in memory."""
_LOG = structlog.get_logger()


class Unreadable(Exception):
    """No number came of a picture; ``response`` says why and what to do."""

    def __init__(self, response: str) -> None:
        self.response = response
        super().__init__(response)


def file_id(message: Message) -> str | None:
    """Return Telegram's name for the picture in a message, the largest size; None if there is no picture."""
    if message.photo:
        return message.photo[-1].file_id
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        return document.file_id
    return None


class Photos:
    """Fetches pictures and has them read."""

    def __init__(self, bot: Bot, reader: Reader) -> None:
        self._bot = bot
        self._reader = reader
        self._in_hand = 0

    async def imeis(self, message: Message) -> Sequence[str]:
        """Return the IMEIs on the picture in ``message``, one or several; raises Unreadable."""
        if self._in_hand >= MOST_AT_ONCE:
            raise Unreadable(f"utter_refused_{ReaderBusy.code}")
        self._in_hand += 1
        try:
            with Thinking(self._bot, message.chat_id):
                reading = await self._reader.read(await self._fetch(message))
        except PhotoRefused as refusal:
            raise Unreadable(f"utter_refused_{refusal.code}") from None
        finally:
            self._in_hand -= 1
        if not reading.numbers:
            raise Unreadable("utter_photo_no_number")
        return reading.numbers

    async def _fetch(self, message: Message) -> bytes:
        size = message.photo[-1].file_size if message.photo else message.document and message.document.file_size
        name = file_id(message)
        if name is None:
            raise Unreadable("utter_refused_photo_unreadable")
        if size and size > LARGEST_BYTES:
            raise Unreadable("utter_refused_photo_too_large")
        try:
            async for attempt in stamina.retry_context(on=_may_pass, attempts=FETCHES, wait_initial=0.5, wait_max=2):
                with attempt:
                    file = await self._bot.get_file(name)
                    return bytes(await file.download_as_bytearray())
        except BadRequest as error:
            raise Unreadable("utter_refused_photo_too_large" if "too big" in str(error).lower() else _LOST) from None
        except TelegramError as error:
            _LOG.warning("photo_not_fetched", error=type(error).__name__)
            raise Unreadable(_LOST) from None
        raise AssertionError("a retry without an end has ended")  # pragma: no cover


_LOST = "utter_photo_lost"


def _may_pass(error: Exception) -> bool:
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
