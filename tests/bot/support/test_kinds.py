"""Polls, dice and places go both ways; what Telegram copies for nobody gets its sender a clear word instead."""

import itertools
from typing import Any

import pytest

from tests.bot.conftest import Person
from tests.bot.support.conftest import Agent, Desk, Json, texts
from tests.bot.words import say

POLL = {"question": "Which day suits you?", "options": ["Monday", "Tuesday"], "is_anonymous": False}
QUIZ = {"question": "Which one is the IMEI?", "options": ["15 digits", "my name"], "type": "quiz"}
IMEI, HIDDEN = "490154203237518", "•" * 15
SHOP = {"latitude": 12.9, "longitude": 77.6, "title": "The shop", "address": "MG Road"}
NOT_COPIED: dict[str, Json] = {
    "paid_media": {"star_count": 5, "paid_media": [{"type": "preview"}]},
    "story": {"id": 1, "chat": {"id": 77, "type": "private"}},
    "game": {"title": "Snake", "description": "Eat", "photo": []},
    "invoice": {"title": "Case", "description": "", "start_parameter": "", "currency": "INR", "total_amount": 100},
    "checklist": {"title": "To do", "tasks": [{"id": 1, "text": "erase the phone"}]},
    "giveaway": {"chats": [], "winners_selection_date": 1, "winner_count": 1},
    "kind_of_2030": {"of": "which nobody has heard"},
}
"""What copyMessage refuses by its documentation, and kinds that the relay doesn't know."""
_UNUSED = itertools.count(70_001)


def _from(person_id: int, chat: Json, **content: object) -> Json:
    """Return a message as it comes from Telegram that the sandbox's own phones have no button for."""
    sender = {"id": person_id, "is_bot": False, "first_name": "Somebody"}
    return {"message_id": next(_UNUSED), "date": 1_800_000_000, "chat": chat, "from": sender, **content}


async def customer_sends(desk: Desk, person: Person, *, kind: str = "message", **content: object) -> None:
    """Let an update of the customer's come in."""
    message = _from(person.id, {"id": person.id, "type": "private"}, **content)
    assert (await desk.stack.api.post("/sandbox/updates", json={kind: message})).is_success


async def agent_sends(desk: Desk, agent: Agent, person: Person, *, kind: str = "message", **content: object) -> None:
    """Let an update from the customer's topic come in."""
    thread = {"message_thread_id": (await desk.topic(person))["id"], "is_topic_message": True}
    message = _from(agent.id, {"id": desk.id, "type": "supergroup"}, **thread, **content)
    assert (await desk.stack.api.post("/sandbox/updates", json={kind: message})).is_success


def polls(messages: list[Json]) -> list[Json]:
    """Return the polls that the bot sent."""
    return [message["poll"] for message in messages if "poll" in message and message["from"]["is_bot"]]


async def test_a_poll_goes_both_ways_and_the_agent_hears_that_votes_dont(desk: Desk) -> None:
    """A copy is a poll of its own, and Telegram names it to no bot."""
    asha, ravi = await desk.talking()

    await asha.sends(poll=POLL)
    there = await desk.sees(asha, polls)
    asked = await ravi.sends(to=asha, poll=POLL)
    here = await asha.sees_that(polls)

    for [poll] in (polls(there), polls(here)):
        assert poll["question"] == POLL["question"]
        assert [option["text"] for option in poll["options"]] == POLL["options"]
        assert not poll["is_anonymous"]
    told = await desk.sees(
        asha, lambda messages: say("utter_desk_poll_votes") in texts(messages) and _reactions(messages, asked)
    )
    [word] = [message for message in told if message.get("text") == say("utter_desk_poll_votes")]
    assert word["reply_to_message"]["message_id"] == asked["message_id"]


async def test_a_customers_quiz_is_carried_for_the_bot_knows_its_answer(desk: Desk) -> None:
    """Of a quiz sent to its private chat Telegram tells it."""
    asha, _ = await desk.talking()

    await asha.sends(poll={**QUIZ, "correct_option_ids": [0]})

    [quiz] = polls(await desk.sees(asha, polls))
    assert (quiz["question"], quiz["type"], quiz["correct_option_ids"]) == (QUIZ["question"], "quiz", [0])


async def test_an_agents_quiz_cant_be_carried_and_they_hear_it(desk: Desk) -> None:
    """Telegram tells nobody its answer in a group; what is written behind it arrives."""
    asha, ravi = await desk.talking()

    asked = await ravi.sends(to=asha, poll={**QUIZ, "correct_option_ids": [0]})
    await ravi.says("or simply tell me", to=asha)

    told = await desk.sees(asha, lambda messages: say("utter_desk_not_delivered") in texts(messages))
    [word] = [message for message in told if message.get("text") == say("utter_desk_not_delivered")]
    assert word["reply_to_message"]["message_id"] == asked["message_id"]
    assert not _reactions(told, asked)
    replies = await asha.sees_that(lambda replies: replies[-1].get("text") == "Ravi\nor simply tell me")
    assert polls(replies) == []
    assert say("utter_desk_poll_votes") not in texts(await desk.messages(asha))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"poll": {**POLL, "question": f"Is it {IMEI}?"}}, f"Is it {HIDDEN}?\nMonday\nTuesday"),
        (
            {"poll": {**QUIZ, "options": [IMEI, "my name"], "correct_option_ids": [0]}},
            f"{QUIZ['question']}\n{HIDDEN}\nmy name",
        ),
        ({"location": {**SHOP, "title": f"IMEI {IMEI}"}}, f"IMEI {HIDDEN}\nMG Road"),
    ],
)
async def test_a_number_in_a_poll_or_a_place_of_a_customers_reaches_no_agent(
    desk: Desk, content: Json, words: str
) -> None:
    """A copy would show it: what was written there goes as words."""
    asha, _ = await desk.talking()

    await asha.sends(**content)

    assert IMEI not in str(await desk.sees(asha, lambda messages: words in texts(messages)))


