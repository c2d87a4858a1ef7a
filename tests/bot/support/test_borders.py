"""What comes from elsewhere, and what the core does for an agent."""

import asyncio
from pathlib import Path

import httpx
from sqlalchemy import select

from tests.bot.conftest import Stack, prepared
from tests.bot.support.conftest import PIXEL, Desk, staffed, texts
from tests.bot.words import words
from tradein import migrate
from tradein.inbox import InboxUpdate
from tradein.outbox import Message
from tradein.staff import Role

WORDS = words()


def said(name: str, **params: object) -> str:
    """Return a response as it is read in the group."""
    return WORDS.say(name, params=params)


async def test_another_group_and_the_general_topic_are_nobodys(desk: Desk) -> None:
    """Nothing of them is kept, or carried to anybody."""
    asha, ravi = await desk.talking()
    made = await desk.stack.api.post("/sandbox/groups", json={"title": "Elsewhere"})
    other = Desk(desk.stack, made.json()["id"])
    await other.post("members", {"user_id": ravi.id})
    before = len(await asha.replies())

    await other.post("messages", {"user_id": ravi.id, "text": "a word in another group"})
    await desk.post("messages", {"user_id": ravi.id, "text": "a word in general"})
    await asyncio.sleep(0.5)
    await desk.stack.rest()

    assert len(await asha.replies()) == before
    assert await desk.general() == []
    with desk.stack.database() as session:
        kept = [str(payload) for payload in session.scalars(select(InboxUpdate.payload))]
    assert not any("another group" in payload for payload in kept)


async def test_an_album_of_which_one_member_is_a_note_stays_in_the_group(desk: Desk) -> None:
    """Its words stand under one picture, and the others come by themselves."""
    asha, ravi = await desk.talking()
    before = len(await asha.replies())

    for place in (0, 2):
        album = [{"photo": PIXEL} for _ in range(3)]
        album[place]["caption"] = "// do not show him"
        await ravi.sends(to=asha, album=album)
    await ravi.says("done", to=asha)

    replies = await asha.sees_that(lambda replies: replies[-1].get("text") == "Ravi\ndone")
    assert len(replies) == before + 1


async def test_what_the_core_refuses_is_said_in_the_topic(desk: Desk) -> None:
    """A coupon that isn't there; more days by somebody who may not."""
    asha, ravi = await desk.talking()

    for command in ("/coupon", "/cancel", "/extend"):
        await ravi.says(command, to=asha)

    refused = {said("utter_refused_nothing_to_help_with"), said("utter_refused_not_staff")}
    await desk.sees(asha, lambda messages: refused <= set(texts(messages)))


async def test_a_second_agent_is_warned_and_nothing_is_said_twice(desk: Desk) -> None:
    """A supervisor takes over; the customer hears who is there."""
    asha, _ = await desk.talking()
    meera, chief = await desk.agent("Meera"), await desk.agent("Chief", Role.SUPERVISOR)
    before = len(await asha.replies())

    await meera.says("I can help too", to=asha)
    await desk.sees(asha, lambda messages: said("utter_refused_taken_by_another", agent="Ravi") in texts(messages))
    await desk.stack.rest()
    assert len(await asha.replies()) == before
    await chief.says("I take this one", to=asha)

    await asha.sees_that(lambda replies: replies[-1]["text"] == "Chief\nI take this one")
    await desk.card(asha, lambda text: "With Chief" in text)


async def test_agents_hear_that_their_customer_went_and_came_back(desk: Desk) -> None:
    """Telegram tells the bot of both."""
    asha, _ = await desk.talking()

    await asha.block()
    await desk.sees(asha, lambda messages: said("utter_desk_blocked_bot") in texts(messages))
    await asha.block(blocked=False)

    await desk.sees(asha, lambda messages: said("utter_desk_came_back") in texts(messages))


async def test_people_come_first_where_the_group_takes_little(stack: Stack) -> None:
    """What customers wrote is there, an album too; cards and thumbs take what is left. Telegram refuses nothing."""
    desk = await staffed(stack, per_minute=15, telegrams=15)
    asha = await desk.calling()
    await asha.sends(album=[{"photo": PIXEL}, {"photo": PIXEL}, {"photo": PIXEL}])
    for number in range(6):
        await asha.says(f"message {number}")

    found = await desk.sees(asha, lambda messages: "message 5" in texts(messages))

    assert [text for text in texts(found) if text.startswith("message")] == [f"message {number}" for number in range(6)]
    with stack.database() as session:
        errors = session.scalars(select(Message.error).where(Message.error.is_not(None))).all()
    assert errors == []


async def test_the_group_works_on_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    """There and back, two topics beside each other, with an album, an edit and a kill in between."""
    await asyncio.to_thread(migrate.upgrade, postgresql_url)
    try:
        async with prepared(postgresql_url, tmp_path) as stack:
            desk = await staffed(stack)
            (asha, ravi), ben = await desk.talking(), await desk.calling("Ben")
            typed = await asha.says("is it me?")
            await ben.sends(album=[{"photo": PIXEL}, {"photo": PIXEL}])
            await desk.sees(asha, lambda messages: "is it me?" in texts(messages))
            await desk.sees(ben, lambda messages: sum("media_group_id" in message for message in messages) == 2)
            stack.kill()
            await asha.edits(typed["message_id"], "is it still me?")
            await stack.start()
            await desk.sees(asha, lambda messages: "is it still me?" in texts(messages))
            await ravi.says("it is", to=asha)
            await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nit is")
            await stack.rest()
            assert await desk.general() == []
            stack.stop()
    finally:
        await asyncio.to_thread(migrate.downgrade, postgresql_url)


async def test_what_was_carried_is_counted(desk: Desk) -> None:
    """For Prometheus, by reader and by how it ended."""
    asha, ravi = await desk.talking()
    await asha.says("a question")
    await ravi.says("an answer", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nan answer")
    await desk.stack.rest()

    async with httpx.AsyncClient(trust_env=False) as scraper:
        figures = (await scraper.get(f"http://127.0.0.1:{desk.stack.health_port}/metrics")).text

    for reader in ("agents", "customers"):
        [line] = [
            line
            for line in figures.splitlines()
            if line.startswith(f'tradein_support_carried_total{{outcome="sent",to="{reader}"}}')
        ]
        assert float(line.split()[-1]) >= 1
