"""action_ask_model: the brand's models, the most popular first."""

from actions import core
from actions.ask import Ask, way_out
from actions.buttons import payload
from actions.turn import Button, Event, Turn
from tradein import offer


class AskModel(Ask):
    """Asks for the model of the brand that is known."""

    async def ask(self, turn: Turn) -> list[Event]:
        """Offer the models; the gateway pages long lists."""
        brand_id = turn.slot("brand")
        brand, choices = await core.read(turn.conversation_id, lambda desk: _choices(desk, brand_id))
        turn.say(
            "utter_ask_model",
            {"brand": brand},
            buttons=[*choices, *turn.footer("another_brand"), *way_out(turn)],
        )
        return []


def _choices(desk: core.Desk, brand_id: str) -> tuple[str, list[Button]]:
    brand = offer.brand(desk.session, brand_id)
    return brand.name, [{"title": model.name, "payload": payload("inform", model=model.id)} for model in brand.models]
