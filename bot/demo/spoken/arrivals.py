"""When people phone in a morning: a Poisson stream at the seed's rate, then a burst three times as dense."""

from __future__ import annotations

import random
from typing import Final

BURST: Final = 3
STEADY, PEAK = "steady", "burst"


def arrivals(calls: int, minutes: float, burst_minutes: float, dice: random.Random) -> list[tuple[float, str]]:
    """Seconds and phases, in order: `calls` within `minutes`, then the same rate threefold for `burst_minutes`.

    A Poisson stream of which the number is known is as many points thrown evenly over the time.
    """
    steady = sorted(dice.uniform(0, minutes * 60) for _ in range(calls))
    peak = round(calls / minutes * BURST * burst_minutes)
    later = sorted(dice.uniform(minutes * 60, (minutes + burst_minutes) * 60) for _ in range(peak))
    return [*((at, STEADY) for at in steady), *((at, PEAK) for at in later)]
