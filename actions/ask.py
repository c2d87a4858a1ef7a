"""What the asking actions share: a question with its buttons, and a way to a person for whom it doesn't work."""

from abc import abstractmethod
from typing import Any

from actions.act import Act
from actions.turn import Button, Event, Turn
from tradein.refusals import Refusal

PATIENCE = 2
"""After this many turns that we didn't understand the question comes with a button for a person."""


class Ask(Act):
    """Asks for one slot."""

    def name(self) -> str:
        """Return ``action_ask_<slot>``; the class is named after it."""
        return "action_ask_" + type(self).__name__.removeprefix("Ask").lower()

    @abstractmethod
    async def ask(self, turn: Turn) -> list[Event]:
        """Ask, and return the events that follow from it."""

    async def act(self, turn: Turn) -> list[Event]:
        """Ask; where the core has nothing to ask about, say why."""
        try:
            return await self.ask(turn)
        except Refusal as refusal:
            turn.refuse(refusal, buttons=turn.buttons("another_phone", "person"))
            return []


def way_out(turn: Turn) -> list[Button]:
    """Return the button for a person, once we have failed to understand repeatedly."""
    return turn.footer("person") if turn.misses >= PATIENCE else []


def clear_up(turn: Turn) -> bool:
    """Ask what the customer's words left open about the phone: several phones, none, or another maker's."""
    unclear: dict[str, Any] | None = turn.slot("unclear")
    if unclear is None:
        return False
    turn.say(
        unclear["response"],
        unclear["facts"],
        buttons=[*unclear["buttons"], *turn.buttons("pick_again", "person")],
    )
    return True
