"""The way to the dialogue engine: one turn of one conversation, over HTTP on the loopback.

The engine remembers every turn by its ``message_id``, so asking again is safe: nothing runs twice.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(sock_connect=2, sock_read=30)
"""Seconds. The engine may wait for its action server; a connection on the loopback is there at once or not at all."""
CONNECTIONS = 256
IDLE_SECONDS = 4.0
"""A connection that was idle longer isn't used again: a second later the engine closes it."""

_OK = 200
_SERVER_ERROR = 500
_UNAVAILABLE = 503


class EngineUnavailable(Exception):
    """No answer now: not reached, not ready, or not able to reach its action server. Ask again later."""


class EngineFailed(EngineUnavailable):
    """The engine itself broke on this turn, or had nothing to say. Asking again may help, but not for ever."""


class EngineRefused(Exception):
    """The engine won't take this turn as it stands (``status``): a mistake of ours, asking again is no use."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"the engine refused the turn with {status}")


@dataclass(frozen=True, slots=True)
class Turn:
    """What the customer brings: words they typed, or an intent that the gateway made of a button or a command."""

    text: str | None = None
    intent: str | None = None
    entities: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the turn's part of the request."""
        if self.intent is None:
            return {"text": self.text}
        return {"intent": self.intent, "entities": self.entities}


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of the engine: HTML, and the buttons as the dialogue named them."""

    text: str
    buttons: list[dict[str, Any]]

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """Read one message of Rasa's REST channel."""
        return cls(str(message.get("text") or ""), list(message.get("buttons") or ()))


class Engine:
    """A client of one or several engines; a conversation always meets the same one (rendezvous hashing)."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = [f"{url.rstrip('/')}/webhooks/rest/webhook" for url in urls]
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Get ready to connect; to be called where the event loop runs."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=TIMEOUT,
        )

    async def answer(self, conversation_id: str, message_id: str, turn: Turn, *, language: str) -> list[Reply]:
        """Return what the engine says to ``turn`` in ``language``, at least one message.

        Raises EngineUnavailable or EngineFailed where the turn may be asked again, EngineRefused where not.
        """
        body = {"sender": conversation_id, "message_id": message_id, "language": language, **turn.as_json()}
        if self._session is None:
            raise RuntimeError("this engine is not started")
        try:
            async with self._session.post(self.home(conversation_id), json=body, allow_redirects=False) as response:
                status, content = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise EngineUnavailable(type(error).__name__) from None
        if status == _UNAVAILABLE:
            raise EngineUnavailable(str(_UNAVAILABLE))
        if status >= _SERVER_ERROR:
            raise EngineFailed(str(status))
        if status != _OK:
            raise EngineRefused(status)
        try:
            replies = [Reply.of(message) for message in json.loads(content)]
        except (ValueError, AttributeError, TypeError):
            raise EngineFailed("unreadable") from None
        replies = [reply for reply in replies if reply.text.strip()]
        if not replies:
            raise EngineFailed("silent")
        return replies

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    def home(self, conversation_id: str) -> str:
        """Return the address of the engine that has this conversation."""
        if len(self._urls) == 1:
            return self._urls[0]
        return max(self._urls, key=lambda url: hashlib.blake2s(f"{url} {conversation_id}".encode()).digest())
