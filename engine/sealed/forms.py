"""Rasa's forms without a replay of the session: two for every answer, each to look a few events ahead.

`FormAction._temporary_tracker` makes a tracker out of all events up to now and some more. Here it is a copy of the
conversation, which is the outcome of the former, that takes in the latter.
"""

from __future__ import annotations

from rasa.core.actions.forms import FormAction
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from sealed.proofs import NotProved
from sealed.tracker import copied

_stock_temporary = FormAction._temporary_tracker


def _temporary_tracker(
    self: FormAction, current_tracker: DialogueStateTracker, additional_events: list[Event], _domain: Domain
) -> DialogueStateTracker:
    ahead = copied(current_tracker)
    requested = SlotSet(REQUESTED_SLOT, self.get_slot_to_fill(current_tracker))
    for event in (requested, ActionExecuted(self.name()), *additional_events):
        ahead.update(event)
    return ahead


def install() -> None:
    """Replace the method; `prove` tells whether it took effect."""
    FormAction._temporary_tracker = _temporary_tracker  # type: ignore[method-assign]


def uninstall() -> None:
    """Put Rasa's own method back: for the tests."""
    FormAction._temporary_tracker = _stock_temporary  # type: ignore[method-assign]


def prove() -> None:
    """Look ahead in a tiny conversation; raises NotProved when it is replayed or the outcome is not Rasa's."""
    form = FormAction("proof", None)
    slots = [AnySlot(name, mappings=[{}], influence_conversation=False) for name in ("a", REQUESTED_SLOT)]
    tracker = DialogueStateTracker.from_events("proof", [UserUttered("hello"), SlotSet("a", 1)], slots)
    domain = Domain.empty()
    domain.slots = slots
    rasas = _stock_temporary(form, tracker, [SlotSet("a", 2)], domain)
    # Of a conversation whose events are gone, only the state is left to go on from.
    tracker.events.clear()
    ahead = form._temporary_tracker(tracker, [SlotSet("a", 2)], domain)
    if ahead.latest_message is not rasas.latest_message or tracker.get_slot("a") != 1:
        raise NotProved("a form replays the session to look ahead")
    if ahead.current_slot_values() != rasas.current_slot_values() or ahead.latest_action_name != form.name():
        raise NotProved("a form that looks ahead without a replay sees another state")
