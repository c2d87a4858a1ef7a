"""The way to the action server: one kept connection, answers checked by a validator built once, and no half turns.

Three methods of Rasa are replaced:

- `RemoteAction._validate_action_result` calls `jsonschema.validate`, which proves the constant schema itself valid
  again on every call: about 20 ms on the event loop, more than the rest of the turn. Here the schema is proved once.
- `RemoteAction.run` raises ordinary exceptions, which Rasa's processor logs and swallows: the turn goes on without the
  action, is saved that way and looks like an answer. `ActionServerFailed` is a BaseException, so nothing between here
  and the channel takes it for something it may ignore; the turn is dropped unsaved, the lock is released on the way.
  A rejection (HTTP 400, `ActionExecutionRejection`) is no failure: forms and policies mean something by it. It passes.
- `Event.resolve_by_type` walks all classes of events for every event it reads. Here it looks into a table.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jsonschema
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import EndpointConfig

from sealed.proofs import NotProved

# Two calls a turn stay well below the 60 seconds after which Rasa's lock would let a second turn of the sender in.
ANSWER_WITHIN_SECONDS = 25.0


class TurnFailed(BaseException):
    """A turn that must not be saved. Not an Exception: Rasa's processor swallows those and goes on."""


class ActionServerFailed(TurnFailed):
    """The action server could not be reached, or its answer is not one. The turn may be repeated."""


class ActionEndpoint(EndpointConfig):
    """The action server behind one kept connection instead of a new one for every call.

    The connection is dropped after five idle seconds, long before the server would drop it (120 s), so that a call
    never goes out on a connection the server is just closing.
    """

    _kept: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:  # type: ignore[override]
        """Lend the kept session; made on first use because it belongs to the running loop."""
        if self._kept is None:
            self._kept = aiohttp.ClientSession(
                headers=self.headers,
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=5.0),
                timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_SECONDS),
            )
        yield self._kept

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Do as Rasa does, with our timeout in place of Rasa's 300 s."""
        kwargs["timeout"] = aiohttp.ClientTimeout(total=ANSWER_WITHIN_SECONDS)
        return await super().request(*args, **kwargs)

    async def close(self) -> None:
        """Close the kept connections."""
        if self._kept is not None:
            await self._kept.close()


_stock_run = RemoteAction.run
_stock_validate = RemoteAction._validate_action_result
_stock_resolve = Event.resolve_by_type


@functools.lru_cache(maxsize=1)
def _validator() -> jsonschema.protocols.Validator:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def _validate_action_result(_self: RemoteAction, result: Any) -> bool:
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
    """Replace the three methods; `prove` tells whether it took effect."""
    RemoteAction._validate_action_result = _validate_action_result  # type: ignore[method-assign]
    RemoteAction.run = _run  # type: ignore[method-assign]
    Event.resolve_by_type = staticmethod(_resolve_by_type)  # type: ignore[method-assign]


def uninstall() -> None:
    """Put Rasa's own methods back: for the benchmark and for the test of `prove`."""
    RemoteAction._validate_action_result = _stock_validate  # type: ignore[method-assign]
    RemoteAction.run = _stock_run  # type: ignore[method-assign]
    Event.resolve_by_type = staticmethod(_stock_resolve)  # type: ignore[method-assign]


class _Answering:
    """An action endpoint that gives the same answer to every call."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.kwargs: dict[str, Any] = {}

    async def request(self, **_: Any) -> Any:
        return self.answer


async def _answered(answer: Any) -> list[Event]:
    action = RemoteAction("action_proof", _Answering(answer))  # type: ignore[arg-type]
    tracker = DialogueStateTracker.from_events("proof", [])
    return await action.run(CollectingOutputChannel(), None, tracker, Domain.empty())  # type: ignore[arg-type]


def prove() -> None:
    """Send a good and several bad answers through `RemoteAction` as it is now.

    Raises NotProved when a bad one passes, fails in a way Rasa would swallow, or the schema is proved again on the way.
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
        good = asyncio.run(_answered({"events": [{"event": "slot", "name": "a", "value": 1}], "responses": []}))
    finally:
        kind.check_schema = stock_check
    if proofs or [event.type_name for event in good] != ["slot"]:
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
    if Event.resolve_by_type("slot") is not _stock_resolve("slot"):
        raise NotProved("the table of event classes is not Rasa's")
