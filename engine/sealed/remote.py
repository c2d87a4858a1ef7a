"""Rasa's calls of actions: short, their answers checked cheaply, and no half turns.

Four methods of Rasa are replaced:

- `RemoteAction._validate_action_result` calls `jsonschema.validate`, which proves the constant schema itself valid
  again on every call: about 20 ms on the event loop, more than the rest of the turn. Here the schema is proved once,
  and what is plainly an answer of the usual kind is not taken through it at all.
- `RemoteAction._action_call_format` sends the whole domain and the whole session with every call. Here the endpoint
  describes them (see sealed/endpoint.py): the domain by its digest, and in full only to an action server that says it
  does not know it (HTTP 449, the SDK's own protocol); of the session the events of the last few turns.
- `RemoteAction.run` raises ordinary exceptions, which Rasa's processor logs and swallows: the turn goes on without the
  action, is saved that way and looks like an answer. `ActionServerFailed` is a BaseException, so nothing between here
  and the channel takes it for something it may ignore; the turn is dropped unsaved, the lock is released on the way.
  A rejection (HTTP 400, `ActionExecutionRejection`) is no failure: forms and policies mean something by it. It passes.
- `Event.resolve_by_type` walks all classes of events for every event it reads. Here it looks into a table.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from sealed.endpoint import TURNS_SENT, told
from sealed.proofs import NotProved

# Events whose schema asks for nothing beyond the name of the event.
_WITHOUT_DEMANDS = frozenset({"session_started", "active_loop", "action_execution_rejected", "followup"})


class TurnFailed(BaseException):
    """A turn that must not be saved. Not an Exception: Rasa's processor swallows those and goes on."""


class ActionServerFailed(TurnFailed):
    """The action server could not be reached, or its answer is not one. The turn may be repeated."""


_stock_format = RemoteAction._action_call_format
_stock_run = RemoteAction.run
_stock_validate = RemoteAction._validate_action_result
_stock_resolve = Event.resolve_by_type


@functools.lru_cache(maxsize=1)
def _validator() -> jsonschema.protocols.Validator:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def _action_call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    # As they are: the endpoint describes them, when it has to call.
    return {"next_action": self.name(), "tracker": tracker, "domain": domain}


def _is_usual(result: Any) -> bool:
    """Tell whether an answer is valid at first sight; of one that is not, only the schema can tell."""
    if type(result) is not dict:
        return False
    events, responses = result.get("events", []), result.get("responses", [])
    return (
        type(events) is list
        and type(responses) is list
        and all(type(response) is dict for response in responses)
        and all(type(event) is dict and _is_usual_event(event) for event in events)
    )


def _is_usual_event(event: dict[str, Any]) -> bool:
    if type(event.get("timestamp", 0)) not in _NUMBER_OR_NONE or type(event.get("metadata")) not in (dict, type(None)):
        return False
    name = event.get("event")
    if name == "slot":
        return type(event.get("name")) is str and "value" in event
    return type(name) is str and name in _WITHOUT_DEMANDS


_NUMBER_OR_NONE = (int, float, type(None))


def _validate_action_result(_self: RemoteAction, result: Any) -> bool:
    if _is_usual(result):
        return True
    error = best_match(_validator().iter_errors(result))
    if error is not None:
        raise error
    return True


async def _run(self: RemoteAction, *args: Any, **kwargs: Any) -> list[Event]:
    try:
        return await _stock_run(self, *args, **kwargs)
    except ActionExecutionRejection:
        raise
    except Exception as error:
        raise ActionServerFailed(self.name()) from error


@functools.lru_cache(maxsize=1)
def _event_classes() -> dict[str, type[Event]]:
    # Reversed, because Rasa takes the first match of its walk.
    return {cls.type_name: cls for cls in reversed(all_subclasses(Event))}


def _resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    return _event_classes().get(type_name) or _stock_resolve(type_name, default)


def install() -> None:
    """Replace the four methods; `prove` tells whether it took effect."""
    RemoteAction._validate_action_result = _validate_action_result  # type: ignore[method-assign]
    RemoteAction._action_call_format = _action_call_format  # type: ignore[method-assign]
    RemoteAction.run = _run  # type: ignore[method-assign]
    Event.resolve_by_type = staticmethod(_resolve_by_type)  # type: ignore[method-assign]


def uninstall() -> None:
    """Put Rasa's own methods back: for the benchmark and for the test of `prove`."""
    RemoteAction._validate_action_result = _stock_validate  # type: ignore[method-assign]
    RemoteAction._action_call_format = _stock_format  # type: ignore[method-assign]
    RemoteAction.run = _stock_run  # type: ignore[method-assign]
    Event.resolve_by_type = staticmethod(_stock_resolve)  # type: ignore[method-assign]


class _Answering:
    """An action endpoint that gives the same answer to every call."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.call: dict[str, Any] = {}
        self.kwargs: dict[str, Any] = {}

    async def request(self, *, json: dict[str, Any], **_: Any) -> Any:
        self.call = json
        return self.answer


async def _answered(answer: Any, endpoint: _Answering | None = None) -> list[Event]:
    action = RemoteAction("action_proof", endpoint or _Answering(answer))  # type: ignore[arg-type]
    tracker = DialogueStateTracker.from_events("proof", [UserUttered("hello") for _ in range(TURNS_SENT + 1)])
    return await action.run(CollectingOutputChannel(), None, tracker, Domain.empty())  # type: ignore[arg-type]


def prove() -> None:
    """Send a good and several bad answers through `RemoteAction` as it is now.

    Raises NotProved when a bad one passes, fails in a way Rasa would swallow, the schema is proved again on the way, or
    the call holds the whole domain or the whole session.
    """
    kind = validator_for(RemoteAction.action_response_format_spec())
    proofs = 0
    stock_check = kind.check_schema

    def counted(*args: Any, **kwargs: Any) -> None:
        nonlocal proofs
        proofs += 1
        stock_check(*args, **kwargs)

    _validator()
    kind.check_schema = counted
    try:
        # The second event is none of the usual ones and goes through the schema.
        events = [{"event": "slot", "name": "a", "value": 1}, {"event": "restart"}]
        good = asyncio.run(_answered({"events": events, "responses": []}))
    finally:
        kind.check_schema = stock_check
    if proofs or [event.type_name for event in good] != ["slot", "restart"]:
        raise NotProved("the validator of action answers built once is not the one in use")
    for bad in (
        None,
        [],
        {"events": {}},
        {"events": [{}]},
        {"events": [{"event": "slot"}]},
        {"events": [{"event": "no"}]},
    ):
        try:
            asyncio.run(_answered(bad))
        except ActionServerFailed:
            continue
        except Exception as error:
            raise NotProved("a malformed action answer fails in a way that Rasa swallows") from error
        raise NotProved("a malformed action answer passes")
    asked = _Answering({"events": [], "responses": []})
    asyncio.run(_answered(None, asked))
    as_they_are = isinstance(asked.call.get("domain"), Domain) and "tracker" in asked.call
    if not as_they_are or len(told("", asked.call["tracker"], {})["tracker"]["events"]) != TURNS_SENT:
        raise NotProved("the calls of actions hold the whole domain or the whole session")
    if Event.resolve_by_type("slot") is not _stock_resolve("slot"):
        raise NotProved("the table of event classes is not Rasa's")
