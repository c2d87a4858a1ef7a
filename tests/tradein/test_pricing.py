"""What an old phone is worth: the table of sums, and what must hold for every phone in every condition."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradein.conditions import ConditionBook, problems
from tradein.policy import ConditionMode
from tradein.pricing import Line, Pricing, price
from tradein.refusals import NotEligible, UnknownOption, UnknownQuestion

CONTENT: dict[str, Any] = {
    "floor_inr": 400,
    "round_to_inr": 10,
    "reasons": {
        "dead": {"en": "it must turn on"},
        "locked": {"en": "locks must be off"},
        "cracked": {"en": "no cracks"},
        "dented": {"en": "no dents"},
    },
    "questions": [
        {
            "key": "works",
            "ask": {"en": "Does it turn on?"},
            "options": [
                {"key": "yes", "label": {"en": "Yes"}},
                {"key": "no", "label": {"en": "No"}, "gate": "dead"},
                {"key": "locked", "label": {"en": "Locked"}, "gate": "locked"},
            ],
        },
        {
            "key": "screen",
            "ask": {"en": "How is the screen?"},
            "options": [
                {"key": "flawless", "label": {"en": "Flawless"}},
                {"key": "light", "label": {"en": "Light scratches"}, "percent": 15, "group": "screen"},
                {"key": "heavy", "label": {"en": "Deep"}, "percent": 26, "group": "screen", "strict_gate": "cracked"},
                {"key": "cracked", "label": {"en": "Cracked"}, "percent": 40, "group": "screen", "gate": "cracked"},
            ],
        },
        {
            "key": "original",
            "ask": {"en": "Is the screen original?"},
            "options": [
                {"key": "yes", "label": {"en": "Yes"}},
                {"key": "no", "label": {"en": "No"}, "percent": 44, "group": "screen"},
            ],
        },
        {
            "key": "body",
            "ask": {"en": "How is the body?"},
            "options": [
                {"key": "flawless", "label": {"en": "Flawless"}},
                {"key": "dents", "label": {"en": "Dents"}, "percent": 4, "strict_gate": "dented"},
                {"key": "bent", "label": {"en": "Bent"}, "percent": 20, "gate": "dented"},
            ],
        },
        {
            "key": "faults",
            "ask": {"en": "Which faults?"},
            "several": True,
            "cap_percent": 30,
            "options": [
                {"key": "battery", "label": {"en": "Battery"}, "percent": 15},
                {"key": "front_camera", "label": {"en": "Front camera"}, "percent": 10, "group": "camera"},
                {"key": "back_camera", "label": {"en": "Back camera"}, "percent": 12, "group": "camera"},
                {"key": "speaker", "label": {"en": "Speaker"}, "percent": 10},
                {"key": "vibration", "label": {"en": "Vibration"}, "percent": 2},
            ],
        },
        {
            "key": "extras",
            "ask": {"en": "What comes with it?"},
            "several": True,
            "options": [
                {"key": "box", "label": {"en": "Box"}, "bonus_inr": 380},
                {"key": "bill", "label": {"en": "Bill"}, "bonus_inr": 200},
            ],
        },
    ],
}
BOOK = ConditionBook.model_validate(CONTENT)
FLAWLESS: dict[str, list[str]] = {
    "works": ["yes"],
    "screen": ["flawless"],
    "original": ["yes"],
    "body": ["flawless"],
    "faults": [],
    "extras": [],
}
BEST = 600_000
MODES: tuple[ConditionMode, ...] = ("strict", "wear", "graded")

modes = st.sampled_from(MODES)
bests = st.integers(1, 10_000_000)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, list[str]]:
    """Draw answers to some of the questions."""
    answers = {}
    for question in BOOK.questions:
        keys = [option.key for option in question.options]
        if draw(st.booleans()):
            answers[question.key] = draw(
                st.lists(st.sampled_from(keys), unique=True)
                if question.several
                else st.sampled_from(keys).map(lambda key: [key])
            )
    return answers


def worth(best: int, answers: dict[str, list[str]], mode: ConditionMode) -> int:
    """Return the value, 0 for a phone that is refused."""
    try:
        return price(best, answers, BOOK, mode=mode).value_minor
    except NotEligible:
        return 0


@pytest.mark.parametrize(
    ("answers", "amounts", "value"),
    [
        ({}, [600_000], 600_000),
        ({"screen": ["light"]}, [600_000, -90_000], 510_000),
        ({"body": ["dents"]}, [600_000, -24_000], 576_000),
        # the screen is one repair: only the dearest of its group counts
        ({"screen": ["light"], "original": ["no"]}, [600_000, -264_000], 336_000),
        ({"faults": ["front_camera", "back_camera"]}, [600_000, -72_000], 528_000),
        # 15 + 12 + 10 + 2 is 39 percent, capped at 30: the later ones count only as far as the cap allows
        (
            {"faults": ["battery", "front_camera", "back_camera", "speaker", "vibration"]},
            [600_000, -90_000, -72_000, -18_000],
            420_000,
        ),
        # a bonus makes good what was deducted, and never more
        ({"extras": ["box", "bill"]}, [600_000], 600_000),
        ({"body": ["dents"], "extras": ["box"]}, [600_000, -24_000, 24_000], 600_000),
        ({"screen": ["light"], "extras": ["box", "bill"]}, [600_000, -90_000, 38_000, 20_000], 568_000),
    ],
)
def test_the_lines_say_what_each_answer_costs(answers: dict[str, list[str]], amounts: list[int], value: int) -> None:
    """Amounts in paise, best value 6,000 rupees."""
    priced = price(BEST, FLAWLESS | answers, BOOK, mode="wear")
    assert [line.amount_minor for line in priced.lines] == amounts
    assert priced.value_minor == value


def test_a_reduced_value_is_rounded_down_to_the_step_with_a_line_of_its_own() -> None:
    """15 percent of 5,555 are 833.25; we deduct 833, which leaves 4,722, so 4,720."""
    priced = price(555_500, FLAWLESS | {"screen": ["light"]}, BOOK, mode="wear")
    assert priced == Pricing(
        (
            Line("best", "", 555_500),
            Line("screen=light", "Light scratches", -83_300),
            Line("rounding", "", -200),
        ),
        472_000,
    )


def test_the_best_value_itself_is_not_rounded() -> None:
    """Who has a flawless phone gets what was announced."""
    assert price(555_555, FLAWLESS, BOOK, mode="wear").value_minor == 555_555


def test_a_phone_worth_less_than_the_floor_is_worth_the_floor() -> None:
    """The floor is the value as scrap."""
    priced = price(60_000, FLAWLESS | {"original": ["no"], "body": ["dents"]}, BOOK, mode="wear")
    assert [line.code for line in priced.lines] == ["best", "original=no", "body=dents", "floor"]
    assert priced.value_minor == 40_000


def test_the_floor_lifts_nothing_above_its_best_value() -> None:
    """A model that is worth less than the floor when flawless stays there."""
    assert price(30_000, FLAWLESS | {"screen": ["light"]}, BOOK, mode="wear").value_minor == 30_000


def test_with_a_floor_of_nothing_a_phone_that_nothing_is_left_of_is_refused() -> None:
    """No coupon is issued over zero."""
    reasons = CONTENT["reasons"] | {"no_value": {"en": "nothing left"}}
    book = ConditionBook.model_validate(CONTENT | {"floor_inr": 0, "reasons": reasons})
    with pytest.raises(NotEligible) as refusal:
        price(1_000, {"original": ["no"], "body": ["dents"]}, book, mode="wear")
    assert refusal.value.evidence == {"question": "original", "option": "no", "reason": "no_value"}


@pytest.mark.parametrize(
    ("question", "option", "refusing"),
    [
        ("works", "no", {"strict", "wear", "graded"}),
        ("works", "locked", {"strict", "wear", "graded"}),
        ("screen", "cracked", {"strict", "wear"}),
        ("screen", "heavy", {"strict"}),
        ("screen", "light", set()),
        ("body", "bent", {"strict", "wear"}),
        ("body", "dents", {"strict"}),
    ],
)
def test_each_mode_refuses_what_its_gates_say(question: str, option: str, refusing: set[str]) -> None:
    """The table of modes in the module's docstring."""
    answers = FLAWLESS | {question: [option]}
    assert {mode for mode in MODES if not worth(BEST, answers, mode)} == refusing


