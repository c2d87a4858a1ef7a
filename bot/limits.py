"""How fast Telegram may be asked to deliver: token buckets of our own.

Telegram names one message a second to a chat and about thirty a second to all as its limits, and answers 429 when it
means it. A customer in conversation waits for the reply, so replies have a deep bucket per chat, which the customer's
own messages fill, and none of the common one; what we send unasked shares a bucket and waits its turn.
"""

from dataclasses import dataclass, field

REPLY_RATE, REPLY_BURST = 1.0, 20.0
"""Messages a second to one private chat, and how many at once."""
EARNED = 3.0
"""What a message of the customer adds: who asks quickly is answered quickly."""
NOTICE_RATE, NOTICE_BURST = 25.0, 25.0
"""Unasked messages a second to everybody together."""


@dataclass(slots=True)
class Bucket:
    """A bucket that fills at ``rate`` tokens a second up to ``burst``; moments are seconds of a monotonic clock."""

    rate: float
    burst: float
    filled_at: float
    tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def take(self, now: float) -> float:
        """Take one token, on credit if need be; return the seconds to wait before using it."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.rate) - 1
        self.filled_at = now
        return max(0.0, -self.tokens / self.rate)

    def lack(self, now: float) -> float:
        """Return the seconds until there is a token to take; none is taken."""
        return max(0.0, (1 - self.tokens) / self.rate - (now - self.filled_at))

    def add(self, tokens: float) -> None:
        """Put ``tokens`` in, as far as they fit."""
        self.tokens = min(self.burst, self.tokens + tokens)

    def full(self, now: float) -> bool:
        """Whether nothing was taken lately, so that forgetting the bucket changes nothing."""
        return self.tokens + (now - self.filled_at) * self.rate >= self.burst


class Limits:
    """The buckets of one sender; ``unasked`` is the rate of what is sent unasked, where it is to be above the usual."""

    def __init__(self, now: float, *, unasked: float = NOTICE_RATE) -> None:
        self._everybody = Bucket(max(unasked, NOTICE_RATE), max(unasked, NOTICE_BURST), now)
        self._chats: dict[int, Bucket] = {}

    def wait(self, chat_id: int, *, unasked: bool, now: float) -> float:
        """Return the seconds to wait before the next message to ``chat_id``; the message counts as sent."""
        chat = self._chats.setdefault(chat_id, Bucket(REPLY_RATE, REPLY_BURST, now))
        return max(chat.take(now), self._everybody.take(now) if unasked else 0.0)

    def earn(self, chat_id: int) -> None:
        """Note a message of the customer: the answers to it are not unasked."""
        if chat_id in self._chats:
            self._chats[chat_id].add(EARNED)

    def forget_idle(self, now: float) -> None:
        """Drop the buckets that are full again: there is one per customer who ever wrote."""
        self._chats = {chat_id: bucket for chat_id, bucket in self._chats.items() if not bucket.full(now)}
