"""What is owed arrives: through rate limits, lost answers, broken markup and people who leave."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.split import utf16_units
from tests.bot.conftest import Person, Stack, until
from tests.bot.words import say
from tradein import customers, outbox
from tradein.customers import Customer
from tradein.outbox import Message, MessageState


def owe(stack: Stack, person: Person, response: str, *, repeatable: bool = True, **params: object) -> int:
    """Owe a person a notice, as another process would."""
    with stack.database.begin() as session:
        customer = customers.by_chat(session, person.id)
        return outbox.owe(
            session,
            customer=customer,
            response=response,
            params=params,
            repeatable=repeatable,
            now=datetime.now(UTC),
        )


def row(stack: Stack, message_id: int) -> Message:
    """Return a row of the outbox."""
    with stack.database() as session:
        return session.get_one(Message, message_id)


def settled(stack: Stack, message_id: int) -> Message | None:
    """Return a row of the outbox once it is over."""
    found = row(stack, message_id)
    return found if found.state not in {MessageState.QUEUED, MessageState.SENDING} else None


async def test_a_notice_of_another_process_arrives_within_seconds(gateway: Stack) -> None:
    """It is worded when it is sent, with the customer's parameters escaped."""
    asha = await gateway.person()
    await asha.says("hello")
    await asha.sees(1)

    owe(gateway, asha, "utter_notice_of_a_test", name="<i>Asha</i> & Co", value_minor=200_000)

    await asha.sees(2)
    assert (await asha.texts())[-1] == "for <i>Asha</i> & Co: ₹2,000"
    [bold] = (await asha.replies())[-1]["entities"]
    assert bold["type"] == "bold"


async def test_a_notice_without_words_fails_alone(gateway: Stack) -> None:
    """What stands behind it is sent."""
    asha = await gateway.person()
    await asha.says("hello")
    await asha.sees(1)

    nameless = owe(gateway, asha, "utter_there_is_no_such_response")
    owe(gateway, asha, "utter_engine_down")

    await asha.sees(2)
    assert row(gateway, nameless).state == MessageState.FAILED
    assert (await asha.texts())[-1] == say("utter_engine_down")


async def test_a_rate_limit_parks_one_chat_and_no_other(gateway: Stack) -> None:
    """Telegram names the seconds; the others don't wait them."""
    asha, ben = await gateway.person("Asha"), await gateway.person("Ben")
    await gateway.fault(method="sendMessage", chat_id=asha.id, kind="429", retry_after=4)

    began = time.monotonic()
    await asha.says("hello")
    await gateway.faulted()
    await ben.says("hello")
    await ben.sees(1)
    assert await asha.texts() == []
    await asha.sees(1)

    assert time.monotonic() - began >= 4
    assert await asha.texts() == ["You said: hello"]


async def test_an_answer_that_is_lost_gives_one_marked_repeat_at_most(own: Stack) -> None:
    """Telegram had the message; nobody can know. The connection is dropped, or the answer comes too late."""
    own.arguments = ["--send-timeout", "1"]
    own.kill()
    await own.start()
    for kind in ("drop", "delay_after_commit"):
        asha = await own.person(kind)
        await own.fault(method="sendMessage", chat_id=asha.id, kind=kind, times=5, seconds=3)

        await asha.says("hello")

        await asha.sees(2)
        await own.rest()
        assert await asha.texts() == ["You said: hello", f"{_plain('utter_repeat_mark')}\nYou said: hello"]
    with own.database() as session:
        states = session.scalars(select(Message.state)).all()
    assert states == [MessageState.AMBIGUOUS, MessageState.AMBIGUOUS]


async def test_a_reminder_is_rather_lost_than_doubled_and_other_notices_repeated_once(gateway: Stack) -> None:
    """Nobody wants to be reminded twice; of a coupon rather twice than never."""
    asha = await gateway.person()
    await asha.says("hello")
    await asha.sees(1)
    for repeatable, state, copies in ((False, MessageState.AMBIGUOUS, 1), (True, MessageState.SENT, 2)):
        await gateway.fault(method="sendMessage", chat_id=asha.id, kind="drop")
        before = len(await asha.replies())

        message_id = owe(gateway, asha, "utter_stopped", repeatable=repeatable)

        found = await until(lambda message_id=message_id: settled(gateway, message_id))
        assert found.state == state
        assert len(await asha.replies()) - before == copies


async def test_a_notice_outlives_a_hiccup_of_telegrams(gateway: Stack) -> None:
    """It may hold a coupon's code: three bad gateways in a row only delay it."""
    asha = await gateway.person()
    await asha.says("hello")
    await asha.sees(1)
    await gateway.fault(method="sendMessage", chat_id=asha.id, kind="5xx", times=3)

    message_id = owe(gateway, asha, "utter_stopped")

    found = await until(lambda: settled(gateway, message_id))
    assert (found.state, found.attempts) == (MessageState.SENT, 4)


