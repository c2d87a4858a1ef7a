"""Conversations in the engine's memory: the same as on disk, and nothing of a turn that failed."""

import json
import subprocess
from collections.abc import Callable

Inside = Callable[[str], "subprocess.CompletedProcess[str]"]

# What each program begins with: a store on disk, and turns that are made of events.
BEGIN = """
import sealed.quiet; sealed.quiet.calm()
import asyncio, json, pathlib, tempfile
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted, ActiveLoop, BotUttered, FollowupAction, LoopInterrupted, SessionStarted, SlotSet, UserUttered
)
from rasa.shared.core.trackers import EventVerbosity
from sealed import tracker
DOMAIN = Domain.from_dict({"intents": ["greet"], "slots": {"dish": {"type": "text", "mappings": [{"type": "custom"}]}}})
URL = f"sqlite:///{tempfile.mkdtemp()}/conversations.db"
def opened():
    return tracker.SealedTrackerStore(DOMAIN, URL)
store = opened()
reads = []
def counted(_connection, _cursor, statement, *_):
    if statement.startswith("SELECT events.id"):
        reads.append(statement)
sa.event.listen(store.engine, "before_cursor_execute", counted)
def turn(sender, *events, saved=True, on=None):
    async def run():
        conversation = await (on or store).get_or_create_tracker(sender, append_action_listen=False)
        conversation.update_with_events(list(events), DOMAIN)
        if saved:
            await (on or store).save(conversation)
        return conversation
    return asyncio.run(run())
def said(text):
    return UserUttered(text, {"name": "greet", "confidence": 1.0}, message_id=text)
def state(conversation):
    told = conversation.current_state(EventVerbosity.ALL)
    return json.loads(json.dumps(told))
"""


def told(ran: "subprocess.CompletedProcess[str]") -> list[object]:
    """Return what a program printed, a JSON value a line."""
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_what_is_kept_is_what_another_process_reads(inside: Inside) -> None:
    """Over slots, a form, an interruption: without a read, and in the very state that the disk gives."""
    ran = inside(
        BEGIN + "turn('c', ActionExecuted('action_session_start'), SessionStarted(), ActionExecuted('action_listen'))\n"
        "turn('c', said('one'), SlotSet('dish', 'soup'), ActiveLoop('order_form'), BotUttered('Which size?'))\n"
        "before = len(reads)\n"
        "turn('c', said('two'), LoopInterrupted(True), ActionExecuted('order_form'), ActionExecuted('action_listen'))\n"
        "kept = turn('c', said('three'), ActiveLoop(None), FollowupAction('action_listen'))\n"
        "print(len(reads) - before)\n"
        "read = asyncio.run(opened().retrieve('c'))\n"
        "print(json.dumps(state(kept) == state(read)))\n"
        "print(len(read.events))\n"
    )
    assert told(ran) == [0, True, 13]


def test_a_turn_that_failed_leaves_nothing_in_memory(inside: Inside) -> None:
    """What it did to the conversation is gone, whether it was never saved or the database refused it."""
    ran = inside(
        BEGIN + "turn('c', said('one'))\n"
        "turn('c', said('two'), SlotSet('dish', 'soup'), saved=False)\n"
        "print(len(turn('c', saved=False).events))\n"
        "try:\n"
        "    turn('c', said('three'), said('one'))\n"
        "except sa.exc.IntegrityError:\n"
        "    print(len(asyncio.run(store.retrieve('c')).events))\n"
        "again = turn('c', said('four'))\n"
        "read = asyncio.run(opened().retrieve('c'))\n"
        "print(json.dumps([len(again.events), again.get_slot('dish'), state(again) == state(read)]))\n"
    )
    assert told(ran) == [1, 1, [2, None, True]]


def test_the_longest_unused_is_forgotten_first(inside: Inside) -> None:
    """By the number of senders, and by the number of events; what is forgotten comes from disk."""
    ran = inside(
        BEGIN + "tracker.KEPT_SENDERS, tracker.KEPT_EVENTS = 2, 10\n"
        "for sender in 'abca':\n"
        "    turn(sender, said(str(len(reads))))\n"
        "print(json.dumps(sorted(store._kept)))\n"
        "for word in 'xyz':\n"
        "    turn('c', said(word), said(word + 'x'), said(word + 'y'))\n"
        "print(json.dumps([sorted(store._kept), store._kept_events]))\n"
        "turn('a', said('again'))\n"
        "print(json.dumps([sorted(store._kept), store._kept_events]))\n"
        "print(len(asyncio.run(opened().retrieve('c')).events))\n"
    )
    assert told(ran) == [["a", "c"], [["c"], 10], [["a"], 3], 10]


