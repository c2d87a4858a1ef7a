"""The condition questions: what is asked next, what an answer may be, what is understood in passing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from tradein import catalogue_import, conditions
from tradein import database as db
from tradein.condition_files import read_conditions
from tradein.conditions import ConditionBook
from tradein.database import Sessions
from tradein.refusals import ContentMissing, UnknownOption, UnknownQuestion

SHIPPED = read_conditions(Path(__file__).parents[2] / "catalogue" / "conditions.yml")
BOOK = ConditionBook.model_validate(
    {
        "floor_inr": 400,
        "round_to_inr": 10,
        "same": [["screen", "display", "skreen"]],
        "reasons": {"dead": {"en": "it must turn on", "hi": "chalu hona chahiye"}},
        "questions": [
            {
                "key": "works",
                "ask": {"en": "Does it turn on?", "hi": "Chalu hota hai?"},
                "options": [
                    {"key": "yes", "label": {"en": "Yes", "hi": "Haan"}, "says": ["works fine", "working fine"]},
                    {
                        "key": "no",
                        "label": {"en": "No", "hi": "Nahi"},
                        "says": ["dead", "not working", "chalu nahi hota"],
                        "gate": "dead",
                    },
                ],
            },
            {
                "key": "screen",
                "ask": {"en": "How is the screen?", "hi": "Screen kaisi hai?"},
                "options": [
                    {
                        "key": "flawless",
                        "label": {"en": "Flawless", "hi": "Bilkul theek"},
                        "says": ["no scratches", "screen is fine", "koi scratch nahi"],
                    },
                    {
                        "key": "light",
                        "label": {"en": "Light", "hi": "Halki"},
                        "says": ["scratch", "small scratches"],
                        "percent": 15,
                    },
                    {
                        "key": "cracked",
                        "label": {"en": "Cracked", "hi": "Toota"},
                        "says": ["crack", "cracked", "broken screen", "screen tooti"],
                        "percent": 40,
                    },
                ],
            },
            {
                "key": "body",
                "ask": {"en": "How is the body?", "hi": "Body kaisi hai?"},
                "options": [
                    {"key": "flawless", "label": {"en": "Flawless", "hi": "Theek"}},
                    {"key": "dents", "label": {"en": "Dents", "hi": "Dent"}, "says": ["dent", "dented"], "percent": 4},
                ],
            },
            {
                "key": "faults",
                "ask": {"en": "Which faults?", "hi": "Kya kharab hai?"},
                "several": True,
                "options": [
                    {
                        "key": "none",
                        "label": {"en": "None", "hi": "Kuch nahi"},
                        "says": ["everything works"],
                        "says_beside": ["no problem"],
                    },
                    {
                        "key": "battery",
                        "label": {"en": "Battery", "hi": "Battery"},
                        "says": ["battery drains", "weak battery"],
                        "percent": 15,
                    },
                    {
                        "key": "camera",
                        "label": {"en": "Camera", "hi": "Camera"},
                        "says": ["camera not working"],
                        "percent": 10,
                    },
                    {
                        "key": "wifi",
                        "label": {"en": "Wi-Fi", "hi": "Wi-Fi"},
                        "says": ["wi-fi not working", "no wifi"],
                        "percent": 12,
                    },
                ],
            },
            {
                "key": "extras",
                "ask": {"en": "What comes with it?", "hi": "Saath mein kya hai?"},
                "several": True,
                "options": [
                    {"key": "box", "label": {"en": "Box", "hi": "Dabba"}, "says": ["box"], "bonus_inr": 380},
                    {
                        "key": "charger",
                        "label": {"en": "Charger", "hi": "Charger"},
                        "says": ["charger"],
                        "bonus_inr": 100,
                    },
                ],
            },
        ],
    }
)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("screen is cracked and camera not working", {"screen": ["cracked"], "faults": ["camera"]}),
        ("works fine, box and charger included", {"works": ["yes"], "extras": ["box", "charger"]}),
        ("Cracked!! Dents too.", {"screen": ["cracked"], "body": ["dents"]}),
        ("no cracks", {}),
        ("not cracked", {}),
        ("it isn't cracked", {}),
        ("without box", {}),
        ("no cracks, dents or scratches", {}),
        ("no cracks and dents", {}),
        ("no scratches", {"screen": ["flawless"]}),
        ("koi scratch nahi", {"screen": ["flawless"]}),
        ("koi crack nahi hai", {}),
        ("crack ya dent nahi hai", {}),
        ("crack nahi hai, dent hai", {"body": ["dents"]}),
        ("cracked nahi hai scratch hai", {"screen": ["light"]}),
        ("no cracks, small scratches", {"screen": ["light"]}),
        ("no cracks but some dents", {"body": ["dents"]}),
        ("no cracks and battery drains", {"faults": ["battery"]}),
        ("no cracks. battery drains", {"faults": ["battery"]}),
        ("box nahi hai charger hai", {"extras": ["charger"]}),
        ("chalu nahi hota", {"works": ["no"]}),
        ("not working", {"works": ["no"]}),
        ("wi fi not working", {"faults": ["wifi"]}),
        ("Wi-Fi not working", {"faults": ["wifi"]}),
        ("everything works", {"faults": []}),
        ("no problem", {}),
        ("no problem, the box is there", {"extras": ["box"]}),
        ("no scratches, no problems", {"screen": ["flawless"], "faults": []}),
        ("no problem, but the battery drains", {"faults": ["battery"]}),
        ("everything works but weak battery", {"faults": ["battery"]}),
        ("small scratches and a broken screen", {"screen": ["cracked"]}),
        ("screen craked", {"screen": ["cracked"]}),
        ("broken heart, tall boxer, undented", {}),
        ("broken. screen", {}),
        ("cracks: none", {}),
        ("the display is fine", {"screen": ["flawless"]}),
        ("my skreen is tooti hui", {"screen": ["cracked"]}),
        ("skreen thodi tooti hai", {"screen": ["cracked"]}),
        ("battery really drains", {"faults": ["battery"]}),
        ("battery, it drains", {}),
        ("weak screen, battery", {}),
        ("chalu bilkul nahi hota", {"works": ["no"]}),
        ("", {}),
    ],
)
def test_what_is_said_in_passing_is_understood_and_what_is_denied_is_not(
    text: str, answers: dict[str, list[str]]
) -> None:
    """Longest phrase first, whole words, denials in English and Hindi."""
    assert BOOK.read(text) == answers


def test_a_courtesy_is_an_answer_to_the_question_that_it_answers() -> None:
    """To "does anything not work?" a "no problem" is one, and to nothing else."""
    assert BOOK.read("no problem", asked="faults") == {"faults": []}
    assert BOOK.read("no problem", asked="screen") == {}


@pytest.mark.parametrize("text", ["all fine", "haan sab theek", "Everything is good!", "सब ठीक है"])
def test_that_all_is_fine_answers_what_was_asked(text: str) -> None:
    """Each question that has a best answer; else it says that the phone works."""
    assert SHIPPED.read(text) == {"works": ["yes"]}
    assert SHIPPED.read(text, asked="works") == {"works": ["yes"]}
    assert SHIPPED.read(text, asked="screen") == {"screen": ["flawless"]}
    assert SHIPPED.read(text, asked="body") == {"body": ["flawless"]}
    assert SHIPPED.read(text, asked="faults") == {"faults": []}
    assert SHIPPED.read(text, asked="accessories") == {"works": ["yes"]}


@pytest.mark.parametrize(
    ("asked", "text", "answers"),
    [
        ("faults", "everything works", {"faults": []}),
        ("screen", "everything works", {"works": ["yes"]}),
        ("faults", "all fine but the battery is weak", {"works": ["yes"], "faults": ["battery"]}),
        ("screen", "all good, small scratches on the screen", {"works": ["yes"], "screen": ["light"]}),
        ("screen", "all good but one line", {"works": ["yes"]}),
        ("screen", "everything fine but chipped at edge", {"works": ["yes"]}),
        ("faults", "speaker working fine, camera dead", {"works": ["yes"]}),
        ("faults", "display works fine but mic doesnt", {"works": ["yes"]}),
        ("faults", "everything works except bluetooth", {"works": ["yes"]}),
        ("faults", "camera works fine", {"works": ["yes"]}),
        ("faults", "charging works fine but slow", {"works": ["yes"]}),
        ("faults", "everything fine but hangs sometimes", {"works": ["yes"]}),
        ("body", "sab theek nahi hai", {}),
        ("faults", "not everything is fine", {}),
        ("screen", "ok", {}),
    ],
)
def test_that_all_is_fine_outweighs_nothing_that_is_not(asked: str, text: str, answers: dict[str, list[str]]) -> None:
    """Whoever says more than that is read as ever: what comes after the "but" may be anything."""
    assert SHIPPED.read(text, asked=asked) == answers


@given(st.text(max_size=300))
def test_whatever_is_written_reads_as_valid_answers(text: str) -> None:
    """Nothing a customer types can break the reading, and what comes out can be stored."""
    for question, options in BOOK.read(text).items():
        assert BOOK.checked(question, options) == options


def test_the_questions_come_in_the_order_of_the_file_until_all_are_answered() -> None:
    """An answer given early is not asked for again."""
    answers: dict[str, list[str]] = {"screen": ["flawless"]}
    asked = []
    while question := BOOK.next(answers):
        asked.append(question.key)
        answers[question.key] = BOOK.checked(question.key, [] if question.several else [question.options[0].key])
    assert asked == ["works", "body", "faults", "extras"]


@pytest.mark.parametrize(
    ("question", "options", "stored"),
    [
        ("screen", ["light"], ["light"]),
        ("faults", [], []),
        ("faults", ["none"], []),
        ("extras", ["none"], []),
        ("faults", ["camera", "battery", "camera"], ["battery", "camera"]),
        ("faults", ["none", "camera"], ["camera"]),
    ],
)
def test_an_answer_has_one_form(question: str, options: list[str], stored: list[str]) -> None:
    """In the order of the file, each once; none is the empty list."""
    assert BOOK.checked(question, options) == stored


def test_an_unknown_question_is_refused() -> None:
    """A payload is only a claim."""
    with pytest.raises(UnknownQuestion):
        BOOK.checked("colour", ["red"])


@pytest.mark.parametrize("options", [["gone"], [], ["light", "cracked"]])
def test_an_answer_that_the_question_does_not_take_is_refused(options: list[str]) -> None:
    """Unknown, missing, or two where one is asked for."""
    with pytest.raises(UnknownOption):
        BOOK.checked("screen", options)


def test_answers_are_worded_in_the_customers_language_or_else_in_english() -> None:
    """By question, so that the edge may lay them out."""
    answers = {"faults": ["battery", "wifi"], "screen": ["cracked"], "extras": []}
    assert BOOK.labels(answers, "hi") == {"screen": ["Toota"], "faults": ["Battery", "Wi-Fi"], "extras": []}
    assert BOOK.labels(answers, "ta")["screen"] == ["Cracked"]
    assert BOOK.label("screen=cracked", "hi") == "Toota"
    assert BOOK.reason("dead", "hi") == "chalu hona chahiye"


def test_without_questions_there_is_a_refusal(database: Sessions) -> None:
    """An empty database can't ask."""
    with database() as session, pytest.raises(ContentMissing):
        conditions.book(session)


