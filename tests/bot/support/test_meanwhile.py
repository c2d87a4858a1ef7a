"""What customers do while a person has the talk that isn't a message: commands, edits that come late, going back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.bot.conftest import titles, until
from tests.bot.support.conftest import PIXEL, Desk, texts
from tests.bot.words import words
from tradein.support.conversations import SILENT, Conversation, ConversationState, TopicState
from tradein.support.tickets import Ticket

WORDS = words()


async def test_a_command_to_a_person_is_passed_on_and_its_writer_hears_who_has_it(desk: Desk) -> None:
    """Not answered by the assistant, and not swallowed either: whoever gives a command waits for something."""
    asha, _ = await desk.talking()

    await asha.says("/coupons")

    replies = await asha.sees_that(lambda replies: "You're talking with Ravi" in replies[-1]["text"])
    assert titles(replies[-1]) == [["Back to the assistant"]]
    await desk.sees(asha, lambda messages: "/coupons" in texts(messages))
    assert desk.conversation(asha).state is ConversationState.PERSON


async def test_a_command_while_nobody_has_come_is_passed_on_too(desk: Desk) -> None:
    """With the same way back."""
    asha = await desk.calling()

    await asha.says("/start")

    said = WORDS.say("utter_command_while_waiting")
    replies = await asha.sees_that(lambda replies: replies[-1]["text"] == said)
    assert titles(replies[-1]) == [["Back to the assistant"]]
    await desk.sees(asha, lambda messages: "/start" in texts(messages))


async def test_a_customer_goes_back_to_the_assistant_and_the_agents_hear_of_it(desk: Desk) -> None:
    """What they write then is the assistant's, until an agent writes again."""
    asha, ravi = await desk.talking()
    await asha.says("/help")
    replies = await asha.sees_that(lambda replies: "You're talking with Ravi" in replies[-1]["text"])

    await asha.taps(replies[-1], "Back to the assistant")

    await desk.sees(asha, lambda messages: WORDS.say("utter_desk_customer_went_back") in texts(messages))
    await desk.card(asha, lambda text: "With the assistant" in text)
    await asha.says("redmi note 4")
    await asha.sees_that(lambda replies: "You said: redmi note 4" in texts(replies))
    assert "redmi note 4" not in texts(await desk.messages(asha))
    await ravi.says("I am still here", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nI am still here")


async def test_the_help_is_rated_though_the_assistant_asks_its_question_beside_it(desk: Desk) -> None:
    """Both come in the same moment, whichever first: neither takes the other's buttons away."""
    asha, ravi = await desk.talking()
    await ravi.says("done", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\ndone")
    await ravi.says("/back", to=asha)
    again = WORDS.say("utter_anything_else")
    replies = await asha.sees_that(lambda replies: again in texts(replies) and "How was the help" in str(replies))
    await desk.stack.rest()

    rating = next(reply for reply in replies if reply["text"].startswith("How was the help"))
    await asha.taps(rating, "4")

    await asha.sees_that(lambda replies: WORDS.say("utter_help_rated") in texts(replies))


async def test_an_edit_after_the_hand_back_reaches_the_topic_marked_as_one(desk: Desk) -> None:
    """No agent watches any more, and they answered other words; the customer hears where their edit went."""
    asha, ravi = await desk.talking()
    typed = await asha.says("Note 4")
    pictured = await asha.sends(photo=PIXEL, caption="the box")
    await desk.sees(asha, lambda messages: {"Note 4", "the box"} <= set(texts(messages)))
    await ravi.says("/back", to=asha)
    await desk.card(asha, lambda text: "With the assistant" in text)

    for again in ("Note 5", "Note 5 Pro"):
        await asha.edits(typed["message_id"], again)
        await desk.sees(asha, lambda messages, again=again: f"✏️ Edited:\n{again}" in texts(messages))
    await asha.edits(pictured["message_id"], "the right box")

    await desk.sees(asha, lambda messages: "✏️ Edited:\nthe right box" in texts(messages))
    await asha.sees_that(lambda replies: texts(replies).count(WORDS.say("utter_edit_passed_on")) == 3)
    assert desk.conversation(asha).state is ConversationState.ASSISTANT
    assert "Note 4" not in texts(await desk.messages(asha))


async def test_an_edit_of_what_the_assistant_was_told_stays_the_assistants(desk: Desk) -> None:
    """Before a person came or after: it asks for a new message, and the topic hears nothing."""
    asha, ravi = await desk.talking()
    await ravi.says("/back", to=asha)
    await desk.card(asha, lambda text: "With the assistant" in text)
    typed = await asha.says("Note 4")
    await asha.sees_that(lambda replies: "You said: Note 4" in texts(replies))

    await asha.edits(typed["message_id"], "Note 5")

    await asha.sees_that(lambda replies: WORDS.say("utter_edit_ignored") in texts(replies))
    assert not any("Note 5" in text for text in texts(await desk.messages(asha)))


@pytest.mark.parametrize("end", ["/back", "/resolve"])
async def test_a_word_about_the_help_is_kept_and_goes_to_nobody_else(desk: Desk, end: str) -> None:
    """Neither to the assistant nor to the topic: it stands beside the rating. What was resolved stays so."""
    asha, ravi = await desk.talking()
    await ravi.says("done", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\ndone")
    await ravi.says(end, to=asha)
    replies = await asha.sees_that(lambda replies: "How was the help" in str(replies))
    await desk.stack.rest()
    await asha.taps(next(reply for reply in replies if reply["text"].startswith("How was the help")), "5")
    replies = await asha.sees_that(lambda replies: WORDS.say("utter_help_rated") in texts(replies))
    thanks = next(reply for reply in replies if reply["text"] == WORDS.say("utter_help_rated"))

    await asha.taps(thanks, "Yes, I'll write it")
    await asha.sees_that(lambda replies: WORDS.say("utter_help_comment_asked") in texts(replies))
    await asha.says(f"Ravi was kind {end}")

    await asha.sees_that(lambda replies: WORDS.say("utter_help_commented") in texts(replies))
    with desk.stack.database() as session:
        kept = session.scalars(select(Ticket).where(Ticket.comment == f"Ravi was kind {end}")).one()
        assert kept.rating == 5
    assert f"Ravi was kind {end}" not in texts(await desk.messages(asha))
    assert desk.conversation(asha).state not in SILENT


async def test_who_writes_soon_after_the_end_has_the_same_agent_and_the_same_topic(desk: Desk) -> None:
    """The topic that was closed opens for it; half a day later it is the assistant who answers."""
    asha, ravi = await desk.talking()
    topic = await desk.topic(asha)
    for text in ("one more thing", "and another"):
        await ravi.says("/resolve", to=asha)
        await until(lambda: desk.conversation(asha).topic_state is TopicState.CLOSED)
        await asha.says(text)
        await desk.sees(asha, lambda messages, text=text: text in texts(messages))
        await desk.card(asha, lambda text: "With Ravi" in text)
    assert (await desk.topic(asha))["id"] == topic["id"]

    await ravi.says("/resolve", to=asha)
    await until(lambda: desk.conversation(asha).topic_state is TopicState.CLOSED)
    with desk.stack.database.begin() as session:
        ago = datetime.now(UTC) - timedelta(hours=13)
        session.execute(update(Conversation).where(Conversation.topic_id == topic["id"]).values(resolved_at=ago))
    await asha.says("redmi note 4")

    await asha.sees_that(lambda replies: "You said: redmi note 4" in texts(replies))
    assert "redmi note 4" not in texts(await desk.messages(asha))


async def test_a_matter_put_aside_wakes_when_its_customer_writes(desk: Desk) -> None:
    """With the agent who put it aside, and the words are in the topic."""
    asha, ravi = await desk.talking()
    await ravi.says("/snooze", to=asha)
    await desk.card(asha, lambda text: "Snoozed until" in text)

    await asha.says("I found the box")

    await desk.sees(asha, lambda messages: "I found the box" in texts(messages))
    await desk.card(asha, lambda text: "With Ravi" in text)


async def test_an_edit_too_long_under_its_mark_takes_a_second_message(desk: Desk) -> None:
    """Nothing of it is cut off."""
    asha, ravi = await desk.talking()
    typed = await asha.says("short")
    await desk.sees(asha, lambda messages: "short" in texts(messages))
    await ravi.says("/back", to=asha)
    await desk.card(asha, lambda text: "With the assistant" in text)
    long = ("All of it matters. " * 300)[:4090] + " end"

    await asha.edits(typed["message_id"], long)

    found = await desk.sees(asha, lambda messages: any(text.endswith("end") for text in texts(messages)))
    carried = [text for text in texts(found) if text.startswith("✏️") or text.endswith(" end")]
    assert "".join(carried).replace(" ", "") == f"✏️ Edited:\n{long}".replace(" ", "")
