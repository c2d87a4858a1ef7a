"""The shape of our actions: a turn in, events out."""

import traceback
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import OperationalError

from actions.turn import Event, Turn

_LOG = structlog.get_logger()


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
        return await apologising(self.name(), Turn(dispatcher, tracker, domain), self.act)


async def apologising(action: str, turn: Turn, act: Callable[[Turn], Awaitable[list[Event]]]) -> list[Event]:
    """Act; a mistake of ours costs the customer this answer, with an apology, and not every message after it.

    Raises OperationalError: the database is away or busy, so the engine keeps the turn unsaved and it is tried again.
    """
    try:
        return await act(turn)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, a repetition would meet it again
        frame = traceback.extract_tb(error.__traceback__)[-1]
        # No message: it may quote what the customer wrote.
        _LOG.error(
            "action failed", action=action, error=type(error).__name__, at=f"{Path(frame.filename).name}:{frame.lineno}"
        )
        turn.say("utter_turn_failed")
        return []
