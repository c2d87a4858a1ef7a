"""What one message says about the old phone: by a button's entities, or in the customer's own words."""

from dataclasses import dataclass, field
from typing import Any

from actions import naming
from actions.core import Desk
from actions.said import Said
from tradein import conditions
from tradein.conditions import ConditionBook, Question
from tradein.exchanges import Exchange

WHAT = "what"
"""The customer wants to change something and hasn't said what."""
PHONE = "phone"
PHONE_SLOTS = ("brand", "model", "variant")
_YES_NO = {"affirm": "yes", "deny": "no"}


@dataclass
class Reading:
    """What was said: a slug to choose, answers to condition questions, what to change, or what remains unclear."""

    choice: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)
    changing: str | None = None
    unclear: dict[str, Any] | None = None

    @property
    def empty(self) -> bool:
        """Say whether nothing was said about the phone."""
        return not (self.choice or self.answers or self.changing or self.unclear)


def read(desk: Desk, said: Said, exchange: Exchange | None) -> Reading:
    """Read a message against what is known of the phone so far and what was asked."""
    if said.entities:
        return _tapped(said)
    if not said.text:
        return Reading()
    book = conditions.book(desk.session)
    answers = _answers(book, said, exchange)
    heard = Reading(answers=answers)
    about_phone = said.asked != "condition" or said.intent in {"change", "start_exchange"}
    if about_phone or not answers:
        heard.choice, heard.unclear = naming.phone(desk, said, exchange, about_phone=about_phone)
    return heard


def _tapped(said: Said) -> Reading:
    entities = said.entities
    if said.intent == "change":
        return Reading(changing=entities.get("condition") or PHONE)
    for kind in reversed(PHONE_SLOTS):
        if slug := entities.get(kind):
            return Reading(choice={f"{kind}_id": slug})
    question, single, option = entities.get("condition", "").partition("=")
    if not question:
        return Reading()
    chosen = [option] if single else [key for key in entities.get("chosen", "").split(",") if key]
    return Reading(answers={question: [key for key in chosen if key]})


def _answers(book: ConditionBook, said: Said, exchange: Exchange | None) -> dict[str, list[str]]:
    asked = pending(book, said, exchange)
    answers = book.read(said.text)
    if asked is None or asked.key in answers:
        return answers
    if option := _option_named(asked, said.text):
        return {**answers, asked.key: [option]}
    if said.intent not in _YES_NO or answers:
        return answers
    keys = {option.key for option in asked.options}
    if asked.several:
        return {asked.key: []} if said.intent == "deny" else {}
    return {asked.key: [_YES_NO[said.intent]]} if _YES_NO[said.intent] in keys else {}


def pending(book: ConditionBook, said: Said, exchange: Exchange | None) -> Question | None:
    """Return the condition question that is on the screen, None if another kind of question is."""
    if said.asked != "condition" or exchange is None:
        return None
    changing = said.slots.get("changing")
    if changing and changing != WHAT:
        return next((question for question in book.questions if question.key == changing), None)
    return book.next(exchange.answers)


def _option_named(question: Question, text: str) -> str | None:
    """Return the option whose button title somebody typed."""
    typed = text.strip(" .!").casefold()
    return next(
        (option.key for option in question.options if typed in {label.casefold() for label in option.label.values()}),
        None,
    )
