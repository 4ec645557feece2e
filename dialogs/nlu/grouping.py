"""Phrases that say alike, by the features that the embedded engine ranks with. Deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 256
"""Rows compared at once: five thousand phrases need some megabytes, not hundreds."""
ALIKE: Final = 0.5
"""Likeness of sentence vectors and n-grams together, from which two phrases are of one group."""
ALIKE_LETTERS: Final = 0.45
"""The same where there are n-grams only."""

Floats = NDArray[np.float32]


def groups_of(grams: Any, vectors: Any, weights: Sequence[int]) -> list[tuple[int, ...]]:
    """Put rows into groups; each begins with its most typical row, the heaviest group first.

    `grams` are unit TF-IDF rows (sparse), `vectors` unit sentence vectors or None, `weights` how often each was heard.
    A row that most of the others are like takes all of them, then the next does (Taylor-Butina).
    """
    near = _neighbours(grams, vectors, ALIKE_LETTERS if vectors is None else ALIKE)
    heavy = np.asarray(weights)
    drawn = [int(heavy[rows].sum()) for rows in near]
    order = sorted(range(len(near)), key=lambda row: (-drawn[row], -weights[row], row))
    free = np.ones(len(near), dtype=bool)
    found: list[tuple[int, ...]] = []
    for centre in order:
        if free[centre]:
            rest = [int(row) for row in near[centre] if free[row] and row != centre]
            rest.sort(key=lambda row: (-weights[row], row))
            found.append((centre, *rest))
            free[[centre, *rest]] = False
    found.sort(key=lambda rows: (-sum(weights[row] for row in rows), rows[0]))
    return found


def _neighbours(grams: Any, vectors: Any, at_least: float) -> list[NDArray[np.intp]]:
    """For each row the rows that are like it, itself among them."""
    sparse = grams.astype(np.float32).tocsr()
    dense: Floats | None = None if vectors is None else np.asarray(vectors, dtype=np.float32)
    columns = sparse.T.tocsr()
    near: list[NDArray[np.intp]] = []
    for start in range(0, sparse.shape[0], _BLOCK):
        likeness = np.asarray((sparse[start : start + _BLOCK] @ columns).todense())
        if dense is not None:
            likeness = (likeness + dense[start : start + _BLOCK] @ dense.T) / 2
        rows = np.arange(likeness.shape[0])
        likeness[rows, start + rows] = 1.0  # a phrase of unknown letters is still like itself
        near += [np.flatnonzero(row >= at_least) for row in likeness]
    return near
