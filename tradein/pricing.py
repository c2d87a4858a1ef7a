"""What an old phone is worth: its best value less what its condition costs. Pure sums over integer minor units.

    best value
    - percent of the best value, per fault      one repair once: of a group only the dearest; a question's cap holds
    + bonuses                                   never more than was deducted: nothing is worth more than its best
    - rounding                                  down to the file's step, only where something was deducted
    = value                                     lifted to the floor; with a floor of 0, nothing left means refused

Every step keeps its line and the lines add up to the value. The floor is what a phone is worth as scrap and never lifts
a value above the best. A percentage is cut to whole rupees, in the customer's favour: nobody reads a line of ₹144.90.

======  ================================================================================================
mode    what refuses
======  ================================================================================================
strict  ``gate`` and ``strict_gate``: the doorstep rule of the original programme (mission, line 7)
wear    ``gate``; wear is deducted
graded  only a gate that has no price at all: without ``percent``, or a phone that stays dark or locked
======  ================================================================================================
"""

from dataclasses import dataclass
from typing import Literal, assert_never

from tradein.catalogue import MINOR_UNITS
from tradein.conditions import NEVER_PRICED, WORTHLESS, Answers, ConditionBook, Option, Question, said
from tradein.policy import ConditionMode
from tradein.refusals import NotEligible

HUNDRED = 100
Step = Literal["best", "rounding", "floor"]


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the sum, ``amount_minor`` in minor units, negative where it lowers the value.

    ``code`` is "best", "rounding", "floor" or "question=option"; only the last has a ``label``, the option's words:
    the words of the other three are the edge's.
    """

    code: str
    label: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Pricing:
    """The lines, the best value first, and their sum, both in minor units."""

    lines: tuple[Line, ...]
    value_minor: int


def price(
    best_minor: int, answers: Answers, book: ConditionBook, *, mode: ConditionMode, language: str = "en"
) -> Pricing:
    """Price a phone whose best value is ``best_minor``; questions without an answer cost nothing yet.

    Raises NotEligible, UnknownQuestion or UnknownOption.
    """
    refuse_gated(answers, book, mode=mode)
    chosen = list(book.chosen(answers))
    lines = [Line("best", "", best_minor), *_deductions(best_minor, chosen, language)]
    lost = best_minor - sum(line.amount_minor for line in lines)
    for question, option in chosen:
        bonus = min((option.bonus_inr or 0) * book.round_to_minor // book.round_to_inr, lost)
        if bonus:
            lines.append(_line(question, option, bonus, language))
            lost -= bonus
    value = best_minor - lost
    rounded = value - value % book.round_to_minor if lost else value
    least = min(book.floor_minor, best_minor)
    if rounded < least:
        lines.append(Line("floor", "", least - value))
        value = least
    elif rounded != value:
        lines.append(Line("rounding", "", rounded - value))
        value = rounded
    if value <= 0:
        question, option = max(chosen, key=lambda pair: pair[1].percent or 0)
        raise NotEligible(question=question.key, option=option.key, reason=WORTHLESS)
    return Pricing(tuple(lines), value)


def refuse_gated(answers: Answers, book: ConditionBook, *, mode: ConditionMode) -> None:
    """Raise NotEligible for the first answer, in the file's order, that rules the phone out in this mode."""
    for question, option in book.chosen(answers):
        if reason := gate(option, mode=mode):
            raise NotEligible(question=question.key, option=option.key, reason=reason)


def gate(option: Option, *, mode: ConditionMode) -> str | None:
    """Return the reason for which the option rules a phone out in this mode, None if it does not."""
    match mode:
        case "strict":
            return option.gate or option.strict_gate
        case "wear":
            return option.gate
        case "graded":
            return option.gate if option.gate in NEVER_PRICED or option.percent is None else None
        case _:
            assert_never(mode)


def _deductions(best_minor: int, chosen: list[tuple[Question, Option]], language: str) -> list[Line]:
    dearest: dict[str, Option] = {}
    for _, option in chosen:
        if option.group and (option.percent or 0) > (
            dearest[option.group].percent or 0 if option.group in dearest else 0
        ):
            dearest[option.group] = option
    room = {
        question.key: best_minor * (question.cap_percent or HUNDRED * len(question.options)) // HUNDRED
        for question, _ in chosen
    }
    lines = []
    for question, option in chosen:
        if not option.percent or (option.group and dearest[option.group] is not option):
            continue
        share = best_minor * option.percent // HUNDRED
        amount = min(share - share % MINOR_UNITS, room[question.key])
        room[question.key] -= amount
        if amount:
            lines.append(_line(question, option, -amount, language))
    return lines


def _line(question: Question, option: Option, amount_minor: int, language: str) -> Line:
    return Line(f"{question.key}={option.key}", said(option.label, language), amount_minor)
