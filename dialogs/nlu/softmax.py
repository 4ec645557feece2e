"""Multinomial logistic regression over n-grams (sparse) and sentence vectors (dense), each block multiplied as it is.

One joint sparse matrix makes the same model five times slower to train, and start-up is counted in seconds.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from dialogs.nlu.lbfgs import minimise

_ITERATIONS: Final = 200
_TOLERANCE: Final = 1e-6

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftmaxModel:
    """Weights per block and class: `grams` (n-grams, classes), `vectors` (512, classes) or None, `bias` (classes)."""

    classes: tuple[str, ...]
    grams: Floats
    vectors: Floats | None
    bias: Floats

    def sharpened(self, factor: float) -> SoftmaxModel:
        """Return the model with all scores so many times as far apart: same ranking, surer probabilities."""
        vectors = None if self.vectors is None else self.vectors * np.float32(factor)
        return replace(
            self, grams=self.grams * np.float32(factor), vectors=vectors, bias=self.bias * np.float32(factor)
        )

    def moved(self, grams: Floats, vectors: Floats | None, bias: Floats) -> SoftmaxModel:
        """Return the model with its weights moved by so much."""
        dense = None if self.vectors is None or vectors is None else self.vectors + vectors
        return replace(self, grams=self.grams + grams, vectors=dense, bias=self.bias + bias)

    def scores(self, grams: Any, vectors: Floats | None) -> Floats:
        """Return class scores (rows, classes), the logarithms of probabilities but for a constant of the row."""
        scores = np.asarray(grams @ self.grams + self.bias)
        return scores if self.vectors is None or vectors is None else scores + vectors @ self.vectors

    def probabilities(self, grams: Any, vectors: Floats | None) -> Floats:
        """Return class probabilities (rows, classes)."""
        return np.asarray(softmax(self.scores(grams, vectors), axis=1))


def train(grams: Any, vectors: Floats | None, labels: Sequence[str], strength: float) -> SoftmaxModel:
    """Fit to one label a row; `strength` is the inverse of L2 regularisation (scikit-learn's C)."""
    classes = tuple(sorted(set(labels)))
    targets = np.zeros((len(labels), len(classes)), np.float32)
    targets[np.arange(len(labels)), [classes.index(label) for label in labels]] = 1.0
    found = fit(grams, vectors, targets, np.zeros_like(targets), strength=strength)
    return SoftmaxModel(classes=classes, grams=found[0], vectors=found[1], bias=found[2])


def fit(
    grams: Any, vectors: Floats | None, targets: Floats, scores: Floats, *, strength: float
) -> tuple[Floats, Floats | None, Floats]:
    """Return the weights (n-grams, vectors, bias) that, added to `scores`, come nearest to `targets` (rows, classes).

    A row counts as much as its targets sum up to; every weight is held to 0 by L2 of 1 / `strength`.
    """
    dense = vectors if vectors is not None else np.zeros((len(targets), 0), np.float32)
    sizes, classes = (grams.shape[1], dense.shape[1]), targets.shape[1]
    edges = np.linspace(0, len(targets), cores() + 1).astype(int)
    shares = [_Rows(*(block[at:end] for block in (grams, dense, targets, scores))) for at, end in pairwise(edges)]

    with ThreadPoolExecutor(len(shares)) as pool, threadpool_limits(limits=1, user_api="blas"):

        def loss(flat: Floats) -> tuple[float, Floats]:
            weights = _blocks(flat, sizes, classes)
            gradient = flat / np.float32(strength)
            value = float(np.vdot(flat, flat)) / (2 * strength)
            for share, slopes in pool.map(lambda rows: rows.loss(*weights), shares):
                value += share
                for block, slope in zip(_blocks(gradient, sizes, classes), slopes, strict=True):
                    block += slope
            return value, gradient

        start = np.zeros((sum(sizes) + 1) * classes, np.float32)
        found = minimise(loss, start, iterations=_ITERATIONS, tolerance=_TOLERANCE)
    w_grams, w_vectors, bias = _blocks(found, sizes, classes)
    return w_grams, w_vectors if vectors is not None else None, bias


class _Rows:
    """A core's share of the rows: NumPy and SciPy let go of the interpreter while they multiply."""

    def __init__(self, grams: Any, vectors: Floats, targets: Floats, scores: Floats) -> None:
        self._grams, self._turned = grams, grams.T.tocsr()
        self._vectors, self._targets, self._scores = vectors, targets, scores
        self._counted = targets.sum(axis=1, keepdims=True)

    def loss(self, w_grams: Floats, w_vectors: Floats, bias: Floats) -> tuple[float, tuple[Floats, Floats, Floats]]:
        """Return the cross-entropy of the rows and its gradient by each block of weights."""
        scores = self._scores + self._grams @ w_grams + self._vectors @ w_vectors + bias
        top = scores.max(axis=1, keepdims=True)
        error = np.exp(scores - top)
        total = error.sum(axis=1, keepdims=True)
        value = np.vdot(np.log(total) + top, self._counted) - np.vdot(scores, self._targets)
        error *= self._counted / total
        error -= self._targets
        return float(value), (self._turned @ error, self._vectors.T @ error, error.sum(axis=0))


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def _blocks(flat: Floats, sizes: tuple[int, int], classes: int) -> tuple[Floats, Floats, Floats]:
    first, second = sizes[0] * classes, sum(sizes) * classes
    return flat[:first].reshape(-1, classes), flat[first:second].reshape(-1, classes), flat[second:]
