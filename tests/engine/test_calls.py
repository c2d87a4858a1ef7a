"""What the engine sends to the action server, and how it reads what comes back."""

import subprocess
from collections.abc import Callable

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
    """The events of four turns; a slot that was set before them all the same."""
    engine.says(sender, "take my order please")
    engine.says(sender, "a soup")
    engine.says(sender, "cancel that")
    for _ in range(4):
        engine.says(sender, "hello")
    engine.says(sender, "show the menu")
    tracker = engine.actions.calls[-1].body["tracker"]
    said = [event["text"] for event in tracker["events"] if event["event"] == "user"]
    assert said == ["hello", "hello", "hello", "show the menu"]
    assert tracker["events"][0]["event"] == "user"
    assert tracker["slots"]["dish"] == "a soup"
    assert tracker["latest_message"]["text"] == "show the menu"
    assert (tracker["active_loop"], tracker["latest_action_name"]) == ({}, "action_listen")


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
