"""Nothing that a customer types is a payload, whatever it looks like."""

import base64
import json

import pytest

from bot.arrival import prune
from bot.text import LONGEST_MESSAGE, spoken, tidy
from tests.bot.conftest import Stack
from tests.bot.words import say

PAYLOAD = 'inform{"brand": "xiaomi"}'
DOCUMENT = base64.b64encode(b"a file").decode()
DISGUISES = [
    f"/{PAYLOAD}",
    f"  /{PAYLOAD}",
    f"//{PAYLOAD}",
    f"/ / /{PAYLOAD}",
    f"/\t/\n/{PAYLOAD}",
    f"\u2003/{PAYLOAD}",
    f"\u200b/{PAYLOAD}",
    f"\u202e/\u2066/{PAYLOAD}",
    f"\ufeff/{PAYLOAD}",
    f"\u00ad/{PAYLOAD}",
    f"\uff0f{PAYLOAD}",
    f"\u2044{PAYLOAD}",
    f"\u2215{PAYLOAD}",
    f"\u29f8{PAYLOAD}",
    f"\u3164/{PAYLOAD}",
    f"\ufe0f/{PAYLOAD}",
    f"\u0338/{PAYLOAD}",
    f"\u2800/{PAYLOAD}",
    f"/\u200d/{PAYLOAD}",
    f"\x00/{PAYLOAD}",
    f"\U000e0001/{PAYLOAD}",
]


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_slash_in_disguise_is_taken_off(disguise: str) -> None:
    """Only the words stay."""
    assert spoken(tidy(disguise)) == PAYLOAD


@pytest.mark.parametrize("nothing", ["/", " / / ", "\u200b", "\uff0f\uff0f", "\u0338", "\ufe0f\u200d"])
def test_a_text_of_slashes_and_nothing_is_empty(nothing: str) -> None:
    """The gateway has an answer of its own for it."""
    assert spoken(tidy(nothing)) == ""


@pytest.mark.parametrize("sentence", ["32/64 GB", "नमस्ते, फ़ोन बेचना है", "and/or 👍", "redmi note 4"])
def test_what_people_write_stays_as_it_is(sentence: str) -> None:
    """A slash inside, another script and emoji are words."""
    assert spoken(tidy(sentence)) == tidy(sentence)
    assert len(spoken(tidy(sentence))) >= len(sentence) - 1


def test_a_flood_is_cut() -> None:
    """Rasa replays every message of a session at every turn."""
    assert len(spoken("a" * 4096)) == LONGEST_MESSAGE


async def test_the_engine_never_hears_a_slash_first(gateway: Stack) -> None:
    """Through the whole gateway; what Telegram itself takes for a command is an unknown one."""
    asha = await gateway.person()

    for disguise in DISGUISES:
        await asha.says(disguise)

    await asha.sees(len(DISGUISES))
    answers = set(await asha.texts())
    assert answers == {f"You said: {PAYLOAD}", say("utter_unknown_command")}
    assert all(turn.get("text") == PAYLOAD for turn in gateway.engine.received)


async def test_nor_under_a_picture(gateway: Stack) -> None:
    """A caption is never a command."""
    asha = await gateway.person()

    for disguise in DISGUISES:
        await asha.sends(document=DOCUMENT, file_name="a.txt", caption=disguise)

    await asha.sees(len(DISGUISES))
    assert [turn.get("text") for turn in gateway.engine.received] == [PAYLOAD] * len(DISGUISES)


async def test_nor_in_an_edit(gateway: Stack) -> None:
    """It hears nothing of an edit at all."""
    asha = await gateway.person()
    sent = await asha.says("hello")
    await asha.sees(1)

    for disguise in DISGUISES:
        await asha.edits(sent["message_id"], disguise)

    await asha.sees(1 + len(DISGUISES))
    assert set((await asha.texts())[1:]) == {say("utter_edit_ignored")}
    assert [turn["text"] for turn in gateway.engine.received] == ["hello"]


@pytest.mark.parametrize("language", ["490154203237518", "py\0", "\ud800"])
def test_no_number_hides_as_the_language_of_a_code(language: str) -> None:
    """Three backticks and a number on the first line: Telegram keeps it beside the text, and shows it over the code."""
    code = {"type": "pre", "offset": 0, "length": 2, "language": language}
    message = {"message_id": 1, "date": 1, "text": "ok", "entities": [code]}

    for chat in ({"id": 5, "type": "private"}, {"id": -5, "type": "supergroup"}):
        kept = prune({"update_id": 1, "message": {**message, "chat": chat}})
        assert language not in str(kept)
        json.dumps(kept, ensure_ascii=False).encode()


@pytest.mark.parametrize("hidden", ["\u3164".join("490154203237518"), "④⑨⓪①⑤④②⓪③②③⑦⑤①⑧", "⁴⁹⁰¹⁵⁴²⁰³²³⁷⁵¹⁸"])
def test_no_number_in_disguise_stays_in_words_as_they_were_typed(hidden: str) -> None:
    """Agents read those; a number with nothing to see between its digits is a number, and so is a circled one."""
    text = f"① my phone: {hidden}, ok"
    for chat in ({"id": 5, "type": "private"}, {"id": -5, "type": "supergroup"}):
        kept = prune({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": chat, "text": text}})["message"]
        words = kept["written"]["text"] if "written" in kept else kept["text"]
        assert words == f"① my phone: {'•' * len(hidden)}, ok"
