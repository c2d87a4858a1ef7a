"""A turn of the coupon form: the number and the consent, as the core has them then."""

from typing import Any

from actions import clear_yes, early_number
from actions.core import Desk
from actions.form import END
from actions.hearing import Heard
from actions.intents import DIGRESSIONS, LEAVING
from actions.reading import read
from actions.said import Said
from tradein import exchanges, imei, quotes, terms
from tradein.exchanges import Exchange, ExchangeState
from tradein.refusals import ExchangeClosed, ImeiInExchange, QuoteExpired, QuoteMissing, Refusal

DECLINED = "declined"
SURE = 0.6
"""A consent has to be clear: below this confidence we ask again."""
STEP_BY_STEP = 2
"""From this many refused numbers on the way to the IMEI is explained step by step."""


def listen(desk: Desk, said: Said, language: str) -> Heard | None:
    """Enter a turn; None leaves it to a rule. The form ends where no quote stands, and the next action says why."""
    if said.intent in DIGRESSIONS | LEAVING:
        return None
    agreed = _agreed(said)
    if agreed and (issued := _issued(desk, agreed)):
        return Heard(_mirror(issued, consent=agreed))  # a turn that is repeated: its coupon is there already
    exchange = _quoted(desk, said)
    if exchange is None:
        return Heard(dict(END))
    return _consent(desk, exchange, agreed, language) if agreed else _hear(desk, said, exchange)


def _hear(desk: Desk, said: Said, exchange: Exchange) -> Heard | None:
    # Typed, or read from a photo: the gateway's button then brings it.
    if reference := imei.REFERENCE.search(said.entities.get("imei", said.text)):
        return _number(desk, said, exchange, reference.group())
    match said.asked:
        case "imei":
            return _no_number(desk, said, exchange)
        case "consent":
            return _reply_to_terms(said, exchange)
        case _:
            return _begin(desk, said, exchange)


def _begin(desk: Desk, said: Said, exchange: Exchange) -> Heard:
    """Begin with the number that was sent before it was asked for, if it still fits: nobody is asked twice."""
    early: str | None = said.slots.get(early_number.SLOT)
    if early is None or exchange.device is not None:
        return Heard(_mirror(exchange))
    heard = _number(desk, said, exchange, early)
    return Heard(heard.slots | {early_number.SLOT: None}, heard.sayings)


def _quoted(desk: Desk, said: Said) -> Exchange | None:
    """Return the exchange whose quote stands, the one of the button if there was one; None if there is none."""
    try:
        if "quote" in said.entities:
            exchanges.take_up(desk.session, desk.customer, quote_id=int(said.entities["quote"]), now=desk.now)
        exchange = exchanges.current(desk.session, desk.customer, hold=True)
        if exchange is None:
            return None
        quotes.standing(desk.session, exchange.id, now=desk.now)
    except (QuoteMissing, QuoteExpired):
        return None
    return exchange


def _mirror(exchange: Exchange, **slots: object) -> dict[str, Any]:
    return {"imei": exchange.device.masked if exchange.device else None, "consent": None, **slots}


def _number(desk: Desk, said: Said, exchange: Exchange, reference: str) -> Heard:
    try:
        claim = imei.claimed(desk.session, reference, chat_id=desk.customer.chat_id)
        device = exchanges.give_imei(desk.session, exchange, claim=claim, now=desk.now)
    except ExchangeClosed:
        return Heard(dict(END))
    except Refusal as refusal:
        own = isinstance(refusal, ImeiInExchange) and refusal.evidence["own"]
        response = f"utter_refused_{refusal.code}{'_own' if own else ''}"
        slots = _mirror(exchange, imei=None, imei_tries=_tries(said) + 1, imei_refused=refusal.code)
        return Heard(slots, [(response, dict(refusal.evidence))])
    slots = _mirror(exchange, imei=device.masked, imei_tries=0, imei_refused=None)
    return Heard(slots, [("utter_imei_taken", {"ending": device.imei[-4:]})])


def _no_number(desk: Desk, said: Said, exchange: Exchange) -> Heard | None:
    heard = read(desk, said, exchange)
    if said.intent == "inform" and (heard.choice or heard.answers):
        return None  # it is about the phone again
    if said.intent == "deny":  # "I don't have it": the way to it is what helps
        return Heard(_mirror(exchange, imei_tries=max(_tries(said), STEP_BY_STEP), imei_refused=None))
    if said.intent in {"accept_quote", "affirm", "agree_terms", "resume"}:  # "ok, wait": no try at all
        return Heard(_mirror(exchange))
    slots = _mirror(exchange, imei_tries=_tries(said) + 1, imei_refused=None)
    return Heard(slots, [("utter_imei_not_found", {})])


def _tries(said: Said) -> int:
    return int(said.slots.get("imei_tries") or 0)


def _agreed(said: Said) -> dict[str, int] | None:
    """Return the version and the quote that the customer says a clear yes to; None if this is no such yes."""
    if "terms_version" in said.entities:
        return {"version": int(said.entities["terms_version"]), "quote": int(said.entities.get("quote", 0))}
    yes = said.asked == "consent" and said.intent in {"affirm", "agree_terms"} and said.confidence >= SURE
    yes = yes and clear_yes.clear(said.text)
    shown: dict[str, int] | None = said.slots.get("terms_shown")
    return shown if yes else None


def _issued(desk: Desk, agreed: dict[str, int]) -> Exchange | None:
    """Return the exchange whose coupon was issued on this very consent before."""
    try:
        exchange = exchanges.of_quote(desk.session, desk.customer, quote_id=agreed["quote"])
    except QuoteMissing:
        return None
    return exchange if exchange.state is ExchangeState.ISSUED else None


def _reply_to_terms(said: Said, exchange: Exchange) -> Heard:
    if said.intent in {"deny", "decline_terms"}:
        return Heard(_mirror(exchange, consent=DECLINED) | END)
    if said.intent in {"accept_quote", "resume"}:
        return Heard(_mirror(exchange))
    return Heard(_mirror(exchange), [("utter_consent_unclear", {})])


def _consent(desk: Desk, exchange: Exchange, agreed: dict[str, int], language: str) -> Heard:
    """Take a consent that fits what stands now; else the terms are shown again, for what does."""
    if agreed["version"] != terms.current(desk.session, language).version:
        return Heard(_mirror(exchange), [("utter_refused_terms_changed", {})])
    if agreed["quote"] != quotes.standing(desk.session, exchange.id, now=desk.now).id:
        return Heard(_mirror(exchange))
    return Heard(_mirror(exchange, consent=agreed))
