"""A trained n-gram regression, applied to one message at a time.

scikit-learn checks, copies and multiplies matrices for thousands of rows; a message is one row of a few dozen n-grams.
The same numbers come out of the few columns of the weights that the message touches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message
from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Counts:
    """The n-grams of a message by their columns, and how often each occurs in it."""

    columns: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, message: Message) -> Counts:
        """Return the counts of the whole message, the featurizers' columns one after the other."""
        columns, counts, width = [], [], 0
        for features in message.features:
            if features.attribute == TEXT and features.type == FEATURE_TYPE_SENTENCE and features.is_sparse():
                row = features.features.tocsr()
                columns.append(row.indices + width)
                counts.append(row.data)
                width += row.shape[1]
        return cls(np.concatenate(columns), np.concatenate(counts)) if columns else cls(np.empty(0, int), np.empty(0))


class Regression:
    """What `weighted_regression` learned, one row of weights for each n-gram."""

    def __init__(self, trained: Pipeline) -> None:
        """Take the weights out of a trained pipeline of TfidfTransformer and LogisticRegression."""
        weighing, deciding = (step for _, step in trained.steps)
        self.classes = [str(name) for name in deciding.classes_]
        self._rarity = weighing.idf_
        self._weights = np.ascontiguousarray(deciding.coef_.T)
        self._intercept = deciding.intercept_

    def ranked(self, message: Counts) -> list[tuple[str, float]]:
        """Return every class with its probability, the likeliest first."""
        weights = (np.log(message.counts) + 1.0) * self._rarity[message.columns]
        length = np.sqrt(weights @ weights)
        scores = (weights / length if length else weights) @ self._weights[message.columns] + self._intercept
        if len(self.classes) > len(scores):  # of two classes only the second has a score
            scores = np.array([0.0, scores[0]])
        likely = np.exp(scores - scores.max())
        likely /= likely.sum()
        return sorted(zip(self.classes, likely.tolist(), strict=True), key=lambda pair: -pair[1])
