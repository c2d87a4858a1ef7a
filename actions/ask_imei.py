"""action_ask_imei: the more often it went wrong, the more help the question gives."""

from actions.ask import Ask
from actions.coupon_hearing import STEP_BY_STEP
from actions.turn import Event, Turn
from tradein.refusals import ImeiBlocked, ImeiInExchange, ImeiOfAnotherBrand, ImeiSettled

OFFER_PERSON = 3
_NOT_THIS_PHONE = {ImeiBlocked.code, ImeiInExchange.code, ImeiSettled.code}
"""The number is right and the phone can't be exchanged: explaining how to read the number wouldn't help."""


class AskImei(Ask):
    """Asks for the IMEI."""

    async def ask(self, turn: Turn) -> list[Event]:
        """Ask: plainly, once more, step by step, and with a person at hand."""
        tries = turn.slot("imei_tries") or 0
        refused = turn.slot("imei_refused")
        if refused == ImeiOfAnotherBrand.code:
            turn.say("utter_ask_imei_or_phone", buttons=turn.buttons("correct_phone", "person"))
        elif refused in _NOT_THIS_PHONE:
            turn.say("utter_ask_imei_other", buttons=turn.buttons("another_phone", "coupons", "person"))
        elif tries >= OFFER_PERSON:
            turn.say("utter_ask_imei_or_person", buttons=turn.buttons("person", "later"))
        elif tries >= STEP_BY_STEP:
            turn.say("utter_ask_imei_steps")
        else:
            turn.say("utter_ask_imei_again" if tries else "utter_ask_imei")
        return []
