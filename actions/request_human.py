"""action_request_human: a person is called, with an honest word about when they answer."""

from datetime import datetime

from actions import core
from actions.act import Act
from actions.turn import Event, Turn
from tradein.refusals import Refusal
from tradein.support import callers, conversations


class ActionRequestHuman(Act):
    """Calls a person into the chat, or leaves a ticket for when somebody answers."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_request_human"

    async def act(self, turn: Turn) -> list[Event]:
        """Write the request down; inside a form its question follows, outside there are choices.

        Where the customer waits in line from now on, the core has told them so and nothing of this is said any more:
        the gateway drops what the assistant says once somebody else speaks.
        """
        # Where it happened, never the customer's words: the ticket says what to look at, the chat says the rest.
        place = turn.said.asked or "nothing in particular"
        try:
            ticket, opens = await core.write(turn.conversation_id, lambda desk: _call(desk, place))
        except Refusal as refusal:
            turn.refuse(refusal)
        else:
            turn.say(
                "utter_person_closed" if opens else "utter_person_requested", {"ticket": ticket, "opens_at": opens}
            )
        if not turn.in_form:
            turn.say("utter_person_requested_go_on", buttons=turn.buttons("resume", "coupons", "help"))
        return []


def _call(desk: core.Desk, place: str) -> tuple[int, datetime | None]:
    """Return the ticket's number, and when people answer again where nobody does now."""
    conversation = conversations.of(desk.session, desk.customer)
    reason = f"Asked for a person while asked for {place}"
    ticket = callers.call(desk.session, conversation, reason=reason, policy=desk.policy, now=desk.now)
    closed = desk.policy.support_chat_id is not None and not conversation.silent
    return ticket.id, desk.policy.support_hours.opens(desk.now, desk.policy.zone) if closed else None
