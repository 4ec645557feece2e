"""Multinomial logistic regression over n-grams (sparse) and sentence vectors (dense), each block multiplied as it is.

One joint sparse matrix makes the same model five times slower to train, and start-up is counted in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

_ITERATIONS: Final = 120
_TOLERANCE: Final = 1e-3
_MEMORY: Final = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftmaxModel:
    """Weights per block and class: `grams` (n-grams, classes), `vectors` (512, classes) or None, `bias` (classes)."""

    classes: tuple[str, ...]
    grams: Floats
    vectors: Floats | None
    bias: Floats

    def sharpened(self, factor: float) -> SoftmaxModel:
        """Return the model with all scores so many times as far apart: same ranking, surer probabilities."""
        vectors = None if self.vectors is None else self.vectors * factor
        return replace(self, grams=self.grams * factor, vectors=vectors, bias=self.bias * factor)

    def probabilities(self, grams: Any, vectors: Floats | None) -> Floats:
        """Return class probabilities (rows, classes)."""
        scores = grams @ self.grams + self.bias
        if self.vectors is not None and vectors is not None:
            scores = scores + vectors @ self.vectors
        return np.asarray(softmax(scores, axis=1))


def train(grams: Any, vectors: Floats | None, labels: Sequence[str], strength: float) -> SoftmaxModel:
    """Fit by L-BFGS; `strength` is the inverse of L2 regularisation (scikit-learn's C); the bias is not regularised."""
    classes = tuple(sorted(set(labels)))
    wanted = np.zeros((len(labels), len(classes)))
    wanted[np.arange(len(labels)), [classes.index(label) for label in labels]] = 1.0
    sizes = (grams.shape[1], vectors.shape[1] if vectors is not None else 0)
    transposed = grams.T.tocsr()

    def loss(flat: Floats) -> tuple[float, Floats]:
        w_grams, w_vectors, bias = _blocks(flat, sizes, len(classes))
        scores = grams @ w_grams + bias
        if vectors is not None:
            scores += vectors @ w_vectors
        penalty = (np.vdot(w_grams, w_grams) + np.vdot(w_vectors, w_vectors)) / (2 * strength)
        value = float(np.sum(logsumexp(scores, axis=1)) - np.sum(scores * wanted) + penalty)
        error = softmax(scores, axis=1) - wanted
        dense = vectors.T @ error if vectors is not None else np.zeros((0, len(classes)))
        gradient = (transposed @ error + w_grams / strength, dense + w_vectors / strength, error.sum(axis=0))
        return value, np.concatenate([part.ravel() for part in gradient])

    start = np.zeros((sum(sizes) + 1) * len(classes))
    options = {"maxiter": _ITERATIONS, "gtol": _TOLERANCE * len(labels), "ftol": 1e-7, "maxcor": _MEMORY}
    with threadpool_limits(limits=1, user_api="blas"):  # more threads spin between these small products: 6 s for 2
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    w_grams, w_vectors, bias = _blocks(found.x, sizes, len(classes))
    return SoftmaxModel(classes=classes, grams=w_grams, vectors=w_vectors if vectors is not None else None, bias=bias)


def _blocks(flat: Floats, sizes: tuple[int, int], classes: int) -> tuple[Floats, Floats, Floats]:
    first, second = sizes[0] * classes, sum(sizes) * classes
    return flat[:first].reshape(-1, classes), flat[first:second].reshape(-1, classes), flat[second:]
