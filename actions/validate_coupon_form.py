"""validate_coupon_form: the IMEI is given to the core, the consent is read and nothing else taken for it."""

from typing import Any

from actions import core, coupon_hearing
from actions.form import END, MirroringForm
from actions.turn import Turn
from tradein.refusals import Refusal


class ValidateCouponForm(MirroringForm):
    """Reads the IMEI and the consent."""

    def name(self) -> str:
        """Return the action's name."""
        return "validate_coupon_form"

    async def hear(self, turn: Turn) -> dict[str, Any]:
        """Enter the turn in the exchange; a refused number keeps the question open."""
        said = turn.said
        try:
            heard = await core.write(
                turn.conversation_id, lambda desk: coupon_hearing.listen(desk, said, turn.language)
            )
        except Refusal as refusal:
            turn.refuse(refusal)
            return dict(END)
        if heard is None:
            return {}
        for response, facts in heard.sayings:
            turn.say(response, facts)
        return heard.slots
