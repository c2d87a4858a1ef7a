"""action_request_human: a ticket for a person, with an honest word about it."""

from actions import core
from actions.act import Act
from actions.turn import Event, Turn
from tradein.support import tickets


class ActionRequestHuman(Act):
    """Opens a ticket, or names the one that is open."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_request_human"

    async def act(self, turn: Turn) -> list[Event]:
        """Write the request down; inside a form its question follows, outside there are choices."""
        # Where it happened, never the customer's words: the ticket says what to look at, the chat says the rest.
        place = turn.said.asked or "nothing in particular"
        ticket = await core.write(
            turn.conversation_id,
            lambda desk: tickets.request_person(
                desk.session, desk.customer, reason=f"Asked for a person while asked for {place}", now=desk.now
            ),
        )
        turn.say("utter_person_requested", {"ticket": ticket.id})
        if not turn.in_form:
            turn.say("utter_person_requested_go_on", buttons=turn.buttons("resume", "coupons", "help"))
        return []
