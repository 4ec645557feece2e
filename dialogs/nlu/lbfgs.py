"""Limited-memory BFGS without bounds, in the precision of its start: what training a model minimises with.

SciPy's L-BFGS-B keeps room for bounds that nobody sets: on 700,000 weights it spends as long on that as on the loss,
and three times the memory. A fit that runs nearly to its end moves little when rounding differs: .01 at most between
two kernels of OpenBLAS, measured on the development parts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import saxpy

_ARMIJO: Final = 1e-4
_SHORTEST: Final = 1e-6
_FIRST_STEP: Final = 10.0
"""Sum of moves of the first step, before anything is known of the curvature."""

Vector = NDArray[np.float32]
Loss = Callable[[Vector], tuple[float, Vector]]
"""Returns the value and its gradient."""


def minimise(loss: Loss, start: Vector, *, iterations: int, tolerance: float, memory: int = 4) -> Vector:
    """Return where `loss` (smooth, convex) is least; ends when a step gains less than `tolerance` of its value.

    Nocedal and Wright, Numerical Optimization, algorithm 7.4, steps halved until they gain enough.
    """
    steps: deque[tuple[Vector, Vector, float]] = deque(maxlen=memory)
    point, (value, slope) = start, loss(start)
    for _ in range(iterations):
        direction = _direction(slope, steps)
        descent = float(np.vdot(slope, direction))
        length = 1.0 if steps else _FIRST_STEP / max(float(np.abs(slope).sum()), _FIRST_STEP)
        found, found_value, found_slope = _walk(loss, point, direction, value, descent, length)
        gained, moved, bent = value - found_value, found - point, found_slope - slope
        curvature = float(np.vdot(moved, bent))
        if gained <= 0:
            break
        point, value, slope = found, found_value, found_slope
        if curvature > 0:
            steps.append((moved, bent, curvature))
        if gained <= tolerance * abs(value):
            break
    return point


def _direction(slope: Vector, steps: deque[tuple[Vector, Vector, float]]) -> Vector:
    """Return minus the gradient, turned by the curvature seen in the last steps (the two loops)."""
    direction = -slope
    shares: list[float] = []
    for moved, bent, curvature in reversed(steps):
        shares.append(float(np.vdot(moved, direction)) / curvature)
        direction = saxpy(bent, direction, a=-shares[-1])
    if steps:
        _, bent, curvature = steps[-1]
        direction *= np.float32(curvature / float(np.vdot(bent, bent)))
    for (moved, bent, curvature), share in zip(steps, reversed(shares), strict=True):
        direction = saxpy(moved, direction, a=share - float(np.vdot(bent, direction)) / curvature)
    return direction


def _walk(
    loss: Loss, point: Vector, direction: Vector, value: float, descent: float, length: float
) -> tuple[Vector, float, Vector]:
    """Return the first place on halved steps that gains enough, its value and gradient."""
    while True:
        found = saxpy(direction, point.copy(), a=length)
        found_value, found_slope = loss(found)
        if found_value <= value + _ARMIJO * length * descent or length < _SHORTEST:
            return found, found_value, found_slope
        length /= 2
