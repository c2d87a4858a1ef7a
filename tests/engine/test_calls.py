"""What the engine sends to the action server, and how it reads what comes back."""

import subprocess
from collections.abc import Callable

import pytest

from tests.engine.running import Engine

Inside = Callable[[str], "subprocess.CompletedProcess[str]"]


def test_the_domain_is_sent_to_an_action_server_that_does_not_know_it(engine: Engine, sender: str) -> None:
    """Once, and once more when the action server was restarted; no action runs twice for it."""
    actions = engine.actions
    actions.digest, actions.asked_for_domain = None, 0
    for _ in range(2):
        for _ in range(2):
            assert engine.says(sender, "show the menu").json()[0]["text"] == "You are served soup."
        actions.digest = None
    assert actions.asked_for_domain == 2  # one for each start
    assert ["domain" in call.body for call in actions.calls] == [True, False, True, False]
    assert "utter_said" in actions.calls[0].body["domain"]["responses"]


def test_an_action_sees_the_last_turns_and_the_whole_state(engine: Engine, sender: str) -> None:
    """The events of three turns; a slot that was set before them all the same."""
    engine.says(sender, "take my order please")
    engine.says(sender, "a soup")
    engine.says(sender, "cancel that")
    for _ in range(4):
        engine.says(sender, "hello")
    engine.says(sender, "show the menu")
    tracker = engine.actions.calls[-1].body["tracker"]
    said = [event["text"] for event in tracker["events"] if event["event"] == "user"]
    assert said == ["hello", "hello", "show the menu"]
    assert tracker["events"][0]["event"] == "user"
    assert tracker["slots"]["dish"] == "a soup"
    assert tracker["latest_message"]["text"] == "show the menu"
    assert tracker["latest_message"]["intent"]["name"] == "show"
    assert (tracker["active_loop"], tracker["latest_action_name"]) == ({}, "action_listen")


def test_an_action_sees_what_was_said_and_done_in_a_turn(engine: Engine, sender: str) -> None:
    """The form that passed the turn on, by its name, and what we said by the name of the response."""
    engine.says(sender, "take my order please")
    engine.says(sender, "no idea")
    tracker = engine.actions.calls[-1].body["tracker"]
    assert (tracker["active_loop"]["name"], tracker["slots"]["requested_slot"]) == ("order_form", "dish")
    told = [(event["event"], event.get("name") or event.get("metadata")) for event in tracker["events"]]
    assert ("bot", {"utter_action": "utter_ask_dish"}) in told
    assert ("action_execution_rejected", "order_form") in told


BROUGHT = {"action": "action_ask_size", "events": [], "responses": [{"text": "How big?"}]}
DISH = {"event": "slot", "name": "dish", "value": "a soup"}


def test_a_question_that_was_brought_along_needs_no_call(engine: Engine, sender: str) -> None:
    """One call for the turn instead of two; the next turn asks its own question."""
    engine.says(sender, "take my order please")
    engine.actions.answers["validate_order_form"] = (200, {"events": [DISH], "responses": [], "question": BROUGHT})
    assert [message["text"] for message in engine.says(sender, "a soup").json()] == ["How big?"]
    assert engine.actions.called("action_ask_size") == 0
    engine.actions.answers.clear()
    engine.says(sender, "hello")
    assert engine.actions.calls[-1].body["tracker"]["slots"]["dish"] == "a soup"


@pytest.mark.parametrize(
    ("events", "question"),
    [
        ([DISH], BROUGHT | {"action": "action_ask_dish"}),
        ([DISH, {"event": "followup", "name": None}], {**BROUGHT, "action": "action_show"}),
        ([DISH], None),
    ],
)
def test_a_question_to_another_call_is_left(
    engine: Engine, sender: str, events: list[object], question: object
) -> None:
    """The action that does ask is called."""
    engine.says(sender, "take my order please")
    engine.actions.answers["validate_order_form"] = (200, {"events": events, "responses": [], "question": question})
    assert [message["text"] for message in engine.says(sender, "a soup").json()] == ["Which size?"]
    assert engine.actions.called("action_ask_size") == 1


@pytest.mark.parametrize(
    "question",
    [[], "action_ask_size", {}, {"action": 1}, BROUGHT | {"events": {}}, BROUGHT | {"responses": ["How big?"]}],
)
def test_a_malformed_question_is_no_answer(engine: Engine, sender: str, question: object) -> None:
    """The turn is not saved and succeeds when it is repeated."""
    engine.says(sender, "take my order please")
    engine.actions.answers["validate_order_form"] = (200, {"events": [DISH], "responses": [], "question": question})
    failed = engine.says(sender, "a soup", message_id="once")
    assert (failed.status_code, failed.json()) == (503, {"error": "action_server"})
    engine.actions.answers.clear()
    assert [message["text"] for message in engine.says(sender, "a soup", message_id="once").json()] == ["Which size?"]


