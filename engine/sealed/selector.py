"""Choose the answer within a retrieval intent (`faq/<key>`, `chitchat/<key>`) with logistic regression.

Rasa's ResponseSelector is a neural network per intent. This one fits the same regression as the intent classifier, on
the n-gram features that are there already, and leaves on the message what the ResponseSelector would, so that Rasa's
own `utter_faq` finds its answer.
"""

from __future__ import annotations

from typing import Any

import rasa.shared.utils.io
import skops.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.nlu.training_data.util import intent_response_key_to_template_key
from scipy.sparse import vstack
from sklearn.pipeline import Pipeline

from sealed.classifier import TRUSTED, sentence_features, weighted_regression
from sealed.regression import Counts, Regression

_PROPERTY = "response_selector"
_TABLE = "answers.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LogisticRegressionSelector(IntentClassifier, GraphComponent):
    """Answer selector for all retrieval intents of the training data; put it behind the intent classifier.

    Works on the retrieval intents among the likeliest `intents` of a message (default 3) and keeps `ranking_length`
    answers each (default 3): what it leaves on the message is stored with every turn.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what must come before it."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of its entry in config.yml."""
        return {"intents": 3, "ranking_length": 3, "C": 30.0, "max_iter": 200, "random_state": 42}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Make an untrained selector."""
        self.config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        # By retrieval intent: the classifier, or the one answer there is.
        self.classifiers: dict[str, Pipeline | str] = {}
        self._regressions: dict[str, Regression] = {}
        self.responses: dict[str, list[dict[str, Any]]] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LogisticRegressionSelector:
        """Make an untrained selector (Rasa's entry point)."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit one classifier for each retrieval intent, and persist them."""
        self.responses = {key: responses for key, responses in training_data.responses.items() if "/" in key}
        for intent in sorted(training_data.retrieval_intents):
            examples = [example for example in training_data.intent_examples if example.get(INTENT) == intent]
            examples = [example for example in examples if example.get(TEXT) and example.get(INTENT_RESPONSE_KEY)]
            keys = [example.get(INTENT_RESPONSE_KEY) for example in examples]
            if len(set(keys)) == 1:
                self.classifiers[intent] = keys[0]
            elif keys:
                features = vstack([sentence_features(example) for example in examples])
                self.classifiers[intent] = weighted_regression(self.config).fit(features, keys)
        self._persist()
        return self._resource

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as directory:
            table: dict[str, Any] = {"responses": self.responses, "intents": {}}
            for number, (intent, classifier) in enumerate(self.classifiers.items()):
                if isinstance(classifier, str):
                    table["intents"][intent] = {"answer": classifier}
                else:
                    table["intents"][intent] = {"file": f"{number}.skops"}
                    skops.io.dump(classifier, directory / f"{number}.skops")
            rasa.shared.utils.io.dump_obj_as_json_to_file(directory / _TABLE, table)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> LogisticRegressionSelector:
        """Load what `train` persisted; raises when a file holds a type that is not known to be harmless."""
        selector = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            table = rasa.shared.utils.io.read_json_file(directory / _TABLE)
            selector.responses = table["responses"]
            for intent, stored in table["intents"].items():
                selector.classifiers[intent] = (
                    stored["answer"]
                    if "answer" in stored
                    else skops.io.load(directory / stored["file"], trusted=TRUSTED)
                )
        return selector

    def process(self, messages: list[Message]) -> list[Message]:
        """Leave the chosen answers on each message, in the shape of Rasa's ResponseSelector."""
        for message in messages:
            chosen: dict[str, Any] = {"all_retrieval_intents": list(self.classifiers)}
            likeliest = [ranked["name"] for ranked in message.get("intent_ranking", [])[: self.config["intents"]]]
            for intent in likeliest:
                if intent in self.classifiers:
                    chosen[intent] = self._choose(intent, message)
            message.set(_PROPERTY, chosen, add_to_output=True)
        return messages

    def _choose(self, intent: str, message: Message) -> dict[str, Any]:
        classifier = self.classifiers[intent]
        if isinstance(classifier, str):
            ranked = [(classifier, 1.0)]
        else:
            if intent not in self._regressions:
                self._regressions[intent] = Regression(classifier)
            ranked = self._regressions[intent].ranked(Counts.of(message))
        ranked = ranked[: self.config["ranking_length"]]
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
        """Accept any configuration; scikit-learn refuses bad values when it fits."""
