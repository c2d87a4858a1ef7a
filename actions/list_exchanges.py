"""action_list_exchanges: the customer's prices and coupons with the days left; on a tap the code once more."""

from actions import core
from actions.act import Act
from actions.buttons import payload
from actions.standings import line
from actions.turn import Button, Event, Turn
from tradein import issuing, progress
from tradein.coupons import Coupon, CouponState
from tradein.overview import Standing, overview
from tradein.refusals import Refusal, UnknownCoupon

SHOWN = 8
"""The newest of them: more would not fit a screen."""


class ActionListExchanges(Act):
    """Lists what the customer has; codes never pass through Rasa, so the list shows their last four characters."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_list_exchanges"

    async def act(self, turn: Turn) -> list[Event]:
        """Show the list, or owe the message with a coupon's code."""
        try:
            if coupon_id := turn.said.entities.get("coupon"):
                unused = await core.write(turn.conversation_id, lambda desk: _send_again(desk, int(coupon_id)))
                back = [turn.button("give_back", payload("coupon", do="ask", coupon=coupon_id))] if unused else []
                turn.say("utter_code_sent", buttons=_only_outside(turn, [*turn.buttons("coupons", "evaluate"), *back]))
            else:
                _show(turn, *await core.read(turn.conversation_id, _standings))
        except Refusal as refusal:
            turn.refuse(refusal, buttons=_only_outside(turn, turn.buttons("coupons", "person")))
        return []


def _standings(desk: core.Desk) -> tuple[list[Standing], bool]:
    """Return what the customer has, and whether anything was ordered with it."""
    standings = list(overview(desk.session, desk.customer, policy=desk.policy, now=desk.now))[:SHOWN]
    return standings, bool(progress.of_customer(desk.session, desk.customer))


def _send_again(desk: core.Desk, coupon_id: int) -> bool:
    """Owe the message with the code; return whether the coupon is still unused, so that it may be given back."""
    coupon = desk.session.get(Coupon, coupon_id)
    if coupon is None or coupon.customer_id != desk.customer.id:
        raise UnknownCoupon
    issuing.tell(desk.session, coupon, now=desk.now, again=True)
    return coupon.state is CouponState.ISSUED


def _only_outside(turn: Turn, buttons: list[Button]) -> list[Button]:
    """Return the buttons unless a form's question follows at once, whose keyboard would take their place."""
    return [] if turn.in_form else buttons


def _show(turn: Turn, standings: list[Standing], ordered: bool) -> None:
    if not standings:
        turn.say("utter_no_standings")
        return
    live = [standing for standing in standings if standing.state in {"open", CouponState.ISSUED}]
    buttons = [
        *(_button(turn, standing) for standing in live),
        *turn.buttons(*(["track"] if ordered else []), "evaluate"),
    ]
    turn.say(
        "utter_standings",
        buttons=_only_outside(turn, buttons),
        html={"standings": "\n".join(line(turn, standing) for standing in standings)},
    )


def _button(turn: Turn, standing: Standing) -> Button:
    if standing.kind == "quote":
        return turn.button("take_up", payload("accept_quote", quote=str(standing.id)), phone=standing.phone)
    return turn.button("show_code", payload("list_exchanges", coupon=str(standing.id)), ending=standing.ending)