def test_a_new_session_leaves_the_ones_before_on_disk(inside: Inside) -> None:
    """What is kept does not grow over the sessions."""
    ran = inside(
        BEGIN + "turn('c', said('one'))\n"
        "turn('c', SessionStarted(), said('two'))\n"
        "print(len(turn('c', said('three')).events))\n"
        "print(len(asyncio.run(opened().retrieve('c')).events))\n"
        "print(len(asyncio.run(opened().retrieve_full_tracker('c')).events))\n"
    )
    assert told(ran) == [3, 3, 4]


def test_turns_that_overlap_are_read_from_disk_afterwards(inside: Inside) -> None:
    """Rasa's lock expires after a minute: two turns of a sender may then end one after the other."""
    ran = inside(
        BEGIN + "turn('c', said('one'))\n"
        "slow = turn('c', said('slow'), saved=False)\n"
        "turn('c', said('two'))\n"
        "asyncio.run(store.save(slow))\n"
        "print(len(turn('c', said('three')).events))\n"
        "print(len(asyncio.run(opened().retrieve('c')).events))\n"
    )
    assert told(ran) == [4, 4]


def test_a_copy_is_one_that_rasa_makes(inside: Inside) -> None:
    """The same events and state, and what happens to it does not happen to the conversation."""
    ran = inside(
        BEGIN + "from rasa.shared.core.trackers import DialogueStateTracker\n"
        "own = turn('c', said('one'), SlotSet('dish', 'soup'), ActiveLoop('order_form'), ActionExecuted('listen'))\n"
        "mine, rasas = own.copy(), DialogueStateTracker.copy(own)\n"
        "ours = {'stored', '_applied'}\n"
        "print(json.dumps([state(mine) == state(rasas), vars(mine).keys() - ours == vars(rasas).keys()]))\n"
        "before = state(own)\n"
        "mine.update_with_events([SlotSet('dish', None), LoopInterrupted(True), said('two')], DOMAIN)\n"
        "mine.reject_action('order_form')\n"
        "print(json.dumps(state(own) == before))\n"
    )
    assert told(ran) == [[True, True], True]


def test_the_applied_events_are_rasas(inside: Inside) -> None:
    """After every event, with a form that folds its turns away."""
    ran = inside(
        BEGIN + "from rasa.shared.core.trackers import DialogueStateTracker\n"
        "own = store.init_tracker('c')\n"
        "form, listen = (lambda: ActionExecuted('order_form')), (lambda: ActionExecuted('action_listen'))\n"
        "events = [listen(), said('one'), form(), ActiveLoop('order_form'), listen(), said('two'), form(), listen()]\n"
        "same = []\n"
        "for event in [*events, SessionStarted(), said('three')]:\n"
        "    own.update(event)\n"
        "    for _ in range(2):\n"
        "        same.append(own.applied_events() == DialogueStateTracker.applied_events(own))\n"
        "    own.applied_events().clear()\n"
        "print(json.dumps([all(same), len(same), len(own.applied_events())]))\n"
    )
    assert told(ran) == [[True, 20, 1]]


def test_a_session_ends_an_hour_after_the_last_message(inside: Inside) -> None:
    """Not an hour after the message that began a form, between two of its answers; and a new one has not ended."""
    ran = inside(
        BEGIN + "import time\n"
        "from sealed.processor import SealedProcessor\n"
        "processor = object.__new__(SealedProcessor)\n"
        "processor.domain = DOMAIN\n"
        "def ended(*minutes_ago):\n"
        "    own = store.init_tracker('c')\n"
        "    for minutes in minutes_ago:\n"
        "        if minutes is None:\n"
        "            own.update(SessionStarted())\n"
        "            continue\n"
        "        own.update(UserUttered('x', timestamp=time.time() - 60 * minutes))\n"
        "        own.update(ActionExecuted('order_form'))\n"
        "        own.update(ActiveLoop('order_form'))\n"
        "        own.update(ActionExecuted('action_listen'))\n"
        "    return processor._has_session_expired(own)\n"
        "print(json.dumps([ended(90, 50, 10), ended(90, 61), ended(90, None), ended()]))\n"
    )
    assert told(ran) == [[False, True, False, False]]
