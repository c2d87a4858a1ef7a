"""Buttons: choices, pages, toggles, and taps that come too late, twice or from somebody else."""

# ruff: noqa: RUF001 - the arrows are the buttons
import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import select

from bot import keyboards
from bot.keyboards import CHOICES_PER_PAGE, Keyboard
from tests.bot.conftest import Stack, keyboard, titles
from tests.bot.scripted_engine import Answer, Turn, echo
from tests.bot.words import say

type Buttons = list[dict[str, Any]]


def offering(*offers: tuple[str, Buttons]) -> Any:  # noqa: ANN401 - a script of the engine
    """Return a script: a text ``ask <n>`` gets the nth offer, everything else its echo."""

    def script(turn: Turn) -> Answer:
        match = re.fullmatch(r"ask (\d)", turn.get("text", ""))
        if match is None:
            return echo(turn)
        question, buttons = offers[int(match[1])]
        return [{"recipient_id": turn["sender"], "text": question, "buttons": buttons}]

    return script


def choices(*names: str) -> Buttons:
    """Return choice buttons."""
    return [{"title": name, "payload": f'/inform{{"brand": "{name.lower()}"}}'} for name in names]


FAULTS = [
    {"title": "Battery", "payload": "battery", "kind": "toggle"},
    {"title": "Camera & <lens>", "payload": "camera", "kind": "toggle"},
    {"title": "Speaker", "payload": "speaker", "kind": "toggle"},
    {"title": "That's all", "payload": '/inform{"condition": "faults"}', "kind": "submit"},
]


WAYS_OUT = [
    {"title": "Another phone", "payload": "/change", "kind": "footer"},
    {"title": "Talk to a person", "payload": "/request_human", "kind": "footer"},
]


async def test_a_tap_is_a_turn_with_the_buttons_intent(gateway: Stack) -> None:
    """The keyboard goes, what was chosen stays under the question."""
    gateway.engine.script = offering(("Which <b>brand</b>?", choices("Xiaomi", "Sony")))
    asha = await gateway.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)
    assert titles(question) == [["Xiaomi", "Sony"]]

    tap = await asha.taps(question, "Sony")

    await asha.sees(2)
    assert await asha.texts() == ["Which brand?\n\n✓ Sony", "Intent inform (brand=sony)"]
    assert keyboard((await asha.replies())[0]) == []
    assert (await asha.answer_to(tap))["text"] in {None, ""}
    assert gateway.engine.received[-1]["entities"] == {"brand": "sony"}
    assert "text" not in gateway.engine.received[-1]


async def test_what_comes_back_from_telegram_is_a_name_and_no_payload(gateway: Stack) -> None:
    """The data of a button is far below 64 bytes whatever the payload says."""
    payload = '/inform{"model": "' + "x" * 200 + '"}'
    gateway.engine.script = offering(("Which?", [{"title": "This", "payload": payload}]))
    asha = await gateway.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)

    [[button]] = keyboard(question)
    assert re.fullmatch(r"k:[\w-]{16}:0", button["callback_data"])


async def test_the_second_of_two_taps_does_nothing(gateway: Stack) -> None:
    """Fingers are faster than networks."""
    gateway.engine.script = offering(("Which?", choices("Xiaomi", "Sony")))
    asha = await gateway.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)

    first, second = await asyncio.gather(asha.taps(question, "Sony"), asha.taps(question, "Xiaomi"))

    answers = [(await asha.answer_to(tap))["text"] for tap in (first, second)]
    await gateway.rest()
    assert answers.count(say("utter_stale_button")) == 1
    assert len([turn for turn in gateway.engine.received if turn.get("intent")]) == 1
    assert len(await asha.replies()) == 2


async def test_a_newer_keyboard_makes_the_older_one_stale(gateway: Stack) -> None:
    """Only the latest question can be answered by a button."""
    gateway.engine.script = offering(("Old?", choices("Xiaomi")), ("New?", choices("Sony")))
    asha = await gateway.person()
    await asha.says("ask 0")
    [old] = await asha.sees(1)
    await asha.says("ask 1")
    await asha.sees(2)

    tap = await asha.taps(old, "Xiaomi")

    assert (await asha.answer_to(tap))["text"] == say("utter_stale_button")
    await gateway.rest()
    assert await asha.texts() == ["Old?", "New?"]
    assert not any(turn.get("intent") for turn in gateway.engine.received)


