"""action_quote: everything is known, so the price is promised and shown line by line."""

from typing import Any

from rasa_sdk.events import SlotSet

from actions import core
from actions.act import Act
from actions.turn import Event, Turn
from tradein import conditions, exchanges, pricing, quotes
from tradein.quotes import Quote
from tradein.refusals import NotEligible, Refusal, UnknownOption, UnknownQuestion


class ActionQuote(Act):
    """Shows the quote, or says kindly why there is none."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_quote"

    async def act(self, turn: Turn) -> list[Event]:
        """Promise a value for the draft."""
        quoted = False
        try:
            quote, phone, labels, lapsed = await core.write(
                turn.conversation_id, lambda desk: _promise(desk, turn.language)
            )
        except NotEligible as refusal:
            reason = str(refusal.evidence["reason"])
            why = await core.read(
                turn.conversation_id, lambda desk: conditions.book(desk.session).reason(reason, turn.language)
            )
            turn.refuse(refusal, {"why": why}, buttons=turn.buttons("change", "another_phone", "person"))
        except Refusal as refusal:
            turn.refuse(refusal, buttons=turn.buttons("another_phone", "person"))
        else:
            quoted = True
            if lapsed:
                turn.say("utter_quote_lapsed")
            turn.say(
                "utter_quote",
                {"phone": phone, "value_minor": quote.value_minor, "expires_at": quote.expires_at},
                buttons=turn.buttons("get_coupon", "change", "another_phone", "later"),
                html={"lines": "\n".join(_line(turn, line, labels[line["code"]]) for line in quote.lines)},
            )
        return [SlotSet("quoted", quoted)]


def _promise(desk: core.Desk, language: str) -> tuple[Quote, str, dict[str, str], bool]:
    exchange = exchanges.start(desk.session, desk.customer, now=desk.now)
    before = quotes.open_of(desk.session, exchange.id)
    lapsed = before is not None and desk.now > before.expires_at
    # An answer that rules the phone out ends the questions early, so the reason counts before what is still missing.
    pricing.refuse_gated(exchange.answers, conditions.book(desk.session), mode=desk.policy.condition_mode)
    quote = exchanges.make_quote(desk.session, exchange, policy=desk.policy, now=desk.now)
    return quote, quote.variant.name, {line["code"]: _label(desk, line, language) for line in quote.lines}, lapsed


def _label(desk: core.Desk, line: dict[str, Any], language: str) -> str:
    """Return what a line is for, in the customer's language; as it was promised where the questions are others now."""
    stored = str(line["label"])
    if not stored or language == conditions.FALLBACK_LANGUAGE:
        return stored
    try:
        return desk.book.label(line["code"], language)
    except (UnknownQuestion, UnknownOption):
        return stored


def _line(turn: Turn, line: dict[str, Any], label: str) -> str:
    """Word one line; those that come from no answer have their words in the domain."""
    amount = turn.presented({"amount_minor": line["amount_minor"], "label": label})
    return turn.word(
        "utter_quote_line", label=amount["label"] or turn.word(f"utter_line_{line['code']}"), amount=amount["amount"]
    )
