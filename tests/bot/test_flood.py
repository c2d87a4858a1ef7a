"""A customer who writes more than anybody can read: told once, answered where it counts, and nobody else waits."""

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.bot.conftest import Person, Stack, prepared, until
from tests.bot.scripted_engine import echo
from tests.bot.support.conftest import Desk, staffed, texts
from tests.bot.words import say
from tradein.inbox import InboxUpdate

BURST = 20


@pytest.fixture(scope="module")
async def shared_bounded(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Give one gateway with the default bound to all tests that only write too much."""
    folder = tmp_path_factory.mktemp("flood")
    shutil.copy(migrated, folder / "tradein.db")
    async with prepared(f"sqlite:///{folder / 'tradein.db'}", folder) as stack:
        stack.extra["TRADEIN_CUSTOMER_BURST"] = str(BURST)
        await stack.start()
        yield stack


@pytest.fixture
async def bounded(shared_bounded: Stack) -> AsyncIterator[Stack]:
    """Give it with a fresh script."""
    shared_bounded.engine.script, shared_bounded.engine.delay = echo, 0.0
    shared_bounded.engine.received.clear()
    yield shared_bounded
    await shared_bounded.rest()


async def paste(person: Person, lines: int, *, word: str = "line") -> None:
    """Send so many lines as quickly as they go."""
    for number in range(lines):
        await person.says(f"{word} {number}")


async def test_a_burst_is_answered_line_by_line_and_of_what_comes_on_top_the_last(bounded: Stack) -> None:
    """Sixty lines: twenty answers, one word about it, the answer to the last line; all that came is in the inbox."""
    asha = await bounded.person()

    await paste(asha, 60)
    await bounded.rest()

    said = await asha.texts()
    assert said[:BURST] == [f"You said: line {number}" for number in range(BURST)]
    assert said.count(say("utter_too_fast")) == 1
    assert said[-1] == "You said: line 59"
    assert len(said) < BURST + 10
    with bounded.database() as session:
        kept = select(InboxUpdate.update_id).where(InboxUpdate.chat_id == asha.id)
        assert len(session.scalars(kept).all()) == 60


async def test_who_writes_quickly_and_stops_meets_no_bound(bounded: Stack) -> None:
    """Twenty short messages in a row are a person's."""
    asha = await bounded.person()

    await paste(asha, BURST)
    await bounded.rest()

    assert await asha.texts() == [f"You said: line {number}" for number in range(BURST)]


async def test_nobody_else_waits_for_a_flood(bounded: Stack) -> None:
    """A flood costs the engine a burst and then a turn a second, however many lines it has; another is answered."""
    bounded.engine.delay = 0.03
    asha, ben = await bounded.person("Asha"), await bounded.person("Ben")
    began = time.monotonic()

    await paste(asha, 150)
    await ben.says("my phone?")
    await bounded.rest()
    seconds = time.monotonic() - began

    assert await ben.texts() == ["You said: my phone?"]
    assert sum(turn.get("text", "").startswith("line") for turn in bounded.engine.turns) <= BURST + seconds + 1


async def test_a_command_in_the_middle_of_a_flood_is_obeyed(bounded: Stack) -> None:
    """It gives way only to itself: the last of many is obeyed, and a tap is none of it."""
    bounded.engine.delay = 0.1
    asha = await bounded.person()
    await paste(asha, 30)
    for _ in range(5):
        await asha.says("/stop")
    await paste(asha, 5, word="and")
    await bounded.rest()

    said = await asha.texts()
    assert said.count("Intent stop ()") == 1
    assert said[-1] == "You said: and 4"


async def test_an_edit_takes_nobodys_turn(bounded: Stack) -> None:
    """Edits that come in a flood are passed over, and the last thing that was said keeps its answer."""
    bounded.engine.delay = 0.1
    asha = await bounded.person()
    await paste(asha, 30)
    last = await asha.says("what is it worth?")
    for number in range(10):
        await asha.edits(last["message_id"], f"what is it worth? {number}")
    await bounded.rest()

    said = await asha.texts()
    assert said[-1] == "You said: what is it worth?"
    assert say("utter_edit_ignored") not in said


async def test_what_says_nothing_takes_no_room_and_is_never_too_fast(bounded: Stack) -> None:
    """Whoever shares where they walk and pins something has written nothing."""
    asha = await bounded.person()
    frame = {"message_id": 7, "date": 1, "chat": {"id": asha.id, "type": "private"}}
    frame["from"] = {"id": asha.id, "is_bot": False, "first_name": "Asha"}
    step = {"edit_date": 2, "location": {"latitude": 12.9, "longitude": 77.6, "live_period": 900}}
    for _ in range(2 * BURST):
        await bounded.api.post("/sandbox/updates", json={"edited_message": frame | step})
        await bounded.api.post("/sandbox/updates", json={"message": frame | {"pinned_message": {}}})

    await paste(asha, BURST)
    await bounded.rest()

    assert await asha.texts() == [f"You said: line {number}" for number in range(BURST)]


async def test_the_word_about_it_is_in_the_customers_language(bounded: Stack) -> None:
    """Hindi for who is answered in Hindi."""
    asha = await bounded.person(language="hi")

    await paste(asha, 40)
    await bounded.rest()

    assert (await asha.texts()).count(say("utter_too_fast", "hi")) == 1


async def test_a_flood_that_a_kill_interrupts_ends_as_any_other(stack: Stack) -> None:
    """What waited is a row: after the next start the last line is answered, and nothing is left over."""
    stack.extra["TRADEIN_CUSTOMER_BURST"] = str(BURST)
    await stack.start()
    stack.engine.delay = 0.1
    asha = await stack.person()
    await paste(asha, 80)
    await asha.sees(3)

    stack.kill()
    await stack.start()
    await stack.rest()

    said = await asha.texts()
    assert said[-1] == "You said: line 79"
    assert len(stack.engine.turns) < 2 * BURST + 10


@pytest.mark.parametrize("burst", ["1", "3"])
async def test_what_is_sent_to_a_person_is_never_passed_over(stack: Stack, burst: str) -> None:
    """Also with the bound as low as it goes: every line reaches the topic, in order."""
    stack.extra["TRADEIN_CUSTOMER_BURST"] = burst
    desk: Desk = await staffed(stack)
    asha, _ = await desk.talking()
    lines = [f"line {number}" for number in range(40)]

    await paste(asha, len(lines))
    await stack.rest()

    carried = [text for text in texts(await desk.messages(asha)) if text.startswith("line")]
    assert carried == lines
    assert say("utter_too_fast") not in await asha.texts()


async def test_a_bound_of_the_operators_own_holds(stack: Stack) -> None:
    """Five at once, and then one every six seconds."""
    stack.extra |= {"TRADEIN_CUSTOMER_BURST": "5", "TRADEIN_CUSTOMER_PER_MINUTE": "10"}
    await stack.start()
    asha = await stack.person()

    await paste(asha, 7)
    await until(lambda: any(line.get("event") == "customer_too_fast" for line in stack.log()))
    await stack.rest()

    assert await asha.texts() == [
        *(f"You said: line {number}" for number in range(5)),
        say("utter_too_fast"),
        "You said: line 6",
    ]
