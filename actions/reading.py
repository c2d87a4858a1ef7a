"""What one message says about the old phone: by a button's entities, or in the customer's own words."""

from dataclasses import dataclass, field
from typing import Any

from actions import answering, naming
from actions.changing import PHONE
from actions.core import Desk
from actions.said import Said
from tradein.exchanges import Exchange

PHONE_SLOTS = ("brand", "model", "variant")


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
    if said.intent in {"affirm", "deny"} and said.slots.get("unclear"):
        return _reply_about_phone(said)
    answers = answering.answers(desk.book, said, exchange)
    heard = Reading(answers=answers)
    about_phone = said.asked != "condition" or said.intent in {"change", "start_exchange"}
    if about_phone or not answers:
        heard.choice, heard.unclear = naming.phone(desk, said, exchange, about_phone=about_phone)
    if said.intent == "change" and heard.empty and exchange is not None:
        named = desk.book.named(said.text)  # "change the screen"
        heard.changing = named.key if named and named.key in exchange.answers else None
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


def _reply_about_phone(said: Said) -> Reading:
    """Read a yes or no to "do you mean this one?"; to everything else about the phone the list is the next step."""
    models = said.slots["unclear"]["models"]
    if said.intent == "affirm" and len(models) == 1:
        return Reading(choice={"model_id": models[0]})
    return Reading(changing=PHONE)
