"""What we owe people: lanes in order, leases that fence, nothing owed twice."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tradein import delivery, outbox
from tradein.customers import Customer, meet
from tradein.database import Sessions, transaction
from tradein.outbox import Message, MessageState


def customer(session: Session, chat_id: int) -> Customer:
    """Return a customer with this chat."""
    return meet(session, telegram_user_id=chat_id, chat_id=chat_id, first_name="Asha", language="en", now=NOW)


def owed(session: Session, chat_id: int, name: str, **more: str) -> Message:
    """Owe a customer a notice."""
    key = outbox.owe(session, customer=customer(session, chat_id), response=name, params={}, now=NOW, **more)
    return session.get_one(Message, key)


def taken(session: Session, owner: str = "a", *, now: datetime = NOW) -> list[str]:
    """Take what is due and return its names."""
    return [message.body["response"] for message in delivery.take(session, owner=owner, limit=10, now=now)]


def test_what_is_owed_under_one_key_is_owed_once(database: Sessions) -> None:
    """A turn that is repeated after a crash owes nothing new."""
    with transaction(database) as session:
        first = owed(session, 1, "utter_a", dedupe_key="k")
        assert owed(session, 1, "utter_a", dedupe_key="k") is first


def test_a_lane_gives_one_message_at_a_time_in_order(database: Sessions) -> None:
    """Never two of one chat at once: a crash leaves at most one in doubt."""
    with transaction(database) as session:
        for name in ("first", "second"):
            owed(session, 1, name)
        owed(session, 2, "elsewhere")
        assert taken(session, "a") == ["first", "elsewhere"]
        assert taken(session, "b") == []


def test_the_next_of_a_lane_is_taken_when_the_one_before_is_settled(database: Sessions) -> None:
    """Not before."""
    with transaction(database) as session:
        owed(session, 1, "first")
        owed(session, 1, "second")
        [first] = delivery.take(session, owner="a", limit=1, now=NOW)
        assert delivery.take_next(session, owner="a", now=NOW, chat_id=1) is None
        assert delivery.delivered(session, first, telegram_message_id=5, now=NOW)
        second = delivery.take_next(session, owner="a", now=NOW, chat_id=1)
    assert second is not None
    assert (second.body["response"], second.attempts) == ("second", 1)


def test_a_postponed_message_holds_up_its_own_lane_only(database: Sessions) -> None:
    """429 for one chat parks that chat."""
    later = NOW + timedelta(seconds=30)
    with transaction(database) as session:
        owed(session, 1, "parked")
        [message] = delivery.take(session, owner="a", limit=1, now=NOW)
        delivery.release(session, message, to=MessageState.QUEUED, error="429", not_before=later)
        owed(session, 1, "behind")
        owed(session, 2, "elsewhere")
        assert taken(session) == ["elsewhere"]
        assert taken(session, now=later) == ["parked"]


def in_thread(session: Session, thread: int, name: str, *, kind: str = "say") -> Message:
    """Queue something for a thread of the support group."""
    key = outbox.queue(
        session, chat_id=-100, thread=thread, customer_id=None, kind=kind, body={"response": name}, now=NOW
    )
    return session.get_one(Message, key)


def test_one_thread_of_the_group_holds_up_no_other(database: Sessions) -> None:
    """Each is a lane of its own, and so is the chat without a thread."""
    with transaction(database) as session:
        for thread, name in ((1, "a"), (1, "behind"), (2, "b"), (0, "to nobody")):
            in_thread(session, thread, name)
        found = delivery.take(session, owner="a", limit=10, now=NOW)
        assert [(message.thread, message.body["response"]) for message in found] == [
            (1, "a"),
            (2, "b"),
            (0, "to nobody"),
        ]
        assert delivery.take_next(session, owner="a", now=NOW, chat_id=-100, thread=1) is None
        delivery.delivered(session, found[0], telegram_message_id=5, now=NOW)
        following = delivery.take_next(session, owner="a", now=NOW, chat_id=-100, thread=1)
        assert following is not None
        assert following.body["response"] == "behind"


def test_a_card_and_a_receipt_let_what_a_person_wrote_pass(database: Sessions) -> None:
    """In their own thread and among the threads."""
    with transaction(database) as session:
        in_thread(session, 1, "card", kind="card")
        in_thread(session, 2, "receipt", kind="receipt")
        in_thread(session, 1, "words")
        in_thread(session, 3, "more words")
        found = delivery.take(session, owner="a", limit=10, now=NOW)
    assert [message.body["response"] for message in found] == ["words", "more words", "receipt"]


def test_a_worker_leaves_the_group_to_the_gateway(database: Sessions) -> None:
    """One process keeps the pace of the group."""
    with transaction(database) as session:
        in_thread(session, 1, "group")
        owed(session, 1, "customer")
        found = delivery.take(session, owner="a", limit=10, now=NOW, threads=False)
        assert [message.body["response"] for message in found] == ["customer"]


def placed(session: Session, name: str, *, chat_id: int = 1) -> delivery.Delivery | None:
    """Place a reply and return it if it was taken."""
    return delivery.put(
        session, owner="a", chat_id=chat_id, customer_id=None, kind="reply", body={"text": name}, now=NOW
    )[1]


def test_a_reply_is_taken_as_it_is_placed_unless_something_waits_before_it(database: Sessions) -> None:
    """As if it had been queued and then taken: one of a chat at once, leased, and counted as an attempt."""
    with transaction(database) as session:
        first = placed(session, "first")
        assert first is not None
        assert placed(session, "second") is None
        assert placed(session, "elsewhere", chat_id=2) is not None
        row = session.get_one(Message, first.id)
        assert (row.state, row.attempts, row.lease_owner) == (MessageState.SENDING, 1, "a")
        assert row.lease_until == NOW + delivery.LEASE
        assert delivery.take_next(session, owner="a", now=NOW, chat_id=1) is None
        delivery.delivered(session, first, telegram_message_id=5, now=NOW)
        second = delivery.take_next(session, owner="a", now=NOW, chat_id=1)
    assert second is not None
    assert (second.body, second.attempts) == ({"text": "second"}, 1)


def test_a_reply_waits_behind_what_is_owed_or_postponed(database: Sessions) -> None:
    """The order of a chat is that of its rows, whoever wrote them."""
    with transaction(database) as session:
        owed(session, 1, "owed")
        assert placed(session, "behind it") is None
        assert taken(session, "a") == ["owed"]


def test_a_sender_that_lost_its_lease_no_longer_decides(database: Sessions) -> None:
    """The fence: the row belongs to whom it names."""
    with transaction(database) as session:
        owed(session, 1, "first")
        [message] = delivery.take(session, owner="somewhere:1:a", limit=1, now=NOW)
        assert delivery.orphans(session, now=NOW) == []
        later = NOW + delivery.LEASE * 2
        [orphan] = delivery.orphans(session, now=later)
        assert delivery.release(session, orphan, to=MessageState.AMBIGUOUS, error="the sender died")
        assert not delivery.delivered(session, message, telegram_message_id=5, now=later)
        stored = session.get_one(Message, message.id)
        assert (stored.state, stored.telegram_message_id) == (MessageState.AMBIGUOUS, None)


def test_a_sender_known_to_be_dead_holds_nothing_and_others_keep_their_leases(
    database: Sessions,
) -> None:
    """A restarted gateway need not wait for its predecessor's leases; of others it knows nothing."""
    with transaction(database) as session:
        for chat, owner in ((1, "dead"), (2, "alive")):
            owed(session, chat, f"of the {owner}")
            delivery.take(session, owner=owner, limit=1, now=NOW)
        [orphan] = delivery.orphans(session, now=NOW, dead=["dead", "unheard of"])
    assert orphan.body["response"] == "of the dead"


