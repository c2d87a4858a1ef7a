"""action_fallback: nobody understood, unless the catalogue does."""

from rasa_sdk.events import FollowupAction

from actions import anything_else, core, early_number, reading
from actions.act import Act
from actions.ask import PATIENCE
from actions.turn import Event, Turn
from tradein import exchanges


class ActionFallback(Act):
    """Says that it didn't understand and offers choices; the second time running the person comes first.

    It returns no UserUtteranceReverted: with that event Rasa replays the whole conversation on every later turn.
    """

    def name(self) -> str:
        """Return the action's name."""
        return "action_fallback"

    async def act(self, turn: Turn) -> list[Event]:
        """Take a phone or a condition for the beginning of an exchange; offer choices otherwise."""
        said = turn.said
        if turn.in_form:
            turn.say("utter_not_understood_in_form")
            return []
        if event := _reply_to_offer(turn, said.intent):
            return [event]
        heard = await core.read(
            turn.conversation_id,
            lambda desk: reading.read(desk, said, exchanges.current(desk.session, desk.customer)),
        )
        if heard.choice or heard.answers or early_number.sent(said):
            return [FollowupAction("exchange_form")]
        if said.intent == "deny" and turn.followed(anything_else.QUOTED):
            turn.say("utter_quote_kept")
        elif said.intent in {"affirm", "deny"}:  # to nothing in particular
            await anything_else.offer(turn)
        elif turn.misses + 1 >= PATIENCE:
            turn.say("utter_not_understood_again", buttons=turn.buttons("person", "evaluate", "coupons", "help"))
        else:
            turn.say("utter_not_understood", buttons=turn.buttons("evaluate", "coupons", "help", "person"))
        return []


def _reply_to_offer(turn: Turn, intent: str) -> Event | None:
    """Return the step that a yes to the one we named leads to."""
    forms = {anything_else.QUOTED: "coupon_form", anything_else.BEGUN: "exchange_form"}
    named = next((form for response, form in forms.items() if turn.followed(response)), None)
    return FollowupAction(named) if named and intent == "affirm" else None
