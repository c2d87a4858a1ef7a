"""Telegram's rate limits, where someone wants to feel them: about one message a second to a chat, thirty in all."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from sandbox.errors import ApiError

PER_CHAT: Final = 1.0
CHAT_BURST: Final = 5.0
OVERALL: Final = 30.0


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Rates:
    """Token buckets, one per chat and one for all; a call that finds its bucket empty is refused with 429."""

    def __init__(self) -> None:
        self._buckets: dict[int, _Bucket] = {}

    def admit(self, chat_id: int | None, now: float) -> None:
        """Count a call at Unix time `now`. Refuses with the seconds to wait."""
        wait = self._take(0, now, rate=OVERALL, burst=OVERALL)
        if chat_id is not None:
            wait = max(wait, self._take(chat_id, now, rate=PER_CHAT, burst=CHAT_BURST))
        if wait:
            raise ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})

    def _take(self, key: int, now: float, *, rate: float, burst: float) -> int:
        bucket = self._buckets.setdefault(key, _Bucket(burst, now))
        bucket.level = min(burst, bucket.level + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.level < 1:
            return ceil((1 - bucket.level) / rate)
        bucket.level -= 1
        return 0
