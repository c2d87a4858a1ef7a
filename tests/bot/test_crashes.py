"""A crash at any moment loses nothing and doubles nothing."""

from tests.bot.conftest import Stack, until
from tests.bot.scripted_engine import ScriptedEngine
from tests.bot.words import say


async def test_a_kill_in_the_middle_of_turns_loses_and_doubles_nothing(own: Stack) -> None:
    """Thirty messages of three customers, the gateway killed while some are answered and most are not."""
    people = [await own.person(f"Person {n}") for n in range(3)]
    own.engine.delay = 0.15
    for number in range(10):
        for person in people:
            await person.says(f"message {number}")
    await people[0].sees(3)

    own.kill()
    await own.start()

    for person in people:
        await own.rest()
        texts = await person.texts()
        repeated = [text for text in texts if text.startswith("(")]
        # A message that was on its way when the power went is said once more, marked; never unmarked, never lost.
        assert len(repeated) <= 1
        plain = [text.splitlines()[-1] for text in texts]
        assert list(dict.fromkeys(plain)) == [f"You said: message {number}" for number in range(10)]
        assert len(texts) - len(repeated) <= 10
    assert len(own.engine.turns) == 30


async def test_a_kill_between_engine_and_outbox_asks_the_engine_again_under_the_same_id(own: Stack) -> None:
    """The engine knows the id, so nothing runs twice."""
    asha = await own.person()
    own.engine.delay = 0.5
    await asha.says("hello")
    await until(lambda: own.engine.received)

    own.kill()
    await own.start()
    await asha.sees(1)
    await own.rest()

    assert await asha.texts() == ["You said: hello"]
    assert len({turn["message_id"] for turn in own.engine.received}) == 1
    assert len(own.engine.received) == 2


async def test_an_engine_that_is_down_is_excused_once_and_the_message_answered_later(own: Stack) -> None:
    """Also when the gateway itself starts again meanwhile."""
    asha, ben = await own.person("Asha"), await own.person("Ben")
    port = own.engine.port
    await own.engine.stop()

    await asha.says("are you there?")
    await asha.sees(1)
    assert own.stop() == 0
    await own.start()
    # Asha's turn is taken up again before Ben's begins, so by the time that he is excused she would be too.
    await until(lambda: sum(line.get("event") == "engine_down" for line in own.log()) > 1)
    await ben.says("and you?")
    await ben.sees(1)
    assert await asha.texts() == [say("utter_engine_down")]

    own.engine = ScriptedEngine(port)
    await own.engine.start()
    await asha.sees(2)
    await own.rest()
    assert await asha.texts() == [say("utter_engine_down"), "You said: are you there?"]


async def test_an_engine_that_fails_or_is_silent_is_asked_again(own: Stack) -> None:
    """An empty answer is a failure, not a silence."""
    answers = iter([500, [], 503, [{"text": "here I am"}]])
    own.engine.script = lambda _turn: next(answers)  # type: ignore[assignment,return-value]
    asha = await own.person()

    await asha.says("hello")

    await asha.sees(2)
    assert await asha.texts() == [say("utter_engine_down"), "here I am"]


async def test_a_turn_that_the_engine_refuses_is_not_asked_again(own: Stack) -> None:
    """The customer is asked for other words, and the next message goes through."""
    own.engine.script = lambda turn: 422 if turn["text"] == "odd" else [{"text": "fine"}]
    asha = await own.person()

    await asha.says("odd")
    await asha.says("better")

    await asha.sees(2)
    assert await asha.texts() == [say("utter_turn_failed"), "fine"]