def test_what_may_not_be_repeated_says_so_in_its_row(database: Sessions) -> None:
    """A fact of the notice, not of its name."""
    with transaction(database) as session:
        assert "once" not in owed(session, 1, "utter_a").body
        once = outbox.owe(
            session, customer=customer(session, 1), response="utter_b", params={}, repeatable=False, now=NOW
        )
        assert session.get_one(Message, once).body["once"] is True


@pytest.mark.parametrize("many", [1, 4])
def test_senders_side_by_side_take_each_message_once(either_database: Sessions, many: int) -> None:
    """Four threads empty two hundred lanes of three: nothing twice, each lane in order, on both databases."""
    with transaction(either_database) as session:
        for chat in range(1, 201):
            for name in ("first", "second", "third"):
                owed(session, chat, name)
    sent: list[tuple[int, int]] = []

    def send(owner: str) -> None:
        while True:
            with transaction(either_database) as session:
                messages = delivery.take(session, owner=owner, limit=20, now=NOW)
            if not messages:
                break
            for message in messages:
                sent.append((message.chat_id, message.id))
                with transaction(either_database) as session:
                    assert delivery.delivered(session, message, telegram_message_id=1, now=NOW)

    threads = [threading.Thread(target=send, args=(f"sender{number}",)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send("the last")
    assert len(sent) == len(set(sent)) == 600
    for chat in range(1, 201):
        lane = [message for of_chat, message in sent if of_chat == chat]
        assert lane == sorted(lane)


def test_what_waits_for_an_unreachable_chat_is_cancelled(database: Sessions) -> None:
    """And what is on its way is left to its sender."""
    with transaction(database) as session:
        owed(session, 1, "on its way")
        delivery.take(session, owner="a", limit=1, now=NOW)
        owed(session, 1, "waits")
        assert outbox.cancel_lane(session, chat_id=1, error="blocked") == 1
