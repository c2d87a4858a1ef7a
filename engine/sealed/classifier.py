"""Rasa's logistic regression over n-grams, with three differences that were measured (docs/decisions).

N-gram counts are weighted by how telling an n-gram is (TF-IDF): a single letter occurs in every message, and Rasa's own
classifier counts it as much as a word. And a stored model that can't be read stops the start; Rasa's own goes on
untrained. And signs that no example holds are no answer: the regression alone is sure that "⚑⚑" means yes.
"""

from __future__ import annotations

from typing import Any

import skops.io
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.training_data.message import Message
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

# What skops may restore besides scikit-learn's and numpy's own types: the weights, an array without code.
TRUSTED = ["scipy.sparse._csr.csr_matrix"]


def weighted_regression(config: dict[str, Any]) -> Pipeline:
    """Return an untrained classifier of n-gram counts; `config` gives C, max_iter and random_state."""
    return make_pipeline(
        TfidfTransformer(sublinear_tf=True),
        LogisticRegression(
            C=config["C"],
            class_weight="balanced",
            max_iter=config["max_iter"],
            random_state=config["random_state"],
        ),
    )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class WeightedLogisticRegressionClassifier(LogisticRegressionClassifier):
    """LogisticRegressionClassifier over TF-IDF weights instead of counts."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of its entry in config.yml."""
        return {**LogisticRegressionClassifier.get_default_config(), "C": 30.0, "max_iter": 200}

    def __init__(self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource) -> None:
        """Make an untrained classifier."""
        super().__init__(config, name, model_storage, resource)
        self.clf = weighted_regression(self.config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify; a message that shares no visible n-gram with any example has no intent rather than a likely one."""
        super().process(messages)
        for message in messages:
            # One feature at most: the blank at a word's edge, which every message has.
            if self._create_X([message]).nnz <= 1:
                message.set("intent", {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set("intent_ranking", [], add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> WeightedLogisticRegressionClassifier:
        """Load what was persisted; raises when the file holds a type that is not known to be harmless."""
        classifier = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            classifier.clf = skops.io.load(directory / f"{resource.name}.skops", trusted=TRUSTED)
        return classifier
