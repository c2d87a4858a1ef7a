"""The action server as the engine reaches it: one kept connection, short calls, and a form's question brought along.

Rasa calls twice for every answer to a form's question: once to read the answer, once for the next question. Our action
server foresees the second call and brings its answer along under the key "question", with the name of the action. It
counts only for the very next call of the same turn, and only when that is of this action and the slots are those that
the first answer leads to; otherwise the call is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
import rasa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

# Two calls a turn stay well below the 60 seconds after which Rasa's lock would let a second turn of the sender in.
ANSWER_WITHIN_SECONDS = 25.0

TURNS_SENT = 3
"""The user's turns, the present one included, whose events an action sees. Slots and form state are always whole."""

_DOMAIN_UNKNOWN = 449
_BAD_STATUS = 400

# Of the latest message. What else the model thought of it, and the answers it looked up, is Rasa's own business.
_HEARD = ("text", "intent", "entities", "message_id", "metadata")


@dataclass(frozen=True)
class _Question:
    """An answer that was brought along, to a call of `action` that finds the slots as foreseen."""

    action: str
    slots: dict[str, Any]
    answer: Any

    def answers(self, action: str, slots: dict[str, Any]) -> bool:
        return action == self.action and slots == self.slots


# Of one turn: each is worked on in a task of its own.
_brought: ContextVar[_Question | None] = ContextVar("brought", default=None)


class ActionEndpoint(EndpointConfig):
    """The action server behind one kept connection instead of a new one for every call.

    The connection is dropped after five idle seconds, long before the server would drop it (120 s), so that a call
    never goes out on a connection the server is just closing.
    """

    _kept: aiohttp.ClientSession | None = None
    _described: tuple[Domain, str, bytes] | None = None

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

    async def request(self, *, json: dict[str, Any], **_: Any) -> Any:  # type: ignore[override]
        """Call the action "next_action" for a "tracker" in a "domain", both as they are; return the JSON of the answer.

        Raises Rasa's ClientResponseError for a status of 400 and above, ValueError for an answer that can't be read.
        A status of 449 means that nothing ran: the call is repeated with the domain in full, once.
        """
        action, tracker = json["next_action"], json["tracker"]
        slots = tracker.current_slot_values()
        question = _brought.get()
        _brought.set(None)
        if question is not None and question.answers(action, slots):
            return question.answer
        digest, described = self._describe(json["domain"])
        call = _compact(told(action, tracker, slots) | {"domain_digest": digest})
        status, reason, answer = await self._post(call)
        if status == _DOMAIN_UNKNOWN:
            status, reason, answer = await self._post(call[:-1] + b',"domain":' + described + b"}")
        if status >= _BAD_STATUS:
            raise ClientResponseError(status, reason, answer)
        return _read(answer, slots)

    async def _post(self, call: bytes) -> tuple[int, str, bytes]:
        async with (
            self.session() as session,
            session.post(self.url, data=call, headers={"Content-Type": "application/json"}) as response,
        ):
            return response.status, response.reason or "", await response.read()

    def _describe(self, domain: Domain) -> tuple[str, bytes]:
        if self._described is None or self._described[0] is not domain:
            described = _compact(domain.as_dict())
            self._described = (domain, hashlib.sha256(described).hexdigest(), described)
        return self._described[1:]

    async def close(self) -> None:
        """Close the kept connections."""
        if self._kept is not None:
            await self._kept.close()


def told(action: str, tracker: DialogueStateTracker, slots: dict[str, Any]) -> dict[str, Any]:
    """Return a call in the SDK's shape, without its domain: of the conversation what an action may need to know."""
    message = tracker.latest_message
    heard = {key: message.parse_data[key] for key in _HEARD if key in message.parse_data} if message else None
    if message and heard is not None:
        heard["entities"] = message.entities
    loop = tracker.active_loop
    return {
        "next_action": action,
        "sender_id": tracker.sender_id,
        "version": rasa.__version__,
        "tracker": {
            "sender_id": tracker.sender_id,
            "slots": slots,
            "latest_message": heard,
            "latest_event_time": tracker.events[-1].timestamp if tracker.events else None,
            "followup_action": tracker.followup_action,
            "paused": tracker.is_paused(),
            "events": [_told_of(event) for event in _recent(list(tracker.events))],
            "latest_input_channel": tracker.get_latest_input_channel(),
            "active_loop": {"name": loop.name, "is_interrupted": loop.is_interrupted, "rejected": loop.rejected}
            if loop
            else {},
            "latest_action_name": tracker.latest_action_name,
        },
    }


def _recent(events: list[Event]) -> list[Event]:
    turns = 0
    for index in reversed(range(len(events))):
        turns += isinstance(events[index], UserUttered)
        if turns == TURNS_SENT:
            return events[index:]
    return events


def _told_of(event: Event) -> dict[str, Any]:
    described: dict[str, Any] = {"event": event.type_name, "timestamp": event.timestamp}
    if isinstance(event, BotUttered):
        described["metadata"] = {"utter_action": event.metadata.get("utter_action")}
    elif isinstance(event, UserUttered):
        described["text"] = event.text
    elif isinstance(event, SlotSet):
        described |= {"name": event.key, "value": event.value}
    elif isinstance(event, (ActionExecuted, ActionExecutionRejected)):
        described["name"] = event.action_name
    return described


def _read(answer: bytes, slots: dict[str, Any]) -> Any:
    result = json.loads(answer)
    question = result.pop("question", None) if type(result) is dict else None
    if question is not None:
        if type(question) is not dict or type(question.get("action")) is not str:
            raise ValueError("question")
        changed = {event["name"]: event["value"] for event in result["events"] if event.get("event") == "slot"}
        _brought.set(_Question(question.pop("action"), slots | changed, question))
    return result


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
