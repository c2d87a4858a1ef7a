"""Telegram's rate limits: 20 messages a minute to a group, and where someone wants to feel them all the others.

Messages are counted, not calls: an album of five is five.
"""

from collections import deque
from math import ceil

from pydantic import BaseModel, Field

from sandbox.errors import ApiError

_MINUTE = 60.0


class Limits(BaseModel):
    """How much a bot may send; 0 for no limit. `burst` is how many may come at once to a private chat."""

    group_per_minute: int = Field(default=20, ge=0)
    chat_per_second: float = Field(default=0, ge=0)
    chat_burst: int = Field(default=5, ge=1)
    overall_per_second: float = Field(default=0, ge=0)


FELT = Limits(chat_per_second=1, overall_per_second=30)
"""All of them, as Telegram's FAQ names them."""


class Rates:
    """Counts what is sent; a call beyond a limit is refused (429) with the seconds to wait.

    A group's minute is any sixty seconds: whoever sends twenty at once waits for a whole minute.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._levels: dict[int, tuple[float, float]] = {}
        self._minutes: dict[int, deque[float]] = {}

    def admit(self, chat_id: int | None, now: float, *, messages: int = 1) -> None:
        """Count so many messages at Unix time `now`."""
        limits = self.limits
        wait = 0
        if chat_id is not None and chat_id < 0 and limits.group_per_minute:
            wait = self._take_of_minute(chat_id, now, messages)
        elif chat_id is not None and limits.chat_per_second:
            wait = self._take(chat_id, now, messages, rate=limits.chat_per_second, burst=limits.chat_burst)
        if not wait and limits.overall_per_second:
            rate = limits.overall_per_second
            wait = self._take(0, now, messages, rate=rate, burst=rate)
        if wait:
            raise ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})

    def _take_of_minute(self, chat_id: int, now: float, messages: int) -> int:
        sent = self._minutes.setdefault(chat_id, deque())
        while sent and sent[0] <= now - _MINUTE:
            sent.popleft()
        beyond = len(sent) + messages - self.limits.group_per_minute
        if beyond > 0 and sent:
            return ceil(sent[min(beyond, len(sent)) - 1] + _MINUTE - now) or 1
        sent.extend([now] * messages)
        return 0

    def _take(self, key: int, now: float, messages: int, *, rate: float, burst: float) -> int:
        level, at = self._levels.get(key, (burst, now))
        level = min(burst, level + (now - at) * rate)
        # An album larger than a burst goes out whole, and is paid for afterwards.
        if level < min(messages, burst):
            self._levels[key] = level, now
            return ceil((min(messages, burst) - level) / rate) or 1
        self._levels[key] = level - messages, now
        return 0
