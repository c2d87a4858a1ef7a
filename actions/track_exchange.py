"""action_track_exchange: where the exchange stands, as the message says that is edited as it moves."""

from typing import Any

from actions import core
from actions.act import Act
from actions.standings import line
from actions.turn import Event, Turn
from tradein import progress
from tradein.overview import Standing, overview
from tradein.refusals import Refusal

SHOWN = 3
"""The exchanges that moved last: whoever asks means one of them."""


class ActionTrackExchange(Act):
    """Says the stage of the customer's orders; before the first order, what they could order with."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_track_exchange"

    async def act(self, turn: Turn) -> list[Event]:
        """Say where things stand."""
        try:
            stages, standings = await core.read(turn.conversation_id, _look)
        except Refusal as refusal:
            turn.refuse(refusal, buttons=[] if turn.in_form else turn.buttons("person"))
            return []
        if not stages and not standings:
            turn.say("utter_track_nothing" if turn.in_form else "utter_no_standings")
            return []
        # A form's question follows at once, and its keyboard would take the place of this one.
        buttons = [] if turn.in_form else turn.buttons("coupons", "person")
        for at, (response, params) in enumerate(stages, 1):
            turn.say(response, params, buttons=buttons if at == len(stages) else None)
        if not stages:
            lines = "\n".join(line(turn, standing) for standing in standings)
            turn.say("utter_track_not_ordered", buttons=buttons, html={"standings": lines})
        return []


def _look(desk: core.Desk) -> tuple[list[tuple[str, dict[str, Any]]], list[Standing]]:
    moved = progress.of_customer(desk.session, desk.customer)[:SHOWN]
    # The last moved is said last: it is what stays on the screen.
    stages = [(stage.response, dict(stage.params)) for stage in reversed(moved)]
    return stages, [] if stages else list(overview(desk.session, desk.customer, policy=desk.policy, now=desk.now))
