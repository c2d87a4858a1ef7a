"""A turn from the customer's message to the reply."""

import asyncio
import base64
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select, text

from bot.commands import COMMANDS
from tests.bot.conftest import Stack, until
from tests.bot.words import say
from tradein.imei import Device

IMEI = "490154203237518"


async def test_a_text_goes_to_the_engine_and_its_answer_comes_back(gateway: Stack) -> None:
    """The shortest way through everything."""
    asha = await gateway.person()

    await asha.says("what is my phone worth?")

    [reply] = await asha.sees(1)
    assert reply["text"] == "You said: what is my phone worth?"
    [turn] = gateway.engine.received
    assert set(turn) == {"sender", "message_id", "language", "text"}
    assert str(asha.id) not in turn["sender"]


async def test_several_messages_of_one_turn_arrive_in_order(gateway: Stack) -> None:
    """The engine may say more than one thing."""
    gateway.engine.script = lambda turn: [{"recipient_id": turn["sender"], "text": f"part {n}"} for n in range(5)]
    asha = await gateway.person()

    await asha.says("hello")

    await asha.sees(5)
    assert await asha.texts() == [f"part {n}" for n in range(5)]


async def test_every_customer_is_answered_in_order_while_others_are_too(gateway: Stack) -> None:
    """One customer's messages form a line, and nobody waits for another's: the engine answers only six at once."""
    gateway.engine.together = asyncio.Barrier(6)
    people = [await gateway.person(f"Person {n}") for n in range(6)]

    for number in range(4):
        await asyncio.gather(*(person.says(f"message {number}") for person in people))

    for person in people:
        await person.sees(4)
        assert await person.texts() == [f"You said: message {number}" for number in range(4)]
    asked = [(turn["text"], turn["sender"]) for turn in gateway.engine.received]
    for number in range(4):
        # Each six that were in hand together are one message of everybody, never two of one.
        six = asked[number * 6 : (number + 1) * 6]
        assert {text for text, _ in six} == {f"message {number}"}
        assert len({sender for _, sender in six}) == 6


async def test_a_customer_whose_turn_takes_long_holds_up_nobody(gateway: Stack) -> None:
    """A lane that waits for the engine is one lane."""
    slow, quick = await gateway.person("Slow"), await gateway.person("Quick")
    gateway.engine.script = lambda turn: 503 if turn.get("text") == "stuck" else [{"text": "done"}]

    await slow.says("stuck")
    await slow.sees(1)  # the request for patience
    await quick.says("hello")

    await quick.sees(1)
    assert await quick.texts() == ["done"]
    assert await slow.texts() == [say("utter_engine_down")]


@pytest.mark.parametrize(("command", "intent"), COMMANDS.items())
async def test_a_command_is_an_intent_and_what_follows_it_stays_behind(
    gateway: Stack, command: str, intent: str
) -> None:
    """A deep link's payload above all never reaches the dialogue."""
    asha = await gateway.person()

    await asha.says(f'/{command} /restart{{"brand":"xiaomi"}}')

    await asha.sees(1)
    assert [{key: turn[key] for key in ("intent", "entities")} for turn in gateway.engine.received] == [
        {"intent": intent, "entities": {}}
    ]


async def test_a_command_may_name_the_bot_and_shout(gateway: Stack) -> None:
    """Telegram's clients add the bot's name when one taps a command in some places."""
    asha = await gateway.person()
    username = (await gateway.api.post("/bot1:sandbox/getMe")).json()["result"]["username"]

    await asha.says(f"/HELP@{username}")

    await asha.sees(1)
    assert [turn["intent"] for turn in gateway.engine.received] == ["help"]


async def test_an_unknown_command_is_not_for_the_engine(gateway: Stack) -> None:
    """The default commands of Rasa are among them."""
    asha = await gateway.person()

    await asha.says("/restart")

    await asha.sees(1)
    assert await asha.texts() == [say("utter_unknown_command")]
    assert gateway.engine.received == []


async def test_the_menu_of_a_private_chat_has_the_commands(gateway: Stack) -> None:
    """They are published before the gateway is ready."""
    menu = (await gateway.api.get("/sandbox/commands", params={"language": "en"})).json()

    assert {command["command"]: command["description"] for command in menu} == {
        command: say(f"utter_command_{command}") for command in COMMANDS
    }


@pytest.mark.parametrize("nothing", ["\u200b", "/", "\u2060\uff0f"])
async def test_a_message_with_nothing_to_read_is_answered(gateway: Stack, nothing: str) -> None:
    """A messenger sends characters that nobody sees."""
    asha = await gateway.person()

    await asha.says(nothing)

    await asha.sees(1)
    assert await asha.texts() == [say("utter_empty_message")]
    assert gateway.engine.received == []


async def test_an_edited_message_is_no_new_turn(gateway: Stack) -> None:
    """The customer is asked to write again."""
    asha = await gateway.person()
    sent = await asha.says("redmi note 4")
    await asha.sees(1)

    await asha.edits(sent["message_id"], "/restart")

    await asha.sees(2)
    assert (await asha.texts())[-1] == say("utter_edit_ignored")
    assert [turn["text"] for turn in gateway.engine.received] == ["redmi note 4"]


async def test_a_picture_is_declined_but_the_words_under_it_are_read(gateway: Stack) -> None:
    """A caption is a text, never a command."""
    asha = await gateway.person()
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "JPEG")
    photo = base64.b64encode(picture.getvalue()).decode()

    await asha.sends(photo=photo)
    await asha.sends(photo=photo, caption="/evaluate redmi")
    await asha.sends(document=photo, file_name=f"{IMEI}.jpg")

    await asha.sees(3)
    assert await asha.texts() == [
        say("utter_unsupported_photo"),
        "You said: evaluate redmi",
        say("utter_unsupported_other"),
    ]


async def test_the_customer_sees_typing_only_while_it_takes_long(gateway: Stack) -> None:
    """A quick answer shows no sign of work."""
    asha = await gateway.person()
    await asha.says("quick")
    await asha.sees(1)
    gateway.engine.delay = 0.6
    await gateway.fault(method="sendChatAction", kind="5xx")

    await asha.says("slow")
    await asha.sees(2)

    assert (await gateway.api.get("/sandbox/faults")).json() == []  # the sign was sent, and its failure did no harm


async def test_a_long_number_reaches_neither_engine_nor_rows_nor_logs(own: Stack) -> None:
    """It is in one column, and in the chat where the customer wrote it."""
    asha = await own.person(f"Asha {IMEI}")
    own.engine.script = lambda turn: 500 if "again" in str(turn) else [{"text": f"Thanks for {turn.get('text')}"}]

    await asha.says("my imei is 49\u200b0154 20323-7518 ok")
    await asha.says(f"/start {IMEI}")
    await asha.says(f"again {IMEI}")
    await asha.sees(3)
    await until(lambda: len(own.engine.received) > 3)

    assert own.engine.received[0]["text"].startswith("my imei is number#")
    assert not any(IMEI in str(turn) for turn in own.engine.received)
    with own.database() as session:
        for table in ("inbox", "outbox", "keyboard", "claim", "customer"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - our own names
            assert IMEI not in str(rows).replace(" ", "").replace("-", ""), table
        assert session.scalars(select(Device.imei)).all() == [IMEI]
    log = own.log_file.read_text()
    assert IMEI not in log
    assert "Thanks" not in log
    assert "1:sandbox" not in log
