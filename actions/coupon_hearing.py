"""A turn of the coupon form: the number and the consent, as the core has them then."""

from typing import Any

from actions.core import Desk
from actions.form import END
from actions.hearing import Heard
from actions.intents import DIGRESSIONS, LEAVING
from actions.reading import read
from actions.said import Said
from tradein import exchanges, imei, quotes, terms
from tradein.exchanges import Exchange
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
    exchange = _quoted(desk, said)
    return Heard(dict(END)) if exchange is None else _hear(desk, said, exchange, language)


def _hear(desk: Desk, said: Said, exchange: Exchange, language: str) -> Heard | None:
    if reference := imei.REFERENCE.search(said.text):
        return _number(desk, said, exchange, reference.group())
    if version := said.entities.get("terms_version"):
        return _consent(desk, exchange, int(version), language)
    match said.asked:
        case "imei":
            return _no_number(desk, said, exchange)
        case "consent":
            return _reply_to_terms(desk, said, exchange, language)
        case _:
            return Heard(_mirror(exchange))


def _quoted(desk: Desk, said: Said) -> Exchange | None:
    """Return the exchange whose quote stands, the one of the button if there was one; None if there is none."""
    try:
        if "quote" in said.entities:
            exchanges.take_up(desk.session, desk.customer, quote_id=int(said.entities["quote"]), now=desk.now)
        exchange = exchanges.current(desk.session, desk.customer)
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


def _reply_to_terms(desk: Desk, said: Said, exchange: Exchange, language: str) -> Heard:
    shown = said.slots.get("terms_shown")
    if said.intent in {"deny", "decline_terms"}:
        return Heard(_mirror(exchange, consent=DECLINED) | END)
    in_words = any(char.isalpha() for char in said.text)  # a thumb or a dot is no consent
    if said.intent in {"affirm", "agree_terms"} and said.confidence >= SURE and in_words and shown is not None:
        return _consent(desk, exchange, int(shown), language)
    if said.intent in {"accept_quote", "resume"}:
        return Heard(_mirror(exchange))
    return Heard(_mirror(exchange), [("utter_consent_unclear", {})])


def _consent(desk: Desk, exchange: Exchange, version: int, language: str) -> Heard:
    current = terms.current(desk.session, language).version
    if version != current:
        return Heard(_mirror(exchange), [("utter_refused_terms_changed", {})])
    return Heard(_mirror(exchange, consent=version))
