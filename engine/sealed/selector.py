"""Name the answer within a retrieval intent (`faq/<key>`, `chitchat/<key>`) as the classifier ranked it.

Rasa's ResponseSelector is a neural network per intent. Our classifier tells the answers apart anyway; this leaves on
the message what the ResponseSelector would, so that Rasa's own `utter_faq` finds its answer.
"""

from __future__ import annotations

from typing import Any

import rasa.shared.utils.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.nlu.training_data.util import intent_response_key_to_template_key

from sealed.classifier import ANSWERS, Ranking

_PROPERTY = "response_selector"
_TABLE = "answers.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RankedAnswerSelector(IntentClassifier, GraphComponent):
    """Answer selector for all retrieval intents of the training data; put it behind the intent classifier.

    Works on the retrieval intents among the likeliest `intents` of a message (default 3) and keeps `ranking_length`
    answers each (default 3): what it leaves on the message is stored with every turn.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what must come before it: in training nothing does, and Rasa can't say it of the work alone."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of its entry in config.yml."""
        return {"intents": 3, "ranking_length": 3}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Make a selector that knows no answers yet."""
        self.config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self.intents: list[str] = []
        self.responses: dict[str, list[dict[str, Any]]] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RankedAnswerSelector:
        """Make a selector that knows no answers yet (Rasa's entry point)."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Note which intents have answers, and the answers' words."""
        self.intents = sorted(training_data.retrieval_intents)
        self.responses = {key: responses for key, responses in training_data.responses.items() if "/" in key}
        with self._model_storage.write_to(self._resource) as directory:
            table = {"responses": self.responses, "intents": self.intents}
            rasa.shared.utils.io.dump_obj_as_json_to_file(directory / _TABLE, table)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> RankedAnswerSelector:
        """Load what `train` noted."""
        selector = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            table = rasa.shared.utils.io.read_json_file(directory / _TABLE)
        selector.intents, selector.responses = table["intents"], table["responses"]
        return selector

    def process(self, messages: list[Message]) -> list[Message]:
        """Leave the likeliest answers on each message, in the shape of Rasa's ResponseSelector."""
        for message in messages:
            chosen: dict[str, Any] = {"all_retrieval_intents": self.intents}
            likeliest = [ranked["name"] for ranked in message.get("intent_ranking", [])[: self.config["intents"]]]
            answers: dict[str, Ranking] = message.get(ANSWERS) or {}
            chosen.update({intent: self._answer(answers[intent]) for intent in likeliest if intent in answers})
            message.set(_PROPERTY, chosen, add_to_output=True)
        return messages

    def _answer(self, answers: Ranking) -> dict[str, Any]:
        ranked = answers[: self.config["ranking_length"]]
        key, confidence = ranked[0]
        utterance = intent_response_key_to_template_key(key)
        return {
            "response": {
                "responses": self.responses.get(utterance, []),
                "confidence": confidence,
                "intent_response_key": key,
                "utter_action": utterance,
            },
            "ranking": [{"confidence": confidence, "intent_response_key": key} for key, confidence in ranked],
        }

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Do as for messages."""
        self.process(training_data.training_examples)
        return training_data

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration: numbers of nothing are nothing."""