async def test_waiting_for_a_limit_is_no_attempt(gateway: Stack) -> None:
    """An edit is tried five times, and a chat that Telegram parks has not been tried."""
    gateway.engine.script = lambda turn: (
        [{"text": "Which?", "buttons": [{"title": "A", "payload": "/a"}]}] if "text" in turn else [{"text": "ok"}]
    )
    asha = await gateway.person()
    await asha.says("hello")
    [question] = await asha.sees(1)
    await gateway.fault(method="editMessageText", kind="429", times=3, retry_after=1)

    await asha.taps(question, "A")

    await asha.sees(2)
    with gateway.database() as session:
        edit = session.scalars(select(Message).where(Message.chat_id == asha.id, Message.kind == "edit")).one()
    assert (edit.state, edit.attempts) == (MessageState.SENT, 1)


async def test_an_edit_in_doubt_is_made_again_and_nobody_notices(gateway: Stack) -> None:
    """It says the same thing however often it is made."""
    asha = await gateway.person()
    await gateway.fault(method="editMessageText", kind="5xx", times=2)
    gateway.engine.script = lambda turn: (
        [{"text": "Which?", "buttons": [{"title": "A", "payload": "/a"}]}] if "text" in turn else [{"text": "ok"}]
    )
    await asha.says("hello")
    [question] = await asha.sees(1)

    await asha.taps(question, "A")

    await asha.sees(2)
    assert await asha.texts() == ["Which?\n\n✓ A", "ok"]


async def test_a_customer_who_blocks_the_bot_gets_nothing_more(gateway: Stack) -> None:
    """What was queued is cancelled; a new message of theirs makes them reachable again."""
    asha = await gateway.person()
    await asha.says("hello")
    await asha.sees(1)

    await asha.block()
    await until(lambda: _unreachable(gateway, asha))
    message_id = owe(gateway, asha, "utter_engine_down")
    found = await until(lambda: settled(gateway, message_id))
    assert found.state in {MessageState.FAILED, MessageState.CANCELLED}

    await asha.block(blocked=False)
    await until(lambda: not _unreachable(gateway, asha))
    await asha.says("back again")
    await asha.sees(2)
    assert (await asha.texts())[-1] == "You said: back again"


async def test_markup_that_telegram_cannot_read_is_sent_as_plain_words(gateway: Stack) -> None:
    """Better without bold than not at all."""
    gateway.engine.script = lambda _turn: [{"text": "a <b>bold &amp; <i>broken</b> text <3"}]
    asha = await gateway.person()

    await asha.says("hello")

    [reply] = await asha.sees(1)
    assert reply["text"] == "a bold & broken text <3"


async def test_a_text_too_long_becomes_several_with_the_buttons_under_the_last(gateway: Stack) -> None:
    """Every part is valid HTML and no word is lost."""
    paragraph = "<b>All of it &amp; more 👍</b> is <i>one sentence of many</i>. " * 12
    gateway.engine.script = lambda _turn: [
        {"text": "\n\n".join([paragraph] * 12), "buttons": [{"title": "A", "payload": "/a"}]}
    ]
    asha = await gateway.person()

    await asha.says("hello")

    replies = await asha.sees(2)
    assert all(utf16_units(reply["text"]) <= 4096 for reply in replies)
    assert all("<" not in reply["text"] for reply in replies)
    assert "".join(reply["text"] for reply in replies).count("All of it & more 👍") == 144
    assert [bool(reply.get("reply_markup")) for reply in replies] == [False] * (len(replies) - 1) + [True]


@pytest.mark.parametrize("times", [1, 4])
async def test_a_server_error_leaves_a_reply_in_doubt(gateway: Stack, times: int) -> None:
    """A gateway of Telegram's may fail after the message went through: one repeat, marked, then no more."""
    asha = await gateway.person()
    await gateway.fault(method="sendMessage", chat_id=asha.id, kind="5xx", times=times)

    await asha.says("hello")
    await gateway.rest()

    expected = [f"{_plain('utter_repeat_mark')}\nYou said: hello"] if times == 1 else []
    assert await asha.texts() == expected


def _plain(response: str) -> str:
    return say(response).replace("<i>", "").replace("</i>", "")


def _unreachable(stack: Stack, person: Person) -> bool:
    with stack.database() as session:
        customer = session.scalars(select(Customer).where(Customer.chat_id == person.id)).one()
        return customer.unreachable_since is not None
