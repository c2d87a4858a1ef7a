"""A turn of the exchange form: what was said is entered in the draft, and the slots are what the draft then says."""

from dataclasses import dataclass, field
from typing import Any

from actions import early_number
from actions.answering import pending
from actions.changing import PHONE, WHAT
from actions.core import Desk
from actions.intents import ANSWERS, DIGRESSIONS
from actions.reading import PHONE_SLOTS, Reading, read
from actions.said import Said
from tradein import catalogue, exchanges, pricing
from tradein.conditions import ConditionBook
from tradein.exchanges import Exchange, ExchangeState
from tradein.refusals import NotEligible

SURE = 0.6
"""Above this confidence a digression is one, whatever else its words may mean."""
Saying = tuple[str, dict[str, object]]
"""A response and its facts."""
COMPLETE = "complete"


@dataclass
class Heard:
    """What follows from a turn: the form's slots, and what to say before its next question."""

    slots: dict[str, Any]
    sayings: list[Saying] = field(default_factory=list)


def digresses(said: Said) -> bool:
    """Say whether a turn is surely for a rule, whatever is known of the phone."""
    return said.intent in DIGRESSIONS and said.confidence > SURE


def listen(desk: Desk, said: Said) -> Heard | None:
    """Enter a turn in the customer's draft; None leaves the turn to a rule. Raises the core's refusals."""
    before = exchanges.current(desk.session, desk.customer, hold=True)
    heard = read(desk, said, before)
    if digresses(said) or (said.intent in DIGRESSIONS and heard.empty):
        return None
    ahead = _ahead(desk, said, before, heard)
    exchange = _exchange(desk, said, before, heard)
    known = exchange.variant_id
    if heard.choice:
        exchanges.choose(desk.session, exchange, **heard.choice, now=desk.now)
    for question, options in heard.answers.items():
        exchanges.answer(desk.session, exchange, question=question, options=options, now=desk.now)
    changing, unclear = _loose_ends(said, heard, exchange)
    number, about_number = early_number.take(desk, said)
    if heard.empty:
        sayings = about_number or _nothing_new(desk, said, before)
    else:
        sayings = about_number + _phone_found(desk, exchange, known)
    if heard.answers and not sayings and ahead:
        sayings = [("utter_noted", {})]  # it answers a question that wasn't asked yet
    if before is not None and exchange is not before:
        number = {early_number.SLOT: None} | number  # another phone has another number
    return Heard(mirror(desk, exchange, changing=changing, unclear=unclear) | number, sayings)


def _ahead(desk: Desk, said: Said, before: Exchange | None, heard: Reading) -> bool:
    """Say whether the answer was to a question that isn't on the screen yet."""
    asked = pending(desk.book, said, before)
    return said.asked in PHONE_SLOTS or (asked is not None and asked.key not in heard.answers)


def _exchange(desk: Desk, said: Said, before: Exchange | None, heard: Reading) -> Exchange:
    if said.intent == "start_over" or (before and _another(said, before, heard)):
        return exchanges.restart(desk.session, desk.customer, now=desk.now)
    return before or exchanges.start(desk.session, desk.customer, now=desk.now)


def _another(said: Said, before: Exchange, heard: Reading) -> bool:
    """Say whether a second phone is offered: what was said about the first doesn't hold for it."""
    if not heard.choice or said.intent == "change" or said.slots.get("changing"):
        return False
    # With the memory of the model that is known, or as the first phone named, it is still the same one.
    known = {before.brand_id, before.model_id, before.variant_id}
    different = before.model_id is not None and not any(
        slug in known or slug.startswith(f"{before.model_id}-") for slug in heard.choice.values()
    )
    # Before the price another model is a correction unless it is offered anew; after it, unless it is called one.
    return different if before.state is ExchangeState.QUOTED else different and said.intent == "start_exchange"


def _loose_ends(said: Said, heard: Reading, exchange: Exchange) -> tuple[str | None, dict[str, Any] | None]:
    """Return what the customer wants to change, and what is unclear: as before where nothing new was said."""
    if heard.choice or heard.answers or said.intent == "start_over":
        return None, None
    if heard.changing or heard.unclear:
        return heard.changing or said.slots.get("changing"), heard.unclear
    if said.intent == "change":
        return (WHAT if exchange.variant_id and exchange.answers else PHONE if exchange.brand_id else None), None
    if said.asked is None:
        return None, None
    return said.slots.get("changing"), said.slots.get("unclear")


def mirror(
    desk: Desk, exchange: Exchange, *, changing: str | None = None, unclear: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the form's slots as the draft has them; what is to be changed counts as not known."""
    book = desk.book
    open_phone = changing == PHONE or unclear is not None
    enough = changing is None and (book.next(exchange.answers) is None or _ruled_out(desk, exchange, book))
    return {
        "brand": None if open_phone else exchange.brand_id,
        "model": None if open_phone else exchange.model_id,
        "variant": None if open_phone else exchange.variant_id,
        "condition": COMPLETE if enough else None,
        "changing": changing,
        "unclear": unclear,
    }


def _ruled_out(desk: Desk, exchange: Exchange, book: ConditionBook) -> bool:
    """Say whether an answer rules the phone out already, so that the other questions needn't be asked."""
    try:
        pricing.refuse_gated(exchange.answers, book, mode=desk.policy.condition_mode)
    except NotEligible:
        return True
    return False


def _phone_found(desk: Desk, exchange: Exchange, known: str | None) -> list[Saying]:
    """Say what the phone is worth at most, as soon as it is known or has changed."""
    if exchange.variant_id is None or exchange.variant_id == known:
        return []
    variant = catalogue.variant(desk.session, exchange.variant_id)
    value = catalogue.best_value(desk.session, variant.id)
    first = known is None and desk.book.next(exchange.answers) is not None
    return [("utter_up_to" if first else "utter_phone_changed", {"phone": variant.name, "value_minor": value})]


def _nothing_new(desk: Desk, said: Said, before: Exchange | None) -> list[Saying]:
    """Greet who comes back to a phone; say so where an answer couldn't be read."""
    if said.asked is not None:
        return _no_answer(desk, said, before)
    if said.intent == "inform" and said.text:
        return [("utter_no_phone_found", {})]
    if before is None or before.brand is None or said.intent not in {"start_exchange", "resume"}:
        return []
    if before.variant is None:
        return [("utter_welcome_back_no_phone", {})]
    return [("utter_welcome_back", {"phone": before.variant.name})]


def _no_answer(desk: Desk, said: Said, before: Exchange | None) -> list[Saying]:
    """Say what can be said to whoever asks for the end of it in the middle of the questions."""
    if said.text and said.intent == "start_exchange" and before is not None and before.variant_id is not None:
        # "How much?"
        return [("utter_price_soon", {"value_minor": catalogue.best_value(desk.session, before.variant_id)})]
    if said.text and said.intent == "accept_quote":  # "Get coupon"
        return [("utter_coupon_soon", {})]
    if said.intent not in ANSWERS:
        return []
    if pending(desk.book, said, before) is not None and desk.book.says_unsure(said.text):
        return [("utter_unsure_of_condition", {})]
    return [("utter_not_understood_in_form", {})]
