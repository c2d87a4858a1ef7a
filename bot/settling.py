"""What becomes of an outbox message after an attempt to deliver it.

Telegram takes no key that would make a repetition harmless. So a message in doubt is a choice: a reply that a customer
waits for is sent once more and says so; a notice marked ``once`` (a reminder) is rather lost than doubled; what a
person wrote is never repeated, and its writer hears of the doubt; an edit may be repeated at will.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import uniform

from sqlalchemy.orm import Session
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot import reminding
from bot.calls import IDEMPOTENT
from bot.support import receipts
from bot.support.calls import CARRYING
from bot.verdicts import Verdict, verdict
from tradein import progress
from tradein.delivery import Delivery, delivered, orphans, release
from tradein.departures import depart
from tradein.outbox import MessageState

LONGEST_WAIT = 60.0
EDITS_TRIED = 5
REPLIES_TRIED, NOTICES_TRIED = 2, 6
"""How often a message in doubt is sent. A notice may hold a coupon's code: rather six copies than none."""
SHORTEST_DOUBT = 2.0
"""Seconds before a message in doubt is sent again: what ails Telegram's gateway is often over by then."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state a message goes to and what else is to be written; ``retry_in`` in seconds.

    ``tried`` is False where nothing was sent because of a limit: it doesn't count as an attempt.
    """

    state: MessageState
    error: str | None = None
    made: tuple[int, ...] = ()
    """The ids of the messages that came of it."""
    place: Mapping[str, int] = field(default_factory=dict)
    """Where in the support group they are: ``chat_id`` and ``message_thread_id``."""
    retry_in: float | None = None
    tried: bool = True
    repeat: bool = False
    as_plain: bool = False
    unreachable: bool = False
    moved_to: int | None = None

    @property
    def telegram_message_id(self) -> int | None:
        """The message that bears the buttons."""
        return self.made[-1] if self.made else None


def waits(seconds: float, error: str | None, *, repeat: bool = False, tried: bool = True) -> Outcome:
    """Return the outcome of a message that is sent later."""
    return Outcome(MessageState.QUEUED, error=error, retry_in=seconds, repeat=repeat, tried=tried)


def outcome_of(error: TelegramError, message: Delivery) -> Outcome:
    """Return what follows from an error of Telegram."""
    reason = f"{type(error).__name__}: {error}"
    found = verdict(error)
    backoff = backoff_of(message)
    outcomes = {
        Verdict.DELIVERED: Outcome(MessageState.SENT),
        Verdict.NOT_SENT: waits(backoff, reason),
        Verdict.IN_DOUBT: in_doubt(message, reason, backoff),
        Verdict.UNREACHABLE: Outcome(MessageState.FAILED, error=reason, unreachable=True),
        Verdict.UNREADABLE: Outcome(MessageState.FAILED, error=reason, as_plain=True),
    }
    if isinstance(error, RetryAfter):
        seconds = error.retry_after if isinstance(error.retry_after, int) else error.retry_after.total_seconds()
        return waits(seconds + uniform(0, 0.2), reason, tried=False)  # noqa: S311 - jitter
    if isinstance(error, ChatMigrated):
        return Outcome(MessageState.QUEUED, error=reason, retry_in=0, moved_to=error.new_chat_id)
    return outcomes.get(found, Outcome(MessageState.FAILED, error=reason))


def backoff_of(message: Delivery) -> float:
    """Return the seconds before the next attempt, more after each."""
    return float(min(LONGEST_WAIT, 0.5 * 2 ** min(message.attempts - 1, 10))) * uniform(1, 1.2)  # noqa: S311 - jitter


def in_doubt(message: Delivery, reason: str, backoff: float = 0) -> Outcome:
    """Return what follows when nobody knows whether ``message`` arrived."""
    if message.kind in IDEMPOTENT:
        return waits(backoff, reason) if message.attempts < EDITS_TRIED else Outcome(MessageState.FAILED, error=reason)
    tries = REPLIES_TRIED if message.kind == "reply" else NOTICES_TRIED
    if message.kind in CARRYING or message.body.get("once") or message.attempts >= tries:
        return Outcome(MessageState.AMBIGUOUS, error=reason)
    return waits(max(backoff, SHORTEST_DOUBT), reason, repeat=True)


def settle(session: Session, message: Delivery, outcome: Outcome, *, now: datetime) -> bool:
    """Write down what became of a message and what follows from it; False if its lease was lost meanwhile."""
    if outcome.state == MessageState.SENT:
        held = delivered(session, message, telegram_message_id=outcome.telegram_message_id, now=now)
        if held and message.kind == progress.KIND and outcome.telegram_message_id is not None:
            progress.shown(
                session,
                exchange_id=message.body["exchange_id"],
                telegram_message_id=outcome.telegram_message_id,
            )
        if held:
            _follow(session, message, outcome, now=now)
        return held
    values: dict[str, object] = {}
    if outcome.retry_in is not None:
        values["not_before"] = now + timedelta(seconds=outcome.retry_in)
    if not outcome.tried:
        values["attempts"] = message.attempts - 1
    if outcome.repeat:
        values["body"] = {**message.body, "repeat": True}
    if outcome.moved_to is not None:
        values["chat_id"] = outcome.moved_to
    held = release(session, message, to=outcome.state, error=outcome.error, **values)
    if held:
        _follow(session, message, outcome, now=now)
    if held and outcome.unreachable:
        depart(session, chat_id=message.chat_id, error=outcome.error or "", now=now)
        receipts.departed(session, chat_id=message.chat_id, now=now)
    return held


def _follow(session: Session, message: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Write down what follows for the reminder in a message, and for a person's message that it carries."""
    reminding.settle(session, message, to=outcome.state, now=now)
    receipts.settle(
        session, message, outcome.state, made=outcome.made, place=outcome.place, error=outcome.error, now=now
    )


def recover(session: Session, *, dead: Collection[str]) -> list[tuple[Delivery, Outcome]]:
    """Decide about the messages that nobody holds any more, the ``dead`` owners' among them: each may have arrived."""
    now = datetime.now(UTC)
    left = [(message, _left(session, message)) for message in orphans(session, now=now, dead=dead)]
    return [(message, outcome) for message, outcome in left if settle(session, message, outcome, now=now)]


def _left(session: Session, message: Delivery) -> Outcome:
    why = "the sender died"
    return waits(0, why, tried=False) if receipts.may_be_sent(session, message) else in_doubt(message, why)
