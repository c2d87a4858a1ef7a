"""A form's next question brought along with the reading of the answer before it.

Rasa calls twice for every answer to a form's question: ``validate_<form>``, then ``action_ask_<slot>`` for the first
slot that is still empty. Which one that will be follows from the answer to the first call, so it is run at once, on the
conversation as it will be then, and its answer goes along under "question". Our engine takes it instead of the second
call where nothing came between (``engine/sealed/endpoint.py``); an engine that doesn't know the key just calls.
"""

from typing import Any

from rasa_sdk.executor import ActionExecutor, ActionExecutorRunResult
from rasa_sdk.forms import REQUESTED_SLOT

_VALIDATE = "validate_"
_ASK = "action_ask_"

Call = dict[str, Any]
Tracker = dict[str, Any]


class Answer(ActionExecutorRunResult):  # type: ignore[misc]  # the SDK carries no types
    """The answer to a call, with the question that follows it: ``{"action", "events", "responses"}``."""

    question: dict[str, Any] | None


class ForesightedExecutor(ActionExecutor):  # type: ignore[misc]
    """ActionExecutor that also runs what a form is going to ask."""

    async def run(self, action_call: Call, *args: Any, **kwargs: Any) -> ActionExecutorRunResult | None:  # noqa: ANN401
        """Run the action, and the question that follows if it validates a form."""
        result = await super().run(action_call, *args, **kwargs)
        if result is None or not action_call["next_action"].startswith(_VALIDATE):
            return result
        form = action_call["next_action"].removeprefix(_VALIDATE)
        ask = self._next_question(form, action_call["tracker"], result)
        if ask is None:
            return result
        afterwards = {"next_action": ask, "tracker": _afterwards(form, action_call["tracker"], result)}
        asked = await super().run(action_call | afterwards)
        question = {"action": ask, "events": asked.events, "responses": asked.responses}
        return Answer(events=result.events, responses=result.responses, question=question)

    def _next_question(self, form: str, tracker: Tracker, result: ActionExecutorRunResult) -> str | None:
        """Return the asking action that Rasa's form will run next, None where it runs none."""
        changed = _slots_set(result)
        if REQUESTED_SLOT in changed or not (changed or _passed_on(form, tracker)):
            return None  # the form ends, or leaves this turn to a rule
        slots = tracker["slots"] | changed
        required = self.domain.get("forms", {}).get(form, {}).get("required_slots", [])
        missing = next((slot for slot in required if slots.get(slot) is None), None)
        ask = f"{_ASK}{missing}"
        return ask if ask in self.actions else None


def _slots_set(result: ActionExecutorRunResult) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in result.events if event["event"] == "slot"}


def _passed_on(form: str, tracker: Tracker) -> bool:
    """Say whether the form left this turn to a rule before: then it comes back to ask its question again."""
    for event in reversed(tracker["events"]):
        if event["event"] == "user":
            break
        if event["event"] == "action_execution_rejected" and event.get("name") == form:
            return True
    return False


def _afterwards(form: str, tracker: Tracker, result: ActionExecutorRunResult) -> Tracker:
    """Return the conversation as it is once the answer has been given."""
    said = [{"event": "bot", "metadata": {"utter_action": said.get("response")}} for said in result.responses]
    return tracker | {
        "slots": tracker["slots"] | _slots_set(result),
        "events": [*tracker["events"], *said, *result.events],
        "active_loop": tracker["active_loop"] or {"name": form},
    }
