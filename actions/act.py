"""The shape of our actions: a turn in, events out."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Event, Turn


class Act(Action, ABC):  # type: ignore[misc]  # the SDK carries no types
    """An action that sees the conversation as a :class:`Turn`."""

    @abstractmethod
    def name(self) -> str:
        """Return the action's name in the domain."""

    @abstractmethod
    async def act(self, turn: Turn) -> list[Event]:
        """Do what the turn asks for, say what came of it, and return the events that follow."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        """Run for the SDK."""
        return await self.act(Turn(dispatcher, tracker, domain))
