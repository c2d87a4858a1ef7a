"""Everything that a person may read is there in English and in Hindi, and says the same."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.markup import parse_html
from tradein import handover
from tradein.terms import read as read_terms

ROOT = Path(__file__).parents[2]
RESPONSES: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "domain.yml").read_text())["responses"]
DEVANAGARI, LATIN = re.compile(r"[\u0900-\u097f]"), re.compile(r"[A-Za-z]")
NO_WORDS = re.compile(r"\{\w+\}|/\w+|<[^<>]*>|[\W\d_]")
"""What is the same in any language: parameters, commands, tags, signs."""
NAMES = re.compile(
    r"IMEISV|IMEI|KEY|Telegram|Google|Hinglish|Mi|PIN|SIM|Note|key|redmi note|box|[a-z0-9]+gb"
    r"|(Settings|System|Reset|About phone|Status|Find my device|factory reset|Phone)"
)
"""What stays in Latin letters in a Hindi sentence: names, and the words that stand on the phone's screen."""
BOTH_AT_ONCE = {"utter_language", "utter_language_noticed", "utter_language_offer"}
"""They speak to somebody of whom it isn't sure which of the two they read."""


def heard(variations: list[dict[str, Any]], slots: dict[str, object]) -> list[dict[str, Any]]:
    """Return the variations among which Rasa chooses: those whose conditions hold, else those without any."""
    asked = [{each["name"]: each["value"] for each in variation.get("condition", [])} for variation in variations]
    fits = [conditions and conditions.items() <= slots.items() for conditions in asked]
    return [each for each, fit in zip(variations, fits, strict=True) if fit] or [
        each for each in variations if "condition" not in each
    ]


def pairs() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Give each response with its two variations, for each way the settings may be; fails for any other number."""
    for name, variations in RESPONSES.items():
        conditions = [each for variation in variations for each in variation.get("condition", [])]
        settings = sorted({each["name"] for each in conditions} - {"language"})
        met = []
        for values in product((False, True), repeat=len(settings)):
            slots: dict[str, object] = dict(zip(settings, values, strict=True))
            english, hindi = (heard(variations, {**slots, "language": language}) for language in ("en", "hi"))
            assert (len(english), len(hindi)) == (1, 1), f"{name} is not once English and once Hindi, {slots}"
            assert english != hindi, f"{name} lacks a language, {slots}"
            met += [*english, *hindi]
            yield name, english[0], hindi[0]
        assert len(met) == len(variations), f"{name} says something to nobody"


def buttons(variation: dict[str, Any]) -> list[dict[str, str]]:
    """Return the buttons of a variation."""
    return list(variation.get("buttons") or ())


def blanks(text: str) -> set[str]:
    """Return the parameters of a text."""
    return set(re.findall(r"\{(\w+)\}", text))


def tags(text: str) -> list[str]:
    """Return what is marked up in a text, in no order: Hindi has another one."""
    return sorted(span.kind for span in parse_html(text)[1])


def words(text: str) -> str:
    """Return the letters of a text that say something."""
    return NO_WORDS.sub("", text)


def test_every_response_is_there_in_both_languages_with_the_same_parameters_and_buttons() -> None:
    """Once each; the titles' parameters too, and the buttons mean the same in the same order."""
    for name, english, hindi in pairs():
        assert blanks(hindi["text"]) == blanks(english["text"]), name
        assert [each["payload"] for each in buttons(hindi)] == [each["payload"] for each in buttons(english)], name
        assert [each.get("kind") for each in buttons(hindi)] == [each.get("kind") for each in buttons(english)], name
        for one, other in zip(buttons(english), buttons(hindi), strict=True):
            assert blanks(one["title"]) == blanks(other["title"]), name


def test_both_are_html_as_telegram_takes_it_with_the_same_things_marked() -> None:
    """By the sandbox's own reading of it, which refuses what Telegram refuses."""
    for name, english, hindi in pairs():
        assert tags(hindi["text"]) == tags(english["text"]), name
        for variation in (english, hindi):
            assert len(parse_html(variation["text"])[0]) <= 4096, name


def test_hindi_is_written_in_devanagari_and_no_english_is_left_in_it() -> None:
    """Titles too; what is on a phone's screen, and names, stay as they are there."""
    for name, english, hindi in pairs():
        said = [hindi["text"], *(each["title"] for each in buttons(hindi) if '"en"' not in each["payload"])]
        for text in said:
            if words(NAMES.sub("", NO_WORDS.sub(" ", text))):
                assert DEVANAGARI.search(text), (name, text)
            if name not in BOTH_AT_ONCE:
                left = words(NAMES.sub("", re.sub(r"<code>.*?</code>|/\w+|\{\w+\}", "", text)))
                assert not LATIN.search(left), (name, text)
        if name not in BOTH_AT_ONCE and words(english["text"]):
            assert not DEVANAGARI.search(english["text"]), name


def test_a_button_has_one_name_in_hindi_wherever_it_stands() -> None:
    """One word for one thing."""
    names: dict[str, set[str]] = defaultdict(set)
    for name, english, hindi in pairs():
        if name.startswith("utter_button_") and not name.startswith("utter_button_courier_"):
            names[english["text"]].add(hindi["text"])
        for one, other in zip(buttons(english), buttons(hindi), strict=True):
            names[one["title"]].add(other["title"])
    assert {title: said for title, said in names.items() if len(said) > 1} == {}


def test_titles_of_hindi_buttons_are_short_enough_for_a_small_phone() -> None:
    """Telegram cuts a longer one off."""
    for name, _, hindi in pairs():
        titles = [each["title"] for each in buttons(hindi)]
        titles += [hindi["text"]] if name.startswith("utter_button_") else []
        assert [title for title in titles if len(title) > 36] == [], name


def test_the_menu_of_commands_is_as_long_as_telegram_takes() -> None:
    """Plain text of 1 to 256 characters."""
    for name, _, hindi in pairs():
        if name.startswith("utter_command_"):
            assert 1 <= len(hindi["text"]) <= 256
            assert tags(hindi["text"]) == []


def test_the_contents_that_an_operator_edits_are_there_in_both_languages() -> None:
    """Questions, options and reasons; steps before the hand-over, as many in each; the terms, clause by clause."""
    book = yaml.safe_load((ROOT / "catalogue/conditions.yml").read_text())
    texts = [*book["reasons"].values()]
    for question in book["questions"]:
        texts += [question["ask"], *(option["label"] for option in question["options"])]
    assert [text for text in texts if not (text.get("en") and DEVANAGARI.search(text.get("hi", "")))] == []

    for brand, spoken in handover.read(ROOT / "catalogue/handover.yml").items():
        assert len(spoken["en"]) == len(spoken["hi"]), brand
        assert all(DEVANAGARI.search(step) for step in spoken["hi"]), brand

    english, hindi = (read_terms(ROOT / f"catalogue/terms/{language}.md") for language in ("en", "hi"))
    assert english.version == hindi.version
    assert blanks(english.text) == blanks(hindi.text)
    assert english.text.count("\n") == hindi.text.count("\n")


@pytest.mark.parametrize(
    "bureaucratic", ["प्रविष्ट", "उपरोक्त", "उपर्युक्त", "तत्पश्चात", "हेतु ", "कृपया प्र", "दूरभाष", "सत्यापन", "भुगतान करने हेतु"]
)
def test_hindi_is_what_people_speak(bureaucratic: str) -> None:
    """No word of a government form."""
    for name, _, hindi in pairs():
        assert bureaucratic not in hindi["text"], name
