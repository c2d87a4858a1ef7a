"""action_issue_coupon: the number is known and the terms are agreed to, or the customer said no."""

from datetime import datetime

from rasa_sdk.events import FollowupAction, SlotSet

from actions import core, early_number
from actions.act import Act
from actions.coupon_hearing import DECLINED
from actions.turn import Event, Turn
from tradein import exchanges, issuing, quotes
from tradein.exchanges import ExchangeState
from tradein.refusals import ExchangeIncomplete, QuoteExpired, QuoteMissing, Refusal, TermsChanged

_DONE = ("brand", "model", "variant", "condition", "imei", "consent", "terms_shown", "imei_tries", "imei_refused")


class ActionIssueCoupon(Act):
    """Issues the coupon; its message, which carries the code, is the core's and doesn't pass through here."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_issue_coupon"

    async def act(self, turn: Turn) -> list[Event]:
        """Issue, accept a no, or say what is missing; the slots of this exchange are done with."""
        consent = turn.slot("consent")
        try:
            if consent == DECLINED:
                expires = await core.read(turn.conversation_id, _expiry)
                buttons = turn.buttons("read_terms", "coupons", "person")
                turn.say("utter_terms_declined", {"expires_at": expires}, buttons=buttons)
            else:
                new = await core.write(turn.conversation_id, lambda desk: _issue(desk, consent, turn.language))
                turn.say("utter_next_steps" if new else "utter_coupon_exists")
        except ExchangeIncomplete as refusal:
            if not early_number.sent(turn.said):
                turn.refuse(refusal)
            return [*_cleared(turn), FollowupAction("exchange_form")]
        except QuoteMissing as refusal:
            if early_number.sent(turn.said):
                return [*_cleared(turn), FollowupAction("exchange_form")]  # which keeps it, and asks for the phone
            turn.refuse(refusal, buttons=turn.buttons(*_way_on(refusal)))
        except Refusal as refusal:
            turn.refuse(refusal, buttons=turn.buttons(*_way_on(refusal)))
        return _cleared(turn)


def _cleared(turn: Turn) -> list[Event]:
    return [SlotSet(name, None) for name in _DONE if turn.slot(name) is not None]


def _expiry(desk: core.Desk) -> datetime:
    exchange = exchanges.current(desk.session, desk.customer)
    if exchange is None:
        raise QuoteMissing
    return quotes.standing(desk.session, exchange.id, now=desk.now).expires_at


def _issue(desk: core.Desk, consent: dict[str, int] | None, language: str) -> bool:
    """Issue the coupon of the quote agreed to; False if nothing was agreed to and the last exchange has its coupon."""
    if consent is None:  # the form ended early: there was no quote to agree to
        last = exchanges.latest(desk.session, desk.customer)
        if last is not None and last.state is ExchangeState.ISSUED:
            return False
        if last is not None and last.state is ExchangeState.DRAFT and last.brand_id:
            raise ExchangeIncomplete(missing="price")
        if last is not None and last.state is ExchangeState.QUOTED:
            quotes.standing(desk.session, last.id, now=desk.now)
        raise QuoteMissing
    exchange = exchanges.of_quote(desk.session, desk.customer, quote_id=consent["quote"])
    if exchange.state is ExchangeState.DRAFT:
        raise ExchangeIncomplete(missing="price")
    issuing.issue(
        desk.session,
        exchange,
        quote_id=consent["quote"],
        terms_version=consent["version"],
        language=language,
        chat_id=desk.customer.chat_id,
        policy=desk.policy,
        now=desk.now,
    )
    return True


def _way_on(refusal: Refusal) -> tuple[str, ...]:
    """Return the buttons that lead on from a refusal."""
    match refusal:
        case QuoteExpired():
            return ("todays_price", "person")
        case QuoteMissing():
            return ("evaluate", "person")
        case TermsChanged():
            return ("read_terms", "person")
        case _:
            return ("try_again", "another_phone", "person")
