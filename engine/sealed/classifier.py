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
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from sealed.regression import Counts, Regression

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


def sentence_features(message: Message) -> csr_matrix:
    """Return the n-gram counts of a message as one row, in the order of the featurizers.

    The same as Rasa's `get_sparse_features`, which combines those of every token too and copies all of them.
    """
    rows = [
        features.features
        for features in message.features
        if features.attribute == TEXT and features.type == FEATURE_TYPE_SENTENCE and features.is_sparse()
    ]
    return hstack(rows, format="csr")


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
        self.regression: Regression | None = None

    def _create_X(self, messages: list[Message]) -> csr_matrix:  # noqa: N802 - Rasa's name
        return vstack([sentence_features(message) for message in messages], format="csr")

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify; a message that shares no visible n-gram with any example has no intent rather than a likely one."""
        regression = Regression(self.clf) if self.regression is None else self.regression
        for message in messages:
            counts = Counts.of(message)
            ranking: list[dict[str, Any]] = []
            # One feature at most: the blank at a word's edge, which every message has.
            if len(counts.columns) > 1:
                ranking = [{"name": name, "confidence": likely} for name, likely in regression.ranked(counts)]
            best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set("intent", best, add_to_output=True)
            message.set("intent_ranking", ranking[: self.config["ranking_length"] or None], add_to_output=True)
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
        classifier.regression = Regression(classifier.clf)
        return classifier
