"""action_ask_variant: the memory sizes of the model, and what it is worth at most."""

from actions import core
from actions.ask import Ask, way_out
from actions.buttons import payload
from actions.turn import Button, Event, Facts, Turn
from tradein import offer


class AskVariant(Ask):
    """Asks for the memory of the model that is known."""

    async def ask(self, turn: Turn) -> list[Event]:
        """Offer the memory sizes; the best value is said at once."""
        model_id = turn.slot("model")
        facts, choices = await core.read(turn.conversation_id, lambda desk: _choices(desk, model_id))
        turn.say(
            "utter_ask_variant",
            facts,
            buttons=[*choices, *turn.buttons("pick_again"), *way_out(turn)],
        )
        return []


def _choices(desk: core.Desk, model_id: str) -> tuple[Facts, list[Button]]:
    model = offer.model(desk.session, model_id)
    facts = {"model": model.full_name, "value_minor": model.up_to_minor}
    return facts, [
        {"title": variant.label, "payload": payload("inform", variant=variant.id)} for variant in model.variants
    ]
