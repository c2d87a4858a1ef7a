"""What the gateway does about languages: it notices, tells the engine, words its own answers, and takes the choice."""

from typing import Any

from sqlalchemy import select

from bot.commands import COMMANDS
from tests.bot.conftest import Stack, titles
from tests.bot.scripted_engine import Answer, Turn, echo
from tests.bot.words import words
from tradein.customers import Customer, LanguageSource

LANGUAGES = [
    {"title": "English", "payload": '/language_chosen{"language": "en"}'},
    {"title": "हिंदी", "payload": '/language_chosen{"language": "hi"}'},
]


def hindi(response: str) -> str:
    """Return a response of the gateway as a customer reads it who reads Hindi."""
    return words().say(response, language="hi")


def asking(turn: Turn) -> Answer:
    """Answer /language with the two buttons and, as amid a form, with the question that stands open."""
    if turn.get("intent") != "choose_language":
        return echo(turn)
    open_question = [{"title": "Yes", "payload": "/affirm"}]
    return [
        {"recipient_id": turn["sender"], "text": "Which language?", "buttons": LANGUAGES},
        {"recipient_id": turn["sender"], "text": "Does it turn on?", "buttons": open_question},
    ]


def known(stack: Stack, telegram_id: int) -> tuple[str, str]:
    """Return a customer's language and how we know it."""
    with stack.database() as session:
        found = session.scalars(select(Customer).where(Customer.telegram_user_id == telegram_id)).one()
        return found.language, found.language_source.value


async def test_devanagari_changes_the_language_within_its_own_turn(gateway: Stack) -> None:
    """The engine is told with this very turn; the word about it comes first, and once."""
    asha = await gateway.person()
    await asha.says("hello")
    await asha.sees(1)
    await asha.says("मेरा फ़ोन")
    await asha.sees(3)
    await asha.says("thanks")
    await asha.sees(4)

    assert await asha.texts() == [
        "You said: hello",
        hindi("utter_language_noticed"),
        "You said: मेरा फ़ोन",
        "You said: thanks",
    ]
    assert [turn["language"] for turn in gateway.engine.turns] == ["en", "hi", "hi"]
    assert known(gateway, asha.id) == ("hi", LanguageSource.NOTICED.value)


async def test_the_word_about_it_survives_a_crash(own: Stack) -> None:
    """What was noticed is kept with the update, and the answer is no other after a new start."""
    own.engine.script = lambda _turn: 503
    asha = await own.person()
    await asha.says("नमस्ते जी")
    [excuse] = await asha.sees(1)
    assert excuse["text"] == hindi("utter_engine_down")
    own.kill()
    own.engine.script = echo
    await own.start()
    await asha.sees(3)

    assert (await asha.texts())[1:] == [hindi("utter_language_noticed"), "You said: नमस्ते जी"]


async def test_the_gateways_own_answers_are_in_the_language_of_the_telegram(gateway: Stack) -> None:
    """The engine has no part in them."""
    asha = await gateway.person(language="hi")
    await asha.says("/nothing")
    [answer] = await asha.sees(1)
    assert answer["text"] == hindi("utter_unknown_command")


async def test_a_choice_is_written_before_the_engine_says_so(gateway: Stack) -> None:
    """The turn of the button comes in the new language, and carries nothing but itself."""
    gateway.engine.script = asking
    asha = await gateway.person()
    await asha.says("/language")
    [question, _] = await asha.sees(2)
    await asha.taps(question, "हिंदी")
    await asha.sees(3)
    await gateway.rest()

    turn: dict[str, Any] = gateway.engine.turns[-1]
    assert (turn["intent"], turn["entities"], turn["language"]) == ("language_chosen", {}, "hi")
    assert known(gateway, asha.id) == ("hi", LanguageSource.CHOSEN.value)
    menu = (await gateway.api.get("/sandbox/commands", params={"language": "en", "chat_id": asha.id})).json()
    assert {command["command"]: command["description"] for command in menu} == {
        command: hindi(f"utter_command_{command}") for command in COMMANDS
    }


async def test_the_keyboards_of_one_answer_stand_beside_each_other(gateway: Stack) -> None:
    """The question about the language takes no buttons away from the one that stands open, nor the reverse."""
    gateway.engine.script = asking
    asha = await gateway.person()
    await asha.says("/language")
    [first, second] = await asha.sees(2)
    tapped = await asha.taps(second, "Yes")
    assert (await asha.answer_to(tapped)).get("text") is None
    tapped = await asha.taps(first, "English")
    assert (await asha.answer_to(tapped)).get("text") is None
    await asha.sees(4)

    await asha.says("/language")
    [*_, third, _fourth] = await asha.sees(6)
    await asha.says("/language")
    await asha.sees(8)
    tapped = await asha.taps(third, "English")
    assert (await asha.answer_to(tapped))["text"] == words().say("utter_stale_button")
    assert titles(first) == [["English", "हिंदी"]]


async def test_the_menu_is_there_in_every_language_of_ours(gateway: Stack) -> None:
    """Telegram shows the one of its own language."""
    menu = (await gateway.api.get("/sandbox/commands", params={"language": "hi"})).json()
    assert {command["command"]: command["description"] for command in menu} == {
        command: hindi(f"utter_command_{command}") for command in COMMANDS
    }
