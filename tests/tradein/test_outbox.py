"""What we owe people: lanes in order, leases that fence, nothing owed twice."""

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOW
from tradein import outbox
from tradein.customers import Customer, meet
from tradein.database import transaction
from tradein.outbox import Message, MessageState

LEASE = timedelta(seconds=60)


def customer(session: Session, chat_id: int) -> Customer:
    """Return a customer with this chat."""
    return meet(session, telegram_user_id=chat_id, chat_id=chat_id, first_name="Asha", language="en", now=NOW)


def owed(session: Session, chat_id: int, name: str, **more: str) -> Message:
    """Owe a customer a notice."""
    return outbox.owe(session, customer=customer(session, chat_id), response=name, params={}, now=NOW, **more)


def taken(session: Session, owner: str = "a", **more: object) -> list[str]:
    """Claim what is due and return its names."""
    due = outbox.claim(session, owner=owner, limit=10, lease=LEASE, now=more.get("now", NOW))  # type: ignore[arg-type]
    return [message.body["response"] for message in due]


def test_what_is_owed_under_one_key_is_owed_once(database: sessionmaker[Session]) -> None:
    """A turn that is repeated after a crash owes nothing new."""
    with transaction(database) as session:
        first = owed(session, 1, "utter_a", dedupe_key="k")
        assert owed(session, 1, "utter_a", dedupe_key="k") is first


def test_a_lane_is_claimed_from_its_front_and_in_order(database: sessionmaker[Session]) -> None:
    """All that is due in a chat goes to one sender, which sends it one by one."""
    with transaction(database) as session:
        for name in ("first", "second", "third"):
            owed(session, 1, name)
        assert taken(session, "a") == ["first", "second", "third"]


def test_nothing_is_claimed_behind_a_message_that_is_being_sent(database: sessionmaker[Session]) -> None:
    """Another sender leaves the lane alone, and takes the other lanes."""
    with transaction(database) as session:
        owed(session, 1, "first")
        taken(session, "a")
        owed(session, 1, "second")
        owed(session, 2, "elsewhere")
        assert taken(session, "b") == ["elsewhere"]


def test_a_postponed_message_holds_up_its_own_lane_only(database: sessionmaker[Session]) -> None:
    """429 for one chat parks that chat."""
    with transaction(database) as session:
        owed(session, 1, "parked")
        message = outbox.claim(session, owner="a", limit=1, lease=LEASE, now=NOW)[0]
        outbox.postpone(session, message, until=NOW + timedelta(seconds=30), error="429")
        owed(session, 1, "behind")
        owed(session, 2, "elsewhere")
        assert taken(session) == ["elsewhere"]
        assert taken(session, now=NOW + timedelta(seconds=31)) == ["parked", "behind"]


def test_a_sender_that_lost_its_lease_no_longer_decides(database: sessionmaker[Session]) -> None:
    """The fence: the row belongs to whom it names."""
    with transaction(database) as session:
        owed(session, 1, "first")
        message = outbox.claim(session, owner="a", limit=1, lease=LEASE, now=NOW)[0]
        session.expunge(message)
        later = NOW + LEASE * 2
        [row] = outbox.abandoned(session, now=later)
        assert outbox.ambiguous(session, row, error="the sender died")
        assert not outbox.sent(session, message, telegram_message_id=5, now=later)
    with transaction(database) as session:
        stored = session.get_one(Message, message.id)
        assert (stored.state, stored.telegram_message_id) == (MessageState.AMBIGUOUS, None)


def test_what_waits_for_an_unreachable_chat_is_cancelled(database: sessionmaker[Session]) -> None:
    """And what is on its way is left to its sender."""
    with transaction(database) as session:
        owed(session, 1, "on its way")
        outbox.claim(session, owner="a", limit=1, lease=LEASE, now=NOW)
        owed(session, 1, "waits")
        assert outbox.cancel_lane(session, chat_id=1, error="blocked") == 1
