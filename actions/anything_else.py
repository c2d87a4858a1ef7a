"""action_anything_else: after an answer outside of any question, the step that lies nearest for this customer."""

from dataclasses import dataclass

from actions import core
from actions.act import Act
from actions.ask import PATIENCE
from actions.buttons import payload
from actions.turn import Button, Event, Facts, Turn
from tradein import exchanges, quotes
from tradein.coupons import CouponState
from tradein.exchanges import ExchangeState
from tradein.overview import overview
from tradein.refusals import QuoteExpired, QuoteMissing

QUOTED = "utter_anything_else_quote"
BEGUN = "utter_anything_else_draft"


class ActionAnythingElse(Act):
    """Names the next step, so that no answer is a dead end and nobody has to find their way back."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_anything_else"

    async def act(self, turn: Turn) -> list[Event]:
        """Offer what stands: a price, a phone half described, a coupon; else the menu."""
        await offer(turn)
        return []


@dataclass(frozen=True)
class _Step:
    """The response that names a step, with its facts and its first button."""

    response: str
    facts: Facts
    button: str
    quote: int | None = None


async def offer(turn: Turn) -> None:
    """Say which step is next, with its button and the usual ways out; a person, where we were of no help repeatedly."""
    if turn.misses >= PATIENCE:
        turn.say("utter_not_understood_again", buttons=turn.buttons("person", "evaluate", "coupons", "help"))
        return
    step = await core.read(turn.conversation_id, _nearest)
    if step is None:
        turn.say("utter_anything_else")
        return
    others = {QUOTED: ("change", "another_phone"), BEGUN: ("another_phone",)}.get(step.response, ("evaluate",))
    turn.say(step.response, step.facts, buttons=[_first(turn, step), *turn.buttons(*others, "person")])


def _first(turn: Turn, step: _Step) -> Button:
    return turn.button(step.button, payload("accept_quote", quote=str(step.quote)) if step.quote else None)


def _nearest(desk: core.Desk) -> _Step | None:
    exchange = exchanges.current(desk.session, desk.customer)
    if exchange is not None and exchange.state is ExchangeState.QUOTED:
        try:
            quote = quotes.standing(desk.session, exchange.id, now=desk.now)
        except (QuoteMissing, QuoteExpired):
            return None
        facts = {"phone": quote.variant.name, "value_minor": quote.value_minor, "expires_at": quote.expires_at}
        return _Step(QUOTED, facts, "get_coupon", quote.id)
    if exchange is not None and exchange.model is not None:
        phone = exchange.variant.name if exchange.variant else exchange.model.full_name
        return _Step(BEGUN, {"phone": phone}, "resume")
    for standing in overview(desk.session, desk.customer, policy=desk.policy, now=desk.now):
        if standing.state == CouponState.ISSUED:
            facts = {"value_minor": standing.value_minor, "expires_at": standing.expires_at}
            return _Step("utter_anything_else_coupon", facts, "new_phones")
    return None
