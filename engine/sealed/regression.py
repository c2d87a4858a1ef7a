"""A trained n-gram regression, applied to one message at a time.

scikit-learn checks, copies and multiplies matrices for thousands of rows; a message is one row of a few dozen n-grams.
The same numbers come out of the few columns of the weights that the message touches.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

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


@dataclass(frozen=True)
class Regression:
    """What `weighted_regression` learned: a class a column, and for each n-gram its rarity and a row of weights.

    In single precision: a probability is right to the sixth place, and half the memory does.
    """

    classes: np.ndarray
    rarity: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray

    @classmethod
    def of(cls, trained: Pipeline) -> Regression:
        """Take the weights out of a trained pipeline of TfidfTransformer and LogisticRegression."""
        weighing, deciding = (step for _, step in trained.steps)
        numbers = (weighing.idf_, np.ascontiguousarray(deciding.coef_.T), deciding.intercept_)
        return cls(np.array(deciding.classes_, dtype=str), *(some.astype(np.float32) for some in numbers))

    def save(self, file: Path) -> None:
        """Write it as numpy arrays; `file` ends in .npz."""
        np.savez(file, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def read(cls, file: Path) -> Regression:
        """Read what :meth:`save` wrote; raises ValueError for anything that is more than numbers and text."""
        with np.load(file, allow_pickle=False) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def ranked(self, message: Counts) -> list[tuple[str, float]]:
        """Return every class with its probability, the likeliest first."""
        weights = (np.log(message.counts) + 1.0) * self.rarity[message.columns]
        length = np.sqrt(weights @ weights)
        scores = (weights / length if length else weights) @ self.weights[message.columns] + self.intercept
        if len(self.classes) > len(scores):  # of two classes only the second has a score
            scores = np.array([0.0, scores[0]])
        likely = np.exp(scores - scores.max())
        likely /= likely.sum()
        return sorted(zip(self.classes.tolist(), likely.tolist(), strict=True), key=lambda pair: -pair[1])
