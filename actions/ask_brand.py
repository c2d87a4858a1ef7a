"""action_ask_brand: the brands of the programme, or what is unclear about the phone so far."""

from actions import core
from actions.ask import Ask, clear_up, way_out
from actions.buttons import payload
from actions.turn import Button, Event, Turn
from tradein import offer


class AskBrand(Ask):
    """Asks for the brand; also where the phone as a whole has to be asked for again."""

    async def ask(self, turn: Turn) -> list[Event]:
        """Offer the brands."""
        if not clear_up(turn):
            choices = await core.read(turn.conversation_id, _choices)
            turn.say("utter_ask_brand", buttons=[*choices, *way_out(turn)])
        return []


def _choices(desk: core.Desk) -> list[Button]:
    return [{"title": brand.name, "payload": payload("inform", brand=brand.id)} for brand in offer.brands(desk.session)]
