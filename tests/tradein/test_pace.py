"""All workers together do no more in a second than they may, and make up for little."""

from datetime import timedelta

from sqlalchemy.orm import Session

from tests.conftest import NOW
from tradein import delivery, outbox, pace
from tradein.customers import Customer, meet
from tradein.database import Sessions, transaction


def done(maker: Sessions, seconds: float, *, rate: float = 20, wanted: int = 1000) -> int:
    """Do as much as is allowed so long after NOW."""
    with transaction(maker) as session:
        held = pace.held(session, "reminders")
        assert held is not None
        now = NOW + timedelta(seconds=seconds)
        count = min(wanted, held.left(per_second=rate, now=now))
        held.use(count, per_second=rate, now=now)
        return count


def test_a_rate_is_kept_by_whoever_comes(either_database: Sessions) -> None:
    """Half a second's worth at once, then as much as time brings, however often is asked."""
    assert done(either_database, 0) == 10
    assert [done(either_database, 0.05 * step) for step in range(1, 21)] == [1] * 20
    assert sum(done(either_database, 1 + 0.033 * step) for step in range(1, 91)) in range(59, 61)


def test_what_was_not_used_is_made_up_for_half_a_second_long(either_database: Sessions) -> None:
    """An hour's rest gives no flood."""
    assert done(either_database, 0, wanted=0) == 0
    assert done(either_database, 3600) == 10
    assert done(either_database, 3600.2) == 4


def test_a_slow_rate_is_one_now_and_then(either_database: Sessions) -> None:
    """One in four seconds."""
    assert [done(either_database, second, rate=0.25) for second in range(9)] == [1, 0, 0, 0, 1, 0, 0, 0, 1]


def test_a_clock_that_is_ahead_gains_nothing_for_the_others(either_database: Sessions) -> None:
    """What it used is used until the others' time has come there."""
    assert done(either_database, 5) == 10
    assert [done(either_database, second) for second in (0, 1, 4)] == [0, 0, 0]
    assert done(either_database, 5.5) == 10


def lane(session: Session, *kinds: str) -> tuple[Customer, list[int]]:
    """Return a customer and the messages that wait for them, one of each kind."""
    someone = meet(session, telegram_user_id=1, chat_id=1, first_name="Asha", language="en", now=NOW)
    rows = [
        outbox.queue(session, chat_id=1, customer_id=someone.id, kind=kind, body={"text": kind}, now=NOW)
        for kind in kinds
    ]
    return someone, rows


def test_an_answer_passes_the_reminders_that_wait_in_its_chat(either_database: Sessions) -> None:
    """Of those that nobody has in hand."""
    with transaction(either_database) as session:
        _, [first, second, answer] = lane(session, "reminder", "reminder", "reply")
        order = []
        for _ in range(3):
            [taken] = delivery.take(session, owner="me", now=NOW, limit=5)
            assert delivery.take_next(session, owner="me", now=NOW, chat_id=1) is None  # one at a time
            delivery.delivered(session, taken, telegram_message_id=1, now=NOW)
            order.append(taken.id)
    assert order == [answer, first, second]


def test_an_answer_is_put_into_hand_although_a_reminder_waits(either_database: Sessions) -> None:
    """But not while one is being sent, nor where Telegram parked the chat."""

    def put(session: Session) -> delivery.Delivery | None:
        row = {"chat_id": 1, "customer_id": None, "kind": "reply", "body": {"text": "yes"}}
        return delivery.put(session, owner="me", now=NOW, **row)[1]  # type: ignore[arg-type]

    with transaction(either_database) as session:
        lane(session, "reminder")
        answer = put(session)
        assert answer is not None
        delivery.delivered(session, answer, telegram_message_id=1, now=NOW)
        [reminder] = delivery.take(session, owner="me", now=NOW, limit=5)
        assert put(session) is None
        later = {"not_before": NOW + timedelta(seconds=9)}
        delivery.release(session, reminder, to=outbox.MessageState.QUEUED, error="RetryAfter: 9", **later)
        assert put(session) is None
        assert delivery.take_next(session, owner="me", now=NOW, chat_id=1) is None


def test_reminders_are_taken_after_everything_else(either_database: Sessions) -> None:
    """Where more waits than lanes are free."""
    with transaction(either_database) as session:
        for chat_id, kind in enumerate(["reminder", "reminder", "notice", "reply"], start=1):
            outbox.queue(session, chat_id=chat_id, customer_id=None, kind=kind, body={"text": ""}, now=NOW)
        taken = delivery.take(session, owner="me", now=NOW, limit=3)
    assert [delivery.kind for delivery in taken] == ["notice", "reply", "reminder"]
