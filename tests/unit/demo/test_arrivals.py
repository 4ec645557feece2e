"""When people phone in a morning."""

from __future__ import annotations

import random
from itertools import pairwise

from bot.demo.spoken.arrivals import PEAK, STEADY, arrivals


def test_the_seeds_morning_is_two_hundred_calls_in_two_hours_and_then_a_threefold_burst() -> None:
    times = arrivals(200, 120, 10, random.Random(1))
    steady = [at for at, phase in times if phase == STEADY]
    burst = [at for at, phase in times if phase == PEAK]
    assert (len(steady), len(burst)) == (200, 50)
    assert times == sorted(times)
    assert 0 <= steady[0] < steady[-1] <= 7200 <= burst[0] < burst[-1] <= 7800
    gaps = [later - earlier for earlier, later in pairwise(steady)]
    assert 33 < sum(gaps) / len(gaps) < 37
    assert max(gaps) > 100, "a Poisson stream has long pauses"
    assert min(gaps) < 3, "and calls at nearly the same moment"


def test_the_same_seed_gives_the_same_morning_and_no_burst_is_possible() -> None:
    assert arrivals(20, 10, 2, random.Random(5)) == arrivals(20, 10, 2, random.Random(5))
    assert {phase for _, phase in arrivals(20, 10, 0, random.Random(5))} == {STEADY}
