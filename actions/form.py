"""How our forms work: the core knows what has been said, and the slots mirror it.

Rasa's forms are built for slots that hold the truth. Ours is in the database, so one reading of the turn takes the
place of an extraction and a validation for each slot: it enters the turn in the core and returns every slot as the core
then has it. A turn that says nothing to the form yields no slot; the form then rejects, a rule answers, and the form
asks again.
"""

from abc import abstractmethod
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.act import apologising
from actions.turn import Event, Turn

END = {"requested_slot": None}
"""Ends the form at once, though slots are missing."""


class MirroringForm(FormValidationAction):  # type: ignore[misc]  # the SDK carries no types
    """A form whose slots mirror the core."""

    @abstractmethod
    async def hear(self, turn: Turn) -> dict[str, Any]:
        """Enter the turn in the core and return the slots; nothing leaves the turn to a rule."""

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        """Read the turn, once: when the form comes back after a rule it has read it already."""
        turn = Turn(dispatcher, tracker, domain)
        if turn.rejected(self.form_name()):
            return []
        return await apologising(self.name(), turn, self._slots)

    async def _slots(self, turn: Turn) -> list[Event]:
        """Return the slots that change: every event is stored, sent along and replayed from then on."""
        heard = list((await self.hear(turn)).items())
        changed = [(name, value) for name, value in heard if turn.slot(name) != value]
        # One at least: with none the form would take it that the turn was not for it.
        return [SlotSet(name, value) for name, value in changed or heard[:1]]

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        """Return the slots as read: they come from the core and need no second look."""
        del dispatcher, domain
        read = tracker.slots_to_validate()
        return [SlotSet(name, value) for name, value in read.items()]
