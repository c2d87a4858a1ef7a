"""Logistic regression for many classes and sparse rows, learned a few rows at a time.

scikit-learn's solvers move all weights once for each reading of all examples, and are far from done when patience ends.
Here each hundred examples move the weights of the n-grams that occur in them, a weight that was seldom moved the
furthest (AdaGrad): a rare word has said what it knows after a few readings. A quarter of the time, and more is found.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

BATCH = 128
STEP = 0.8
"""How far the first move goes; the steps shrink evenly to nothing until the last reading."""


class DescendedRegression(LogisticRegression):
    """LogisticRegression that reads the examples `max_iter` times in an order drawn from `random_state`.

    That it stops there is what keeps the weights small: there is no penalty on them, and `C` isn't read.
    """

    def fit(self, rows: csr_matrix, labels: Any) -> DescendedRegression:
        """Learn from one row an example; `class_weight` says what an example of each label counts."""
        rows = rows.astype(np.float32)
        self.classes_, meant = np.unique(np.asarray(labels), return_inverse=True)
        weighing = self.class_weight or {}
        counts = np.array([weighing.get(label, 1.0) for label in self.classes_.tolist()], np.float32)[meant]
        weights, intercept = self._descend(rows, meant, counts / counts.mean())
        if len(self.classes_[1:]) == 1:  # scikit-learn gives only the second of two a score
            weights, intercept = weights[:, 1:] - weights[:, :1], intercept[1:] - intercept[:1]
        self.coef_, self.intercept_, self.n_iter_ = weights.T, intercept, np.array([self.max_iter])
        return self

    def _descend(self, rows: csr_matrix, meant: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        order = np.random.RandomState(self.random_state)
        weights = np.zeros((rows.shape[1], len(self.classes_)), np.float32)
        intercept = np.zeros(len(self.classes_), np.float32)
        moved, moved_intercept = np.full_like(weights, 1e-6), np.full_like(intercept, 1e-6)
        for reading in range(self.max_iter):
            step = np.float32(STEP * (1 - reading / self.max_iter))
            drawn = order.permutation(rows.shape[0])
            for start in range(0, len(drawn), BATCH):
                batch = drawn[start : start + BATCH]
                some = rows[batch]
                # Only the n-grams of these examples, each with its place among them.
                used, places = np.unique(some.indices, return_inverse=True)
                some = csr_matrix((some.data, places, some.indptr), shape=(len(batch), len(used)))
                own = weights[used]
                wrong = _likely(some @ own + intercept)
                wrong[np.arange(len(batch)), meant[batch]] -= 1
                wrong *= (counts[batch] / np.float32(len(batch)))[:, None]
                slope = some.T @ wrong
                moved[used] += slope * slope
                weights[used] = own - step * slope / np.sqrt(moved[used])
                slope = wrong.sum(axis=0)
                moved_intercept += slope * slope
                intercept -= step * slope / np.sqrt(moved_intercept)
        return weights, intercept


def _likely(scores: np.ndarray) -> np.ndarray:
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    return likely / likely.sum(axis=1, keepdims=True)
