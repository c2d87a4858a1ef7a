"""Updates that python-telegram-bot can't parse, set aside before they stop everything behind them.

PTB parses a whole getUpdates batch or none of it: one bad update, and it asks for the same batch for ever. So each
update is parsed here, and PTB gets the bare ids: what was parsed waits for them in the inbox, and a bad one is stored
for a person to look at.
"""

import json
from collections.abc import Callable
from typing import Any, Protocol, override

import structlog
from telegram import Bot, Update
from telegram._utils.types import ODVInput
from telegram.request import BaseRequest, RequestData

from bot.arrival import prune
from bot.wire import Wire


class Sieve(Protocol):
    """Who takes what is sifted."""

    bot: Bot | None

    def keep(self, update: Update, kept: dict[str, Any]) -> None:
        """Note an update that is about to be put, and the raw form in which it is kept."""

    async def quarantine(self, update_id: int, raw: dict[str, Any], *, error: str) -> None:
        """Store one that can't; raises telegram.error.NetworkError when that isn't possible now."""


_LOG = structlog.get_logger()
_OK = 200
_NO_SUCH_BOT = frozenset({401, 404})


async def sift(raw: object, sieve: Sieve) -> Update | None:
    """Return the update in ``raw`` if PTB can parse it, its bare id if not; None for what isn't an update at all."""
    if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
        _LOG.error("update_without_id")
        return None
    try:
        kept = prune(raw)
        update = Update.de_json(kept, sieve.bot)
    except Exception as error:  # noqa: BLE001 - whatever the parser trips over, the update behind it must get through
        _LOG.error("update_set_aside", update_id=raw["update_id"], error=type(error).__name__)
        await sieve.quarantine(
            raw["update_id"], raw, error=f"python-telegram-bot can't parse it: {type(error).__name__}"
        )
        return Update(raw["update_id"])
    sieve.keep(update, kept)
    return update


class SiftingRequest(Wire):
    """The request that getUpdates uses; it answers with the ids of Telegram's updates, once they are sifted.

    ``turned_away`` is called when Telegram doesn't know the token (any more).
    """

    def __init__(self, api_url: str, sieve: Sieve, *, read_timeout: float, turned_away: Callable[[], None]) -> None:
        super().__init__(api_url, read_timeout=read_timeout, connections=4)
        self._sieve = sieve
        self._turned_away = turned_away

    @override
    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Ask Telegram, and sift the updates it answers with."""
        status, payload = await super().do_request(
            url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )
        if status in _NO_SUCH_BOT:
            self._turned_away()  # PTB's polling ends at this without a word to anybody
        if status != _OK or not url.endswith("getUpdates"):
            return status, payload
        try:
            answer = json.loads(payload)
        except ValueError:
            return status, payload  # not Telegram's JSON: PTB reports it in its own way
        if not isinstance(answer, dict) or not answer.get("result"):
            return status, payload
        sifted = [await sift(raw, self._sieve) for raw in answer["result"]]
        answer["result"] = [{"update_id": update.update_id} for update in sifted if update is not None]
        return status, json.dumps(answer).encode()
