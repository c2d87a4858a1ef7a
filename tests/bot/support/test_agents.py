"""What agents do in a topic: notes, commands, buttons; and who is none."""

import pytest

from tests.bot.support.conftest import PIXEL, Desk, texts
from tests.bot.words import words
from tradein.staff import Role
from tradein.support.conversations import ConversationState

WORDS = words()


def said(name: str, **params: object) -> str:
    """Return a response of the desk as it is read in the group."""
    return WORDS.say(name, params=params)


@pytest.mark.parametrize(
    "note",
    [
        *("// he is angry", "/note he is angry", "/note", "/note@exchange_bot he is angry"),
        *("\u200e// he is angry", "\u2067// he is angry", "\ufeff/note he is angry", "／／ he is angry"),  # noqa: RUF001
    ],
)
async def test_a_note_stays_in_the_group_whatever_becomes_of_it(desk: Desk, note: str) -> None:
    """Not even when it is edited into something else."""
    asha, ravi = await desk.calling(), await desk.agent()
    before = len(await asha.replies())
    written = await ravi.says(note, to=asha)
    await ravi.edits(written, "he is angry")
    pictured = await ravi.sends(to=asha, photo=PIXEL, caption=note)
    await ravi.edits(pictured, "look at this")
    await desk.sees(asha, lambda messages: texts(messages).count(said("utter_desk_edit_stays")) == 2)

    await desk.stack.rest()

    assert len(await asha.replies()) == before
    assert desk.conversation(asha).state is ConversationState.WAITING