def test_a_refusal_names_the_question_the_option_and_the_reason() -> None:
    """So that the edge can say which answer it was."""
    with pytest.raises(NotEligible) as refusal:
        price(BEST, FLAWLESS | {"screen": ["cracked"]}, BOOK, mode="wear")
    assert refusal.value.evidence == {"question": "screen", "option": "cracked", "reason": "cracked"}


def test_answers_that_the_questions_do_not_know_are_refused() -> None:
    """A slot is only a claim."""
    with pytest.raises(UnknownQuestion):
        price(BEST, {"colour": ["red"]}, BOOK, mode="wear")
    with pytest.raises(UnknownOption):
        price(BEST, {"screen": ["invisible"]}, BOOK, mode="wear")


def test_the_book_of_these_tests_is_sound() -> None:
    """What follows holds for every book an import lets through."""
    assert problems(BOOK) == []


@given(bests, conditions(), modes)
def test_a_value_is_never_above_the_best_and_never_nothing(
    best: int, answers: dict[str, list[str]], mode: ConditionMode
) -> None:
    """Whatever was answered."""
    try:
        priced = price(best, answers, BOOK, mode=mode)
    except NotEligible:
        return
    assert 0 < priced.value_minor <= best


@given(bests, conditions(), modes)
def test_the_lines_add_up_to_the_value(best: int, answers: dict[str, list[str]], mode: ConditionMode) -> None:
    """The customer can do the sum."""
    try:
        priced = price(best, answers, BOOK, mode=mode)
    except NotEligible:
        return
    assert priced.lines[0] == Line("best", "", best)
    assert sum(line.amount_minor for line in priced.lines) == priced.value_minor
    assert all(line.amount_minor for line in priced.lines)


