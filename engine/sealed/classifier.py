"""Rasa's logistic regression over n-grams, with differences that were measured (docs/decisions).

N-gram counts are weighted by how telling an n-gram is (TF-IDF): a single letter occurs in every message, and Rasa's own
classifier counts it as much as a word. The answers of a retrieval intent (`faq/bill`) are told apart, and the intent is
as likely as its answers together: a question about a bill is like its own kind, not like any other question. Only the
weights are stored, as plain numbers; what can't be read stops the start, where Rasa's own goes on untrained. And signs
that no example holds are no answer: the regression alone is sure that "⚑⚑" means yes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import Pipeline, make_pipeline

from sealed.descent import DescendedRegression
from sealed.regression import Counts, Regression

WEIGHTS = "weights.npz"
ANSWERS = "answers"
"""Where a message keeps, by retrieval intent, its answers with their shares of the intent, the likeliest first."""


def weighted_regression(config: dict[str, Any]) -> Pipeline:
    """Return an untrained classifier of n-gram counts; `config` gives max_iter and random_state."""
    return make_pipeline(
        TfidfTransformer(sublinear_tf=True),
        DescendedRegression(max_iter=config["max_iter"], random_state=config["random_state"]),
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


Ranking = list[tuple[str, float]]


def label(example: Message) -> str:
    """Return what is learned of an example: its answer, "faq/bill", or its intent where that has none."""
    return example.get(INTENT_RESPONSE_KEY) or example.get(INTENT)


def summed(labels: Ranking) -> tuple[Ranking, dict[str, Ranking]]:
    """Return the intents with their probabilities, the likeliest first, and the answers of those that have several."""
    intents: dict[str, float] = {}
    answers: dict[str, Ranking] = {}
    for name, likely in labels:
        intent, of_several, _ = name.partition("/")
        intents[intent] = intents.get(intent, 0.0) + likely
        if of_several:
            answers.setdefault(intent, []).append((name, likely))
    shares = {
        intent: [(name, likely / intents[intent]) for name, likely in ranked] for intent, ranked in answers.items()
    }
    return sorted(intents.items(), key=lambda pair: -pair[1]), shares


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class WeightedLogisticRegressionClassifier(LogisticRegressionClassifier):
    """LogisticRegressionClassifier over TF-IDF weights instead of counts.

    Every intent counts the same, however many examples it has, or as often as `weights` says: {intent: times}.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of its entry in config.yml."""
        return {**LogisticRegressionClassifier.get_default_config(), "max_iter": 16, "weights": {}}

    def __init__(self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource) -> None:
        """Make an untrained classifier."""
        super().__init__(config, name, model_storage, resource)
        self.clf = weighted_regression(self.config)
        self.regression: Regression | None = None

    def _create_X(self, messages: list[Message]) -> csr_matrix:  # noqa: N802 - Rasa's name
        # In single precision, as the weights are kept: the sums that training consists of take half the time.
        return vstack([sentence_features(message) for message in messages], format="csr", dtype=np.float32)

    def _create_training_matrix(self, training_data: TrainingData) -> tuple[csr_matrix, list[str]]:
        examples = [example for example in training_data.intent_examples if example.get(INTENT) and example.get(TEXT)]
        return self._create_X(examples), [label(example) for example in examples]

    def train(self, training_data: TrainingData) -> Resource:
        """Fit and persist."""
        self.clf.set_params(descendedregression__class_weight=self._weights(training_data))
        return super().train(training_data)

    def persist(self) -> None:
        """Store what was learned, and use it from now on."""
        self.regression = Regression.of(self.clf)
        with self._model_storage.write_to(self._resource) as directory:
            self.regression.save(directory / WEIGHTS)

    def _weights(self, training_data: TrainingData) -> dict[str, float]:
        """Return what an example of each label counts."""
        sizes = training_data.number_of_examples_per_intent
        each = sum(sizes.values()) / len(sizes)
        share = {intent: each * self.config["weights"].get(intent, 1) / size for intent, size in sizes.items()}
        return {label(example): share[example.get(INTENT)] for example in training_data.intent_examples}

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify; a message that shares no visible n-gram with any example has no intent rather than a likely one."""
        assert self.regression is not None
        for message in messages:
            counts = Counts.of(message)
            # One feature at most: the blank at a word's edge, which every message has.
            likely, answers = summed(self.regression.ranked(counts) if len(counts.columns) > 1 else [])
            ranking = [{"name": name, "confidence": confidence} for name, confidence in likely]
            best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(ANSWERS, answers)
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
        """Load what was persisted; raises where that is not just numbers."""
        classifier = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            classifier.regression = Regression.read(directory / WEIGHTS)
        return classifier