async def test_a_public_message_edited_into_a_note_is_not_edited_at_the_customers(desk: Desk) -> None:
    """The agent hears that the customer still has the earlier words."""
    asha, ravi = await desk.calling(), await desk.agent()
    written = await ravi.says("two days", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\ntwo days")

    await ravi.edits(written, "// two days if he is lucky")

    await desk.sees(asha, lambda messages: said("utter_desk_edited_into_note") in texts(messages))
    await desk.stack.rest()
    assert (await asha.texts())[-1] == "Ravi\ntwo days"


async def test_a_note_made_of_a_message_that_waits_never_leaves(own_desk: Desk) -> None:
    """The customer's chat is parked; what goes out later is what was written, not what it became."""
    desk = own_desk
    asha, ravi = await desk.talking()
    await desk.stack.fault(method="sendMessage", chat_id=asha.id, kind="429", retry_after=2)
    await ravi.says("first", to=asha)
    written = await ravi.sends(to=asha, photo=PIXEL, caption="second")
    await desk.stack.faulted()
    await ravi.edits(written, "// secret")

    await asha.sees_that(lambda replies: replies[-1].get("caption") == "Ravi\nsecond")

    assert "secret" not in str(await asha.replies())


async def test_canned_answers_come_in_the_customers_language(desk: Desk) -> None:
    """By their key; one that isn't there says which there are."""
    asha, ravi = await desk.calling("Asha", language="hi"), await desk.agent()

    await ravi.says("/c hello", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"].startswith("Ravi\nनमस्ते Asha"))
    await ravi.says("/c nonsense", to=asha)

    await desk.sees(asha, lambda messages: any("hello" in text and "refund" in text for text in texts(messages)))


async def test_the_buttons_of_the_card_move_the_conversation(desk: Desk) -> None:
    """And the card says where it stands, by being edited."""
    asha, ravi = await desk.calling(), await desk.agent()
    card = await desk.card(asha, lambda text: "Waiting" in text)

    await ravi.taps(card, "Take")
    await desk.card(asha, lambda text: "With Ravi" in text)
    await ravi.taps(await desk.card(asha), "Snooze 1 h")
    await desk.card(asha, lambda text: "Snoozed until" in text)
    await ravi.taps(await desk.card(asha), "Hand back")
    after = await desk.card(asha, lambda text: "With the assistant" in text)

    assert after["message_id"] == card["message_id"]
    assert desk.conversation(asha).state is ConversationState.ASSISTANT


async def test_who_is_not_staff_is_carried_nowhere_and_moves_nothing(desk: Desk) -> None:
    """A member of the group without the role; a courier; somebody who was removed."""
    asha = await desk.calling()
    guest, courier = await desk.agent("Guest", None), await desk.agent("Kumar", Role.COURIER)
    before = len(await asha.replies())
    for who in (guest, courier):
        await who.says("hello there", to=asha)
        await who.says("/take", to=asha)
        await who.taps(await desk.card(asha), "Take")
    await desk.sees(asha, lambda messages: texts(messages).count(said("utter_desk_not_staff")) == 4)

    await desk.stack.rest()

    assert len(await asha.replies()) == before
    assert desk.conversation(asha).state is ConversationState.WAITING


async def test_an_agent_who_was_removed_is_heard_no_more(desk: Desk) -> None:
    """From the same moment, whatever they had taken."""
    asha, ravi = await desk.calling(), await desk.agent()
    await ravi.says("hello", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nhello")
    desk.remove(ravi)

    await ravi.says("one more thing", to=asha)

    await desk.sees(asha, lambda messages: said("utter_desk_not_staff") in texts(messages))
    await desk.stack.rest()
    assert (await asha.texts())[-1] == "Ravi\nhello"


async def test_a_command_nobody_knows_is_not_shown_to_the_customer(desk: Desk) -> None:
    """A slip must not be read by the wrong person."""
    asha, ravi = await desk.calling(), await desk.agent()
    before = len(await asha.replies())

    await ravi.says("/tkae", to=asha)
    await ravi.says("\u200e/bakc", to=asha)
    await ravi.sends(to=asha, photo=PIXEL, caption="/resolve")

    await desk.sees(asha, lambda messages: texts(messages).count(said("utter_desk_unknown_command")) == 3)
    await desk.stack.rest()
    assert len(await asha.replies()) == before


async def test_a_customer_who_blocked_the_bot_is_told_of_to_the_agent(desk: Desk) -> None:
    """Each message that does not arrive says so; the customer counts as unreachable."""
    asha, ravi = await desk.talking()
    await asha.block()

    for text in ("are you there?", "hello?"):
        await ravi.says(text, to=asha)

    found = await desk.sees(asha, lambda messages: texts(messages).count(said("utter_desk_unreachable")) == 2)
    told = [message for message in found if message.get("text") == said("utter_desk_unreachable")]
    assert all("reply_to_message" in message for message in told)
    await desk.card(asha, lambda text: "blocked the bot" in text)


async def test_an_answer_in_doubt_is_not_repeated_until_the_agent_says_so(own_desk: Desk) -> None:
    """The connection breaks after Telegram had it, or before: nobody knows."""
    desk = own_desk
    asha, ravi = await desk.talking()
    await desk.stack.fault(method="sendMessage", chat_id=asha.id, kind="5xx")

    await ravi.says("the coupon is good until Friday", to=asha)
    found = await desk.sees(asha, lambda messages: said("utter_desk_in_doubt") in texts(messages))
    doubt = next(message for message in found if message.get("text") == said("utter_desk_in_doubt"))
    assert "Ravi\nthe coupon is good until Friday" not in await asha.texts()
    await ravi.taps(doubt, "Send again")

    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nthe coupon is good until Friday")
    await ravi.taps(doubt, "Send again")
    await desk.stack.rest()
    assert (await asha.texts()).count("Ravi\nthe coupon is good until Friday") == 1


async def test_a_customers_message_in_doubt_is_told_to_the_customer(own_desk: Desk) -> None:
    """It is not sent twice; they may."""
    desk = own_desk
    asha = await desk.calling()
    await desk.topic(asha)
    await desk.stack.rest()
    await desk.stack.fault(method="sendMessage", chat_id=desk.id, kind="drop")

    await asha.says("did this arrive?")

    await asha.sees_that(lambda replies: said("utter_support_in_doubt") in [reply["text"] for reply in replies])
    await desk.stack.rest()
    assert texts(await desk.messages(asha)).count("did this arrive?") == 1