@pytest.mark.parametrize("emoji", ["🎲", "🎰"])
async def test_a_die_goes_both_ways(desk: Desk, emoji: str) -> None:
    """Thrown anew, as Telegram does with every copy."""
    asha, ravi = await desk.talking()

    await asha.sends(dice=emoji)
    there = await desk.sees(asha, _dice)
    await ravi.sends(to=asha, dice=emoji)
    here = await asha.sees_that(_dice)

    assert [*_dice(there), *_dice(here)] == [emoji, emoji]


async def test_a_venue_keeps_its_name_both_ways(desk: Desk) -> None:
    """It holds a location too, and must not arrive as that alone."""
    asha, ravi = await desk.talking()

    await asha.sends(location=SHOP)
    there = await desk.sees(asha, _venues)
    await ravi.sends(to=asha, location=SHOP)
    here = await asha.sees_that(_venues)

    for [venue] in (_venues(there), _venues(here)):
        assert (venue["title"], venue["address"]) == (SHOP["title"], SHOP["address"])


@pytest.mark.parametrize("kind", NOT_COPIED)
async def test_what_cant_be_copied_is_told_to_whoever_sent_it(desk: Desk, kind: str) -> None:
    """Kindly, with what to do instead; the talk goes on."""
    asha, ravi = await desk.talking()

    await customer_sends(desk, asha, **{kind: NOT_COPIED[kind]})
    await asha.sees_that(lambda replies: replies[-1]["text"] == say("utter_support_cannot_carry"))
    await agent_sends(desk, ravi, asha, **{kind: NOT_COPIED[kind]})
    await desk.sees(asha, lambda messages: say("utter_desk_cannot_carry") in texts(messages))
    await asha.says("in words, then")
    await ravi.says("the same here", to=asha)

    await desk.sees(asha, lambda messages: "in words, then" in texts(messages))
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nthe same here")


async def test_a_photo_that_costs_nothing_but_moves_is_a_photo(desk: Desk) -> None:
    """A live photo comes as a photo too (Bot API 10.0); only its motion is of a kind of its own."""
    asha, _ = await desk.talking()
    shot = {"file_id": "unknown", "file_unique_id": "unknown", "width": 4, "height": 4}

    await customer_sends(desk, asha, photo=[shot], live_photo={"photo": [shot], "video": {}})

    # The sandbox has no such file, so it doesn't arrive: but a copy was tried, and not refused beforehand.
    await desk.stack.rest()
    assert say("utter_support_cannot_carry") not in texts(await asha.replies())


@pytest.mark.parametrize("happened", ["pinned_message", "message_auto_delete_timer_changed", "chat_background_set"])
async def test_what_merely_happened_in_a_chat_is_nobodys_message(desk: Desk, happened: str) -> None:
    """A pin by hand must not be answered with: that can't be sent on."""
    asha, ravi = await desk.talking()
    before = len(await asha.replies())

    await customer_sends(desk, asha, **{happened: {}})
    await agent_sends(desk, ravi, asha, **{happened: {}})
    await desk.post(f"topics/{(await desk.topic(asha))['id']}/name", {"user_id": ravi.id, "name": "Asha, twice"})
    await ravi.says("done", to=asha)

    replies = await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\ndone")
    assert len(replies) == before + 1
    assert say("utter_desk_cannot_carry") not in texts(await desk.messages(asha))


async def test_the_steps_of_a_live_location_are_answered_by_nobody(desk: Desk) -> None:
    """It comes as the place where it began; Telegram tells of every step as of an edit, every few seconds."""
    asha, ravi = await desk.talking()
    step: dict[str, Any] = {"location": {"latitude": 12.9, "longitude": 77.6, "live_period": 900}, "edit_date": 9}
    before = len(await asha.replies())

    for _ in range(3):
        await customer_sends(desk, asha, kind="edited_message", **step)
        await agent_sends(desk, ravi, asha, kind="edited_message", **step)
    await ravi.says("done", to=asha)

    replies = await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\ndone")
    assert len(replies) == before + 1
    assert say("utter_desk_edit_stays") not in texts(await desk.messages(asha))


def _dice(messages: list[Json]) -> list[str]:
    return [message["dice"]["emoji"] for message in messages if "dice" in message and message["from"]["is_bot"]]


def _venues(messages: list[Json]) -> list[Json]:
    return [message["venue"] for message in messages if "venue" in message and message["from"]["is_bot"]]


def _reactions(messages: list[Json], asked: Json) -> object:
    return next(found.get("reactions") for found in messages if found["message_id"] == asked["message_id"])