async def test_somebody_elses_button_does_nothing(gateway: Stack) -> None:
    """A name of a keyboard is worth nothing in another chat."""
    gateway.engine.script = offering(("Which?", choices("Xiaomi")))
    asha, eve = await gateway.person("Asha"), await gateway.person("Eve")
    await asha.says("ask 0")
    await eve.says("ask 0")
    [question] = await asha.sees(1)
    [own] = await eve.sees(1)

    tap = await eve.taps_data(own["message_id"], keyboard(question)[0][0]["callback_data"])

    assert (await eve.answer_to(tap))["text"] == say("utter_stale_button")
    await asha.taps(question, "Xiaomi")
    await asha.sees(2)


@pytest.mark.parametrize("data", ["k:AAAAAAAAAAAAAAAA:0", "/restart", "k::0", "k:AAAAAAAAAAAAAAAA:p9999999"])
async def test_data_that_nobody_made_does_nothing(gateway: Stack, data: str) -> None:
    """A client that makes its own data gets the toast."""
    gateway.engine.script = offering(("Which?", choices("Xiaomi")))
    asha = await gateway.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)

    tap = await asha.taps_data(question["message_id"], data)

    assert (await asha.answer_to(tap))["text"] == say("utter_stale_button")


async def test_a_long_list_is_paged_by_editing_one_message(gateway: Stack) -> None:
    """Forwards, backwards, and a choice from a later page."""
    names = [f"Model number {n:02}" for n in range(20)]
    gateway.engine.script = offering(("Which?", choices(*names)))
    asha = await gateway.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)
    assert titles(question)[-1] == ["‹", "1/3", "›"]
    assert sum(map(len, titles(question)[:-1])) == CHOICES_PER_PAGE

    await asha.taps(question, "›")
    [second] = await asha.sees_that(lambda replies: titles(replies[0])[-1][1] == "2/3")
    await asha.taps(second, "›")
    [third] = await asha.sees_that(lambda replies: titles(replies[0])[-1][1] == "3/3")
    assert [title for row in titles(third)[:-1] for title in row] == names[16:]
    await asha.taps(third, "‹")
    [second] = await asha.sees_that(lambda replies: titles(replies[0])[-1][1] == "2/3")
    assert gateway.engine.received[-1]["text"] == "ask 0"

    await asha.taps(second, names[9])
    await asha.sees(2)
    assert gateway.engine.received[-1]["entities"] == {"brand": names[9].lower()}
    assert (await asha.texts())[0] == f"Which?\n\n✓ {names[9]}"


async def test_toggles_are_marked_and_sent_together(gateway: Stack) -> None:
    """Marking and unmarking stays in the gateway; the engine hears of the submit button."""
    gateway.engine.script = offering(("What is wrong?", FAULTS))
    asha = await gateway.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)
    assert titles(question)[-1] == ["That's all"]

    for title in ("Battery", "Speaker", "Camera & <lens>"):
        await asha.taps(question, title)
        await asha.sees_that(lambda replies, marked=f"✓ {title}": any(marked in row for row in titles(replies[0])))
    [marked] = await asha.replies()
    await asha.taps(marked, "✓ Speaker")
    [marked] = await asha.sees_that(lambda replies: any("Speaker" in row for row in titles(replies[0])))
    assert len(gateway.engine.received) == 1

    await asha.taps(marked, "That's all")
    await asha.sees(2)
    assert gateway.engine.received[-1]["entities"] == {"condition": "faults", "chosen": "battery,camera"}
    assert (await asha.texts())[0] == "What is wrong?\n\n✓ Battery, Camera & <lens>"


async def test_nothing_marked_is_an_answer_too(gateway: Stack) -> None:
    """The phone is fine."""
    gateway.engine.script = offering(("What is wrong?", FAULTS))
    asha = await gateway.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)

    await asha.taps(question, "That's all")

    await asha.sees(2)
    assert gateway.engine.received[-1]["entities"]["chosen"] == ""
    assert (await asha.texts())[0] == "What is wrong?\n\n✓ That's all"


