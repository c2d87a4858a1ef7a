"""action_session_start: the facts that answers are filled with, and the customer's language.

Later changes of the language come with the gateway's turns, before any rule answers them.
"""

from typing import Any

from rasa_sdk.events import ActionExecuted, SessionStarted, SlotSet

from actions import core
from actions.act import Act
from actions.turn import Event, Turn
from tradein import offer


class ActionSessionStart(Act):
    """Starts a session. What the customer said before is in the core, so nothing is carried over."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_session_start"

    async def act(self, turn: Turn) -> list[Event]:
        """Set the slots that the responses of the FAQ name."""
        facts = await core.read(turn.conversation_id, _facts)
        return [
            SessionStarted(),
            *(SlotSet(name, value) for name, value in facts.items()),
            ActionExecuted("action_listen"),
        ]


def _facts(desk: core.Desk) -> dict[str, Any]:
    brands = offer.brands(desk.session)
    return {
        "language": desk.customer.language,
        "coupon_days": desk.policy.coupon_days,
        "quote_days": desk.policy.quote_days,
        "delivery_days": desk.policy.delivery_days,
        "offers_at_door": desk.policy.offers_at_door,
        "reservation_minutes": desk.policy.reservation_minutes,
        "quiet_from": f"{desk.policy.quiet_from:%H:%M}",
        "quiet_until": f"{desk.policy.quiet_until:%H:%M}",
        "brand_count": len(brands),
        "brand_names": ", ".join(brand.name for brand in brands),
    }
