"""Rasa's agent and processor, made to keep a turn whole: answered once, saved whole or not at all, short sessions."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.events import Restarted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name

from sealed.remote import TurnFailed
from sealed.runner import OrderedGraphRunner
from sealed.tracker import SealedTrackerStore

# Every turn goes through the events of its session more than once: 0.05 ms an event. A session that grew
# beyond this begins anew with the next turn, unless a form is being filled in, whose state would be lost.
EVENTS_OF_A_SESSION = 250
LANGUAGE = "language"  # the slot that the conditions of the responses ask for


class _Strict:
    """An action whose unexpected errors end the turn instead of being logged and forgotten by the processor."""

    def __init__(self, action: Action) -> None:
        self._action = action

    def __getattr__(self, name: str) -> Any:
        return getattr(self._action, name)

    async def run(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await self._action.run(*args, **kwargs)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            raise TurnFailed(self._action.name()) from error


def _circle(*_: Any) -> None:
    # Rasa would save and send what ten actions in a row had to say.
    raise TurnFailed("the rules go round in circles")


class SealedProcessor(MessageProcessor):
    """MessageProcessor that answers a message once and never saves a turn in which something broke."""

    tracker_store: SealedTrackerStore

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, OrderedGraphRunner]:
        path = Path(model_path)
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            metadata, runner = loader.load_predict_graph_runner(
                Path(folder), path, LocalModelStorage, OrderedGraphRunner
            )
        assert isinstance(runner, OrderedGraphRunner)
        return path.name, metadata, runner

    @staticmethod
    def _log_slots(tracker: DialogueStateTracker) -> None:
        """Skip the text of all slots for a debug line that is never written."""

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Skip the warning of names that the domain lacks: model and domain are one file, and `make check` looks at it.

        To find out that its domain isn't empty, Rasa makes an empty one and writes both out as a dictionary.
        """

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """Answer from the tracker what was answered before, else run the turn. Called with the sender's lock held.

        The lock is why the look-up is here and not in the channel: a repeat that arrives while the first is still being
        worked on must wait and then find it.
        """
        answered = self.tracker_store.answered(message.sender_id, message.message_id)
        if answered is None:
            return await super().handle_message(message)
        for uttered in answered:
            await message.output_channel.send_response(message.sender_id, uttered.message())
        assert isinstance(message.output_channel, CollectingOutputChannel)
        return message.output_channel.messages

    async def _handle_message_with_tracker(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        """Note the language that the gateway asks for before anything is answered, then go on as Rasa does.

        No rule runs an action on every turn, and one that did would cost each of them a call.
        """
        language = (message.metadata or {}).get(LANGUAGE)
        if language and tracker.slots.get(LANGUAGE) and tracker.get_slot(LANGUAGE) != language:
            tracker.update(SlotSet(LANGUAGE, language), self.domain)
        await super()._handle_message_with_tracker(message, tracker)

    async def _run_action(self, action: Action, *args: Any, **kwargs: Any) -> bool:
        return await super()._run_action(_Strict(action), *args, **kwargs)  # type: ignore[arg-type]

    def _has_session_expired(self, tracker: DialogueStateTracker) -> bool:
        if len(tracker.events) > EVENTS_OF_A_SESSION and tracker.active_loop_name is None:
            return True
        config = self.domain.session_config
        # Rasa looks for the last message among the events that a form has not folded away: there, the last one would be
        # the one that began the form, and an hour later the session would end between two answers.
        for event in reversed(tracker.events):
            if isinstance(event, (SessionStarted, Restarted)):
                break
            if isinstance(event, UserUttered):
                silent = time.time() - event.timestamp
                return bool(config.are_sessions_enabled() and silent > config.session_expiration_time * 60)
        return False


class SealedAgent(Agent):
    """Agent with our processor, and with the tracker store itself instead of Rasa's fail-safe around it.

    The fail-safe turns a failing read into an empty conversation and a failing save into one kept in memory that nobody
    reads again. Here a failing store fails the turn.
    """

    @staticmethod
    def _create_tracker_store(store: Any, domain: Any) -> Any:
        store.domain = domain
        return store

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Load as Rasa does, with our processor."""
        self.processor = SealedProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
            on_circuit_break=_circle,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.tracker_store.domain = self.domain
        self.nlg.responses = self.domain.responses
