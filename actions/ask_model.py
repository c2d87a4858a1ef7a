"""action_ask_model: the brand's models, the most popular first."""

from actions import core
from actions.ask import Ask, way_out
from actions.buttons import payload
from actions.turn import Event, Turn
from tradein import catalogue


class AskModel(Ask):
    """Asks for the model of the brand that is known."""

    async def ask(self, turn: Turn) -> list[Event]:
        """Offer the models; the gateway pages long lists."""
        brand_id = turn.slot("brand")
        brand, models = await core.read(
            turn.conversation_id,
            lambda desk: (catalogue.brand(desk.session, brand_id), catalogue.models(desk.session, brand_id)),
        )
        choices = [{"title": model.name, "payload": payload("inform", model=model.id)} for model in models]
        turn.say(
            "utter_ask_model",
            {"brand": brand.name},
            buttons=[*choices, *turn.buttons("another_brand"), *way_out(turn)],
        )
        return []