def test_the_newest_import_is_in_force_and_the_older_is_kept(database: Sessions) -> None:
    """Older quotes refer to the questions they were made with."""
    newer = BOOK.model_copy(update={"floor_inr": 500})
    with db.transaction(database) as session:
        catalogue_import.import_conditions(session, BOOK, now=NOW)
        first = conditions.current(session)[0]
        assert conditions.book(session) == BOOK
        catalogue_import.import_conditions(session, newer, now=NOW)
        assert conditions.book(session).floor_inr == 500
        assert session.get(conditions.ConditionSet, first) is not None
        assert conditions.current(session)[0] != first


def test_importing_the_same_questions_again_changes_nothing(database: Sessions) -> None:
    """Safe to repeat at every start."""
    with db.transaction(database) as session:
        assert catalogue_import.import_conditions(session, BOOK, now=NOW).changes
        first = conditions.current(session)[0]
        assert not catalogue_import.import_conditions(session, BOOK, now=NOW).changes
        assert conditions.current(session)[0] == first


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("back panel dented, rest ok", True),
        ("only the screen is scratched, everything else works", True),
        ("battery kharab hai, baki sab theek hai", True),
        ("स्क्रीन पर खरोंच है, बाकी सब ठीक है", True),
        ("rest is not ok", False),
        ("baki sab theek nahi hai", False),
        ("no dents", False),
    ],
)
def test_who_says_that_the_rest_is_fine_is_asked_no_more_of_it(text: str, fine: bool) -> None:
    """What comes with the phone is asked all the same: it adds to the value."""
    book = read_conditions(Path(__file__).parents[2] / "catalogue" / "conditions.yml")

    best: dict[str, list[str]] = {"works": ["yes"], "screen": ["flawless"], "body": ["flawless"], "faults": []}
    assert book.read_rest(text) == (best if fine else {})
