"""The question that goes along with the reading of an answer: which one, on which conversation, and when none does."""

import asyncio
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import ActionExecutorRunResult, CollectingDispatcher

from actions.foresight import ForesightedExecutor

Event = dict[str, Any]
DOMAIN = {"forms": {"order_form": {"required_slots": ["dish", "size", "table"]}}}
PASSED_ON = {"event": "action_execution_rejected", "name": "order_form"}
ENDED: list[Event] = [SlotSet("dish", "soup"), SlotSet("requested_slot", None)]


# No subclasses of Action: the SDK would serve them wherever it looks for actions.
class Reads:
    """Gives the events that a test wants, and says something."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        """Answer."""
        del tracker, domain
        dispatcher.utter_message(response="utter_noted")
        return self.events


class AsksSize:
    """Asks for a size and remembers the conversation that it saw."""

    saw: Tracker | None = None

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        """Ask."""
        assert domain == DOMAIN
        self.saw = tracker
        dispatcher.utter_message(response="utter_ask_size")
        return [SlotSet("asked", 1)]


def answered(
    reads: Reads,
    asks: AsksSize,
    *,
    run: str = "validate_order_form",
    events: tuple[Event, ...] = (),
    loop: str | None = "order_form",
) -> ActionExecutorRunResult:
    """Run an action of the executor on a conversation with these events after the customer's message."""
    executor = ForesightedExecutor()
    executor.register_function("validate_order_form", reads.run)
    executor.register_function("action_ask_size", asks.run)
    tracker = {
        "sender_id": "c",
        "slots": {"dish": None, "size": None, "table": "by the window", "requested_slot": "dish"},
        "latest_message": {"text": "a soup"},
        "events": [PASSED_ON, {"event": "user", "text": "a soup"}, *events],
        "paused": False,
        "active_loop": {"name": loop} if loop else {},
    }
    call = {"next_action": run, "sender_id": "c", "tracker": tracker, "domain": DOMAIN, "domain_digest": "d"}
    result = asyncio.run(executor.run(call))
    assert result is not None
    return result


def brought(result: ActionExecutorRunResult) -> dict[str, Any] | None:
    """Return the question of an answer."""
    question: dict[str, Any] | None = result.model_dump().get("question")
    return question


@pytest.mark.parametrize("loop", ["order_form", None])
def test_the_first_slot_that_is_empty_then_is_asked_for(loop: str | None) -> None:
    """Both answers are what they are when the actions are called one after the other."""
    asks = AsksSize()
    result = answered(Reads([SlotSet("dish", "soup")]), asks, loop=loop)
    question = brought(result)
    assert question is not None
    assert [response["response"] for response in result.responses] == ["utter_noted"]
    assert result.events == [SlotSet("dish", "soup")]
    assert (question["action"], question["events"]) == ("action_ask_size", [SlotSet("asked", 1)])
    assert [response["response"] for response in question["responses"]] == ["utter_ask_size"]


def test_the_question_sees_the_conversation_after_the_answer() -> None:
    """Its slots, what was said with it, and the form, which may just have begun."""
    asks = AsksSize()
    answered(Reads([SlotSet("dish", "soup")]), asks, loop=None)
    assert asks.saw is not None
    assert (asks.saw.get_slot("dish"), asks.saw.get_slot("table")) == ("soup", "by the window")
    assert asks.saw.active_loop_name == "order_form"
    said = [event["metadata"]["utter_action"] for event in asks.saw.events if event["event"] == "bot"]
    assert said == ["utter_noted"]


def test_a_form_that_comes_back_asks_again() -> None:
    """It has passed the turn on, a rule has answered, and nothing is read any more."""
    asked_again = answered(Reads([SlotSet("dish", "soup")]), AsksSize(), events=(PASSED_ON,))
    assert brought(asked_again) is not None


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "the form passes this turn on; the one before it passed on too"),
        (ENDED, "the form ends"),
        ([SlotSet("dish", "soup"), SlotSet("size", "big")], "nothing is missing"),
        ([SlotSet("table", None)], "what is missing is asked for by a response"),
    ],
)
def test_no_question_goes_along_where_none_follows(events: list[Event], why: str) -> None:
    """The answer is the SDK's own."""
    assert brought(answered(Reads(events), AsksSize())) is None, why


def test_other_actions_bring_nothing_along() -> None:
    """Only a form's validation is followed by its question."""
    result = answered(Reads([]), AsksSize(), run="action_ask_size")
    assert brought(result) is None
