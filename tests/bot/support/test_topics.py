"""The topic of a customer: made once, opened again, made anew; whatever happens to the group meanwhile."""

import asyncio

from sqlalchemy import func, select

from tests.bot.conftest import Stack, until
from tests.bot.support.conftest import Desk, eventually, staffed, texts
from tradein.customers import Customer
from tradein.outbox import Message, MessageState
from tradein.support.conversations import TopicState


async def test_a_customer_has_one_topic_named_after_them_with_a_pinned_card(desk: Desk) -> None:
    """The card says who it is and where things stand; what was said before comes in one message."""
    asha = await desk.calling("Asha")
    for text in ("one", "two", "three"):
        await asha.says(text)

    topic = await desk.topic(asha)
    card = await desk.card(asha)

    assert topic["name"].startswith("Asha #")
    assert "Waiting for a person" in card["text"]
    shown = await desk.shown()
    assert card["message_id"] in shown["pinned"]
    found = await desk.sees(asha, lambda messages: {"one", "two", "three"} <= set(texts(messages)))
    assert [text for text in texts(found) if text in {"one", "two", "three"}] == ["one", "two", "three"]
    [brief] = [text for text in texts(found) if "wants a person" in text]
    assert "Asha: hello" in brief
    assert "Assistant: You said: hello" in brief
    assert len([one for one in shown["topics"] if one["name"] == topic["name"]]) == 1


async def test_a_name_too_long_is_cut_before_the_number(desk: Desk) -> None:
    """128 characters are what Telegram takes."""
    name = "Asha" * 16
    person = await desk.calling(name)

    topic = await desk.topic(person)

    number = desk.conversation(person).customer_id
    assert topic["name"] == f"{name} #{number}"
    assert len(topic["name"]) <= 128


async def test_a_topic_deleted_by_hand_is_made_anew_and_nothing_is_lost(desk: Desk) -> None:
    """Telegram tells the bot nothing: the next message finds out. The card is there again, General stays empty."""
    for late in (False, True):
        asha, ravi = await desk.calling(), await desk.agent()
        await asha.says("before")
        await desk.sees(asha, lambda messages: "before" in texts(messages))
        old = await desk.topic(asha)
        await desk.post(f"topics/{old['id']}/deletion", {"user_id": ravi.id, "late": late})

        await asha.says("after")

        await until(lambda asha=asha, old=old: desk.conversation(asha).topic_id not in {None, old["id"]})
        found = await desk.sees(asha, lambda messages: "after" in texts(messages))
        assert texts(found).count("after") == 1
        await desk.card(asha)
        assert await desk.general() == []


async def test_a_topic_closed_by_hand_is_done_with_and_opens_for_the_next_message(desk: Desk) -> None:
    """Closing says that the customer is helped; who writes again later isn't lost."""
    asha, ravi = await desk.calling(), await desk.agent()
    topic = await desk.topic(asha)

    await desk.post(f"topics/{topic['id']}/closing", {"user_id": ravi.id})
    await until(lambda: desk.conversation(asha).state == "resolved")
    assert desk.conversation(asha).topic_state is TopicState.CLOSED

    desk.call(asha)
    await asha.says("one more thing")

    await desk.sees(asha, lambda messages: "one more thing" in texts(messages))
    assert (await desk.topic(asha))["id"] == topic["id"]
    assert desk.conversation(asha).topic_state is TopicState.OPEN


async def test_a_topic_is_made_once_though_many_messages_wait_for_it(own_desk: Desk) -> None:
    """They come while it is being made, and the answer to the first try is lost."""
    desk = own_desk
    await desk.stack.fault(method="createForumTopic", kind="5xx")
    asha = await desk.calling()
    for number in range(5):
        await asha.says(f"message {number}")

    found = await desk.sees(asha, lambda messages: "message 4" in texts(messages))

    assert [text for text in texts(found) if text.startswith("message")] == [f"message {number}" for number in range(5)]
    topics = (await desk.shown())["topics"]
    assert len(topics) == 1


async def test_a_kill_while_the_topic_is_made_leaves_one_bound_and_loses_nothing(own_desk: Desk) -> None:
    """At worst an empty topic is left over that belongs to nobody."""
    desk = own_desk
    await desk.stack.fault(method="createForumTopic", kind="delay_after_commit", seconds=3)
    asha = await desk.calling()
    await asha.says("anybody there?")
    await until(lambda: desk.conversation(asha).topic_state is TopicState.MAKING)
    await eventually(lambda: _topics(desk))
    desk.stack.kill()

    await desk.stack.start()

    found = await desk.sees(asha, lambda messages: "anybody there?" in texts(messages))
    assert texts(found).count("anybody there?") == 1
    assert await desk.general() == []


async def test_a_group_that_becomes_a_supergroup_is_followed(stack: Stack) -> None:
    """The id that was set goes on meaning the group, after a restart too."""
    desk = await staffed(stack)
    asha, ravi = await desk.calling(), await desk.agent()
    await desk.topic(asha)
    moved = await desk.post("migration", {"user_id": ravi.id})
    desk.id = moved["id"]

    await asha.says("are you still there?")
    await desk.sees(asha, lambda messages: "are you still there?" in texts(messages))
    stack.kill()
    await stack.start()
    await asha.says("and now?")

    await desk.sees(asha, lambda messages: "and now?" in texts(messages))
    await ravi.says("yes", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nyes")


async def test_a_bot_without_rights_keeps_everything_until_it_has_them_again(own_desk: Desk) -> None:
    """Nobody is taken for unreachable, nothing goes anywhere else."""
    desk = own_desk
    for standing in ({"status": "administrator", "rights": {"can_manage_topics": False}}, {"status": "kicked"}):
        asha = await desk.stack.person()
        await asha.says("hello")
        await asha.sees(1)
        await desk.post("bot", standing)
        desk.call(asha)
        await asha.says("help me")
        await asyncio.sleep(1)
        await desk.post("bot", {"status": "administrator"})

        found = await desk.sees(asha, lambda messages: "help me" in texts(messages))

        assert texts(found).count("help me") == 1
    with desk.stack.database() as session:
        assert session.scalar(select(func.count()).where(Customer.unreachable_since.is_not(None))) == 0
        failed = session.scalars(select(Message.error).where(Message.state == MessageState.FAILED)).all()
        assert failed == []
    assert await desk.general() == []


async def _topics(desk: Desk) -> list[object]:
    topics: list[object] = (await desk.shown())["topics"]
    return topics