@given(bests, conditions(), modes, st.data())
def test_another_fault_never_raises_the_value(
    best: int, answers: dict[str, list[str]], mode: ConditionMode, data: st.DataObject
) -> None:
    """Nobody gains by reporting more damage."""
    fault = data.draw(st.sampled_from([option.key for option in BOOK.question("faults").options]))
    worse = answers | {"faults": [*answers.get("faults", []), fault]}
    assert worth(best, worse, mode) <= worth(best, answers, mode)


@given(bests, conditions(), modes, st.data())
def test_a_worse_answer_never_raises_the_value(
    best: int, answers: dict[str, list[str]], mode: ConditionMode, data: st.DataObject
) -> None:
    """In every question that takes one answer, the options go from good to bad."""
    question = data.draw(st.sampled_from([question for question in BOOK.questions if not question.several]))
    better, worse = sorted(
        data.draw(st.tuples(st.sampled_from(question.options), st.sampled_from(question.options))),
        key=lambda option: option.severity,
    )
    as_better = worth(best, answers | {question.key: [better.key]}, mode)
    as_worse = worth(best, answers | {question.key: [worse.key]}, mode)
    assert as_worse <= as_better


@given(bests, conditions())
def test_a_stricter_mode_never_pays_more(best: int, answers: dict[str, list[str]]) -> None:
    """Strict refuses what wear deducts, wear what graded deducts."""
    strict, wear, graded = (worth(best, answers, mode) for mode in MODES)
    assert strict <= wear <= graded


@given(bests, conditions(), modes)
def test_the_same_answers_in_another_order_have_the_same_price(
    best: int, answers: dict[str, list[str]], mode: ConditionMode
) -> None:
    """A quote can be made again."""
    backwards = {key: options[::-1] for key, options in reversed(answers.items())}
    assert worth(best, backwards, mode) == worth(best, answers, mode)
