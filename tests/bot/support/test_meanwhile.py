"""What customers do while a person has the talk that isn't a message: commands, edits that come late, going back."""

from tests.bot.conftest import titles
from tests.bot.support.conftest import PIXEL, Desk, texts
from tests.bot.words import words
from tradein.support.conversations import ConversationState

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
