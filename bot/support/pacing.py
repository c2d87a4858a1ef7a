"""How fast the group may be written to: about 20 messages a minute of a bot in one group, all topics together.

A window instead of a bucket: what a minute allows may go out at once, and never more than that in any minute. A fifth
of it is kept for what people wrote: cards and receipts go out only while more than that is left.
"""

from collections import deque

WINDOW = 60.0
KEPT_FOR_PEOPLE = 5
"""One in so many."""


class Pace:
    """The calls of the last minute; moments are seconds of a monotonic clock."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._calls: deque[float] = deque()
        self._parked_until = 0.0

    def wait(self, now: float, *, urgent: bool, messages: int = 1) -> float:
        """Return 0 and count a call that makes so many messages, or the seconds after which to ask again.

        An album larger than what a minute takes goes out when nothing else did.
        """
        if now < self._parked_until:
            return self._parked_until - now
        while self._calls and self._calls[0] <= now - WINDOW:
            self._calls.popleft()
        kept = 0 if urgent else self._per_minute // KEPT_FOR_PEOPLE
        over = len(self._calls) + messages - (self._per_minute - kept)
        if over > 0 and self._calls:
            return self._calls[min(over, len(self._calls)) - 1] + WINDOW - now
        self._calls.extend([now] * messages)
        return 0.0

    def full(self, now: float) -> bool:
        """Whether not even what a person wrote may go out now."""
        return now < self._parked_until or (
            len(self._calls) >= self._per_minute and self._calls[-self._per_minute] > now - WINDOW
        )

    def park(self, now: float, seconds: float) -> None:
        """Let the whole group wait: Telegram asked for it, or the bot may not write there."""
        self._parked_until = max(self._parked_until, now + seconds)
