"""validate_exchange_form: the customer's words become the draft, and the slots mirror it."""

from typing import Any

from actions import core, hearing
from actions.form import MirroringForm
from actions.turn import Turn
from tradein import exchanges
from tradein.refusals import Refusal


class ValidateExchangeForm(MirroringForm):
    """Reads brand, model, variant and condition, all of them from one message if they are there."""

    def name(self) -> str:
        """Return the action's name."""
        return "validate_exchange_form"

    async def hear(self, turn: Turn) -> dict[str, Any]:
        """Enter the turn in the draft; what the core refuses is said, and the question is asked again."""
        said = turn.said
        if hearing.digresses(said):
            return {}
        try:
            heard = await core.write(turn.conversation_id, lambda desk: hearing.listen(desk, said))
        except Refusal as refusal:
            turn.refuse(refusal)
            return await core.write(turn.conversation_id, _as_it_is)
        if heard is None:
            return {}
        for response, facts in heard.sayings:
            again = response == "utter_not_understood_in_form" and turn.misses
            turn.say("utter_not_understood_in_form_again" if again else response, facts)
        return heard.slots


def _as_it_is(desk: core.Desk) -> dict[str, Any]:
    return hearing.mirror(desk, exchanges.start(desk.session, desk.customer, now=desk.now))