def test_a_question_counts_for_the_slots_that_it_was_foreseen_for(inside: Inside) -> None:
    """And for the very next call only."""
    ran = inside(
        "import asyncio, json\n"
        "from rasa.shared.core.domain import Domain\n"
        "from rasa.shared.core.events import SlotSet\n"
        "from rasa.shared.core.slots import AnySlot\n"
        "from rasa.shared.core.trackers import DialogueStateTracker\n"
        "from sealed.endpoint import ActionEndpoint\n"
        "question = {'action': 'ask', 'events': [], 'responses': [{'text': 'brought'}]}\n"
        "answer = {'events': [{'event': 'slot', 'name': 'a', 'value': 1}], 'responses': [], 'question': question}\n"
        "class Endpoint(ActionEndpoint):\n"
        "    async def _post(self, call):\n"
        "        action = json.loads(call)['next_action']\n"
        "        given = answer if action == 'read' else {'responses': [{'text': action}]}\n"
        "        return 200, '', json.dumps(given).encode()\n"
        "endpoint = Endpoint('http://nowhere')\n"
        "def tracker(value):\n"
        "    slots = [AnySlot('a', mappings=[{}], influence_conversation=False)]\n"
        "    return DialogueStateTracker.from_events('c', [SlotSet('a', value)], slots)\n"
        "async def turn(*calls):\n"
        "    for action, value in calls:\n"
        "        call = {'next_action': action, 'tracker': tracker(value), 'domain': Domain.empty()}\n"
        "        said = await endpoint.request(json=call)\n"
        "    return said['responses'][0]['text'] if said['responses'] else None\n"
        "async def both():\n"
        "    read = asyncio.ensure_future(turn(('read', 0), ('wait', 0), ('ask', 1)))\n"
        "    return await read, await asyncio.ensure_future(turn(('ask', 1)))\n"
        "print(asyncio.run(turn(('read', 0), ('ask', 1))))\n"
        "print(asyncio.run(turn(('read', 0), ('ask', 2))))\n"
        "print(*asyncio.run(both()))\n"
    )
    assert ran.stdout.split() == ["brought", "ask", "ask", "ask"], ran.stderr


def test_an_answer_that_passes_at_first_sight_is_valid(inside: Inside) -> None:
    """Of all that can be made of likely and unlikely parts; and the usual answers do pass at first sight."""
    ran = inside(
        "import itertools\n"
        "from sealed import remote\n"
        "missing = object()\n"
        "values = [missing, None, True, 1, 1.5, 'slot', [], {}]\n"
        "names = [*values, 'session_started', 'active_loop', 'action', 'user', 'entities', 'restart', 'no_event']\n"
        "usual = 0\n"
        "for parts in itertools.product(names, values, values, values, values):\n"
        "    keys = zip(('event', 'name', 'value', 'timestamp', 'metadata'), parts)\n"
        "    event = {key: part for key, part in keys if part is not missing}\n"
        "    if remote._is_usual({'events': [event], 'responses': [{}]}):\n"
        "        usual += 1\n"
        "        remote._validator().validate({'events': [event], 'responses': [{}]})\n"
        "for answer in (None, [], {'events': None}, {'events': {}}, {'responses': ['x']}, {'events': ['x']}):\n"
        "    assert not remote._is_usual(answer), answer\n"
        "assert remote._is_usual({'events': [{'event': 'slot', 'timestamp': None, 'name': 'a', 'value': None}]})\n"
        "print(usual > 100)\n"
    )
    assert ran.stdout.strip() == "True", ran.stderr


def test_what_is_left_out_for_the_log_is_proved(inside: Inside) -> None:
    """A module that copies for something else, or whose copies are back, stops the start."""
    ran = inside(
        "import sealed.quiet; sealed.quiet.calm()\n"
        "import copy, types\n"
        "import rasa.shared.core.trackers as copying\n"
        "from sealed import proofs, uncopied\n"
        "def told():\n"
        "    try:\n"
        "        uncopied.prove()\n"
        "    except proofs.NotProved as sentence:\n"
        "        return str(sentence)\n"
        "    return 'holds'\n"
        "uncopied.install(); print(told())\n"
        "uncopied.MODULES[0].copy = copy; print(told())\n"
        "own = types.ModuleType('own'); own.__file__ = copying.__file__; uncopied.MODULES = (own,)\n"
        "uncopied.install(); print(told())\n"
    )
    assert ran.stdout.splitlines() == [
        "holds",
        "rasa.core.processor copies for its debug lines",
        "own copies for more than its debug lines",
    ], ran.stderr