async def test_a_kill_after_a_tap_still_plays_its_turn(own: Stack) -> None:
    """The keyboard is used by then; the update that used it may go on."""
    own.engine.script = offering(("Which?", choices("Xiaomi")))
    asha = await own.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)
    own.engine.delay = 1.0
    await asha.taps(question, "Xiaomi")
    await asha.sees_that(lambda replies: "✓" in replies[0]["text"])

    own.kill()
    await own.start()

    await asha.sees(2)
    assert await asha.texts() == ["Which?\n\n✓ Xiaomi", "Intent inform (brand=xiaomi)"]


def test_titles_decide_the_columns() -> None:
    """Two where all are short, one where any is long."""
    short, long = choices("a" * 18, "b", "c"), choices("a" * 19, "b")

    assert [len(row) for row in keyboards.rows("t" * 16, short)] == [2, 1]
    assert [len(row) for row in keyboards.rows("t" * 16, long)] == [1, 1]


@pytest.mark.parametrize("count", [1, 8, 10, 11, 16, 17, 99])
def test_every_button_is_on_exactly_one_page(count: int) -> None:
    """And the data of each fits Telegram's 64 bytes."""
    buttons = choices(*(f"Model {n}" for n in range(count)))
    token = keyboards.new_token()
    pages = [keyboards.rows(token, buttons, page=page) for page in range(keyboards.pages(buttons))]
    cells = [button for page in pages for row in page for button in row]

    places = [
        int(cell["callback_data"].rsplit(":", 1)[1])
        for cell in cells
        if not cell["callback_data"].rsplit(":", 1)[1].startswith("p")
    ]
    assert sorted(places) == list(range(count))
    assert all(len(cell["callback_data"].encode()) <= 64 for cell in cells)
    assert (len(pages) > 1) == (count > 10)


@pytest.mark.parametrize("count", [1, 10, 11, 20])
def test_a_way_out_is_on_every_page_below_the_row_that_turns_them(count: int) -> None:
    """It is no choice among the others, and doesn't count as one."""
    buttons = [*choices(*(f"Model {n}" for n in range(count))), *WAYS_OUT]
    places = [str(count), str(count + 1)]

    for page in range(keyboards.pages(buttons)):
        laid = keyboards.rows("t" * 16, buttons, page=page)
        assert [cell["callback_data"].rsplit(":", 1)[1] for cell in laid[-1]] == places
        assert any(cell["callback_data"].rsplit(":", 1)[1].startswith("p") for cell in laid[-2]) == (count > 10)
    assert keyboards.pages(buttons) == keyboards.pages(buttons[:count])


def test_toggles_are_never_paged() -> None:
    """They are one answer: all of it is to be seen before it is sent."""
    toggles = [{"title": f"Fault {n}", "payload": str(n), "kind": "toggle"} for n in range(30)]
    buttons = [*toggles, FAULTS[-1], *WAYS_OUT]

    laid = keyboards.rows("t" * 16, buttons)

    assert keyboards.pages(buttons) == 1
    assert sum(map(len, laid)) == len(buttons)
    assert [cell["text"] for row in laid[-2:] for cell in row] == ["That's all", "Another phone", "Talk to a person"]


async def test_a_way_out_is_taken_like_a_choice(gateway: Stack) -> None:
    """From a later page, too."""
    gateway.engine.script = offering(("Which?", [*choices(*(f"Model {n}" for n in range(12))), *WAYS_OUT]))
    asha = await gateway.person()
    await asha.says("ask 0")
    [question] = await asha.sees(1)
    await asha.taps(question, "›")
    [second] = await asha.sees_that(lambda replies: titles(replies[0])[-2][1] == "2/2")

    await asha.taps(second, "Talk to a person")

    await asha.sees(2)
    assert await asha.texts() == ["Which?\n\n✓ Talk to a person", "Intent request_human ()"]


async def test_a_keyboards_row_has_no_title_or_payload_in_its_name(gateway: Stack) -> None:
    """The token is random."""
    gateway.engine.script = offering(("Which?", choices("Xiaomi")))
    asha = await gateway.person()
    await asha.says("ask 0")
    await asha.says("ask 0")
    await asha.sees(2)

    with gateway.database() as session:
        tokens = session.scalars(select(Keyboard.token).where(Keyboard.chat_id == asha.id)).all()
    assert len(set(tokens)) == 2
