"""A reminder on its way: worded for its customer, sent if it is still wanted, its row settled with its message."""

import time as clock
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select, update

from tests.bot.conftest import Person, Stack, titles, until
from tests.crowd import NEVER_QUIET, POLICY, WORDS, gather
from tradein import customers, outbox, reminders, sweeps
from tradein.customers import Customer, Wish
from tradein.outbox import Message, MessageState
from tradein.reminders import KIND, Reminder, ReminderState


def of(stack: Stack, kind: str = "newest") -> Reminder:
    """Return the reminder of a kind of the one customer with a coupon."""
    with stack.database() as session:
        return session.scalars(select(Reminder).where(Reminder.kind == kind)).one()


def metrics(stack: Stack) -> dict[str, float]:
    """Return what Prometheus is told."""
    told = httpx.get(f"http://127.0.0.1:{stack.health_port}/metrics", trust_env=False).text
    lines = (line.rpartition(" ") for line in told.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def ended(stack: Stack) -> Callable[[], bool]:
    """Say whether the newest reminder has come to an end."""
    return lambda: of(stack).state not in {ReminderState.PLANNED, ReminderState.QUEUED}


@pytest.fixture
async def due(stack: Stack) -> tuple[Stack, Person]:
    """Give a stack whose gateway isn't started, and a customer whose reminders are due."""
    stack.extra |= NEVER_QUIET
    stack.domain.write_text(stack.domain.read_text().replace("\nresponses:\n", f"\nresponses:\n{WORDS}", 1))
    asha = await stack.person()
    with stack.database.begin() as session:
        gather(session, [asha.id], now=datetime.now(UTC))
    return stack, asha


def queued(stack: Stack) -> int:
    """Sweep as a worker would that dies then; return the message's id."""
    with stack.database.begin() as session:
        assert sweeps.sweep(session, policy=POLICY, now=datetime.now(UTC)).queued == 1
        return session.scalars(select(Message.id).where(Message.kind == KIND)).one()


async def test_what_is_due_arrives_with_its_buttons_and_is_told_to_prometheus(due: tuple[Stack, Person]) -> None:
    """The newest only, in the words of the moment; both rows and the figures say so."""
    stack, asha = due
    with stack.database.begin() as session:
        session.execute(update(Customer).values(language="hi"))
    await stack.start()

    [message] = await asha.sees(1)

    assert message["text"].startswith("₹6,000, 13 days, until ")
    assert titles(message) == [["Fewer reminders"]]
    await until(ended(stack))
    assert (of(stack).state, of(stack, "older").state) == (ReminderState.SENT, ReminderState.SUPERSEDED)
    told = metrics(stack)
    assert told['tradein_reminders_settled_total{outcome="sent"}'] == 1
    assert told['tradein_reminders_swept_total{what="queued"}'] == 1
    assert told['tradein_reminders_swept_total{what="superseded"}'] == 1
    assert (told["tradein_reminders_lag_seconds"], told["tradein_reminders_due"]) == (0, 0)


async def test_who_asks_for_no_more_gets_none_that_was_queued(due: tuple[Stack, Person]) -> None:
    """The question is asked anew as the message is taken in hand."""
    stack, asha = due
    message_id = queued(stack)
    with stack.database.begin() as session:
        reminders.wish(customers.by_chat(session, asha.id), Wish.NONE)
    await stack.start()

    await until(ended(stack))

    assert (of(stack).state, of(stack).reason) == (ReminderState.DROPPED, "opted_out")
    with stack.database() as session:
        assert session.get_one(Message, message_id).state == MessageState.CANCELLED
    assert await asha.replies() == []
    await until(lambda: metrics(stack)['tradein_reminders_dropped_total{reason="opted_out"}'] == 1)


async def test_one_that_was_planned_anew_goes_in_its_new_message(due: tuple[Stack, Person]) -> None:
    """What was queued before, for the old date, is cancelled though it stands first."""
    stack, asha = due
    old = queued(stack)
    with stack.database.begin() as session:
        row = session.scalars(select(Reminder).where(Reminder.kind == "newest")).one()
        first = session.get_one(Message, old)
        first.body = first.body | {"response": "utter_of_the_old_date"}
        row.state, row.message_id = ReminderState.PLANNED, None
        session.flush()
        assert sweeps.sweep(session, policy=POLICY, now=datetime.now(UTC)).queued == 1
    await stack.start()

    [message] = await asha.sees(1)
    await until(ended(stack))
    await stack.rest()

    assert message["text"].startswith("₹6,000, ")
    assert len(await asha.replies()) == 1
    with stack.database() as session:
        states = session.scalars(select(Message.state).where(Message.kind == KIND).order_by(Message.id)).all()
    assert states == [MessageState.CANCELLED, MessageState.SENT]


@pytest.mark.parametrize("kind", ["drop", "5xx"])
async def test_one_in_doubt_is_never_sent_again(due: tuple[Stack, Person], kind: str) -> None:
    """Whether Telegram has it or not."""
    stack, asha = due
    await stack.fault(method="sendMessage", kind=kind)
    await stack.start()

    await until(ended(stack))
    await stack.rest()

    assert of(stack).state == ReminderState.AMBIGUOUS
    assert len(await asha.replies()) == (1 if kind == "drop" else 0)
    assert metrics(stack)['tradein_reminders_settled_total{outcome="ambiguous"}'] == 1


async def test_one_that_a_killed_sender_had_in_hand_is_in_doubt(due: tuple[Stack, Person]) -> None:
    """The next start finds it in the hands of a dead one."""
    stack, asha = due
    await stack.fault(method="sendMessage", kind="delay_after_commit", seconds=20)
    await stack.start()
    await asha.sees(1)
    assert of(stack).state == ReminderState.QUEUED

    stack.kill()
    await stack.start()

    await until(ended(stack))
    assert of(stack).state == ReminderState.AMBIGUOUS
    assert len(await asha.replies()) == 1


async def test_who_blocked_the_bot_is_reminded_of_nothing_more(due: tuple[Stack, Person]) -> None:
    """Two are on their way: the first one fails, the other is dropped and says why."""
    stack, asha = due
    queued(stack)
    await asha.block()
    with stack.database.begin() as session:
        row = session.scalars(select(Reminder).where(Reminder.kind == "older")).one()
        customer = customers.by_chat(session, asha.id)
        body = {"reminder": row.id, "response": "utter_reminder_older", "params": {}, "once": True}
        message_id = outbox.queue(
            session, chat_id=asha.id, customer_id=customer.id, kind=KIND, body=body, now=datetime.now(UTC)
        )
        row.state, row.message_id = ReminderState.QUEUED, message_id
        customer.unreachable_since = None
    await stack.start()

    await until(ended(stack))
    await stack.rest()

    states = {of(stack, kind).state: of(stack, kind).reason for kind in ("older", "newest")}
    assert states[ReminderState.DROPPED] == "unreachable"
    assert set(states) <= {ReminderState.DROPPED, ReminderState.FAILED}
    with stack.database() as session:
        assert customers.by_chat(session, asha.id).unreachable_since is not None


async def test_an_answer_passes_a_reminder_that_is_parked_elsewhere(due: tuple[Stack, Person]) -> None:
    """Telegram parks one chat; the others are answered and reminded meanwhile."""
    stack, asha = due
    ben = await stack.person("Ben")
    await stack.fault(method="sendMessage", chat_id=asha.id, kind="429", retry_after=4)
    began = clock.monotonic()
    await stack.start()
    await stack.faulted()

    await ben.says("hello")
    await ben.sees(1)
    assert await asha.replies() == []
    await asha.sees(1)

    assert clock.monotonic() - began >= 4
    await until(ended(stack))
    assert of(stack).state == ReminderState.SENT
