"""A trained model taught some phrases more: near them it changes, elsewhere it answers as before.

Training anew would move every answer a little (the fit stops early, and where it stops changes with one phrase more):
measured, macro-F1 by a hundredth either way. So the model itself is what the shipped phrases are held to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from dialogs.nlu.softmax import SoftmaxModel

WEIGHT: Final = 4.0
"""So much a taught phrase weighs against a shipped one."""
_STRENGTH: Final = 20.0
"""How far weights may go from where they were: the inverse of the regularisation, as scikit-learn's C."""
_ITERATIONS: Final = 30
_TOLERANCE: Final = 0.02

Floats = NDArray[np.float64]


def refine(
    model: SoftmaxModel, kept: tuple[Any, Floats | None], taught: tuple[Any, Floats | None], labels: Sequence[str]
) -> SoftmaxModel:
    """Return the model taught `labels` of the `taught` rows, answering as before for the `kept` rows.

    Both are (unit n-gram rows, sparse; unit sentence vectors or None). Raises ValueError for a label without a class.
    """
    before = model.probabilities(*kept)
    wanted = np.zeros((len(labels), len(model.classes)))
    wanted[np.arange(len(labels)), [model.classes.index(label) for label in labels]] = WEIGHT
    targets = np.concatenate([before, wanted])
    grams = _stacked(kept[0], taught[0])
    vectors = None if kept[1] is None or taught[1] is None else np.concatenate([kept[1], taught[1]])
    scores = _scores(model, grams, vectors)
    moved = _moves(grams, vectors, scores, targets)
    return SoftmaxModel(
        classes=model.classes,
        grams=model.grams + moved[0],
        vectors=None if model.vectors is None else model.vectors + moved[1],
        bias=model.bias + moved[2],
    )


def _stacked(first: Any, second: Any) -> Any:
    from scipy.sparse import vstack

    return vstack([first, second]).tocsr()


def _scores(model: SoftmaxModel, grams: Any, vectors: Floats | None) -> Floats:
    scores = np.asarray(grams @ model.grams + model.bias)
    return scores if vectors is None or model.vectors is None else scores + vectors @ model.vectors


def _moves(grams: Any, vectors: Floats | None, scores: Floats, targets: Floats) -> tuple[Floats, Floats, Floats]:
    """Find by L-BFGS how the weights must move; every row counts as much as its targets sum up to."""
    classes, weights = targets.shape[1], targets.sum(axis=1, keepdims=True)
    dense = vectors if vectors is not None else np.zeros((scores.shape[0], 0))
    sizes = (grams.shape[1], dense.shape[1])
    transposed = grams.T.tocsr()

    def loss(flat: Floats) -> tuple[float, Floats]:
        w_grams, w_vectors, bias = _blocks(flat, sizes, classes)
        found = scores + grams @ w_grams + dense @ w_vectors + bias
        value = float(np.sum(logsumexp(found, axis=1, keepdims=True) * weights) - np.sum(found * targets))
        error = softmax(found, axis=1) * weights - targets
        gradient = (transposed @ error, dense.T @ error, error.sum(axis=0))
        slope = np.concatenate([part.ravel() for part in gradient]) + flat / _STRENGTH
        return value + float(np.vdot(flat, flat)) / (2 * _STRENGTH), slope

    start = np.zeros((sum(sizes) + 1) * classes)
    options = {"maxiter": _ITERATIONS, "gtol": _TOLERANCE, "ftol": 1e-9, "maxcor": 5}
    return _blocks(minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x, sizes, classes)


def _blocks(flat: Floats, sizes: tuple[int, int], classes: int) -> tuple[Floats, Floats, Floats]:
    first, second = sizes[0] * classes, sum(sizes) * classes
    return flat[:first].reshape(-1, classes), flat[first:second].reshape(-1, classes), flat[second:]
