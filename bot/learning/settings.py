"""The numbers of learning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRules:
    """`collect`: whether phrases of calls are kept at all; `keep`: how long one that nobody labelled is kept.

    `max_f1_drop` is how much macro-F1 (0..1) may fall with a publication; `most_grouped` phrases are compared with each
    other at once; every `look_every_s` seconds a service looks whether something was published.
    """

    collect: bool = True
    keep: timedelta = timedelta(days=180)
    max_f1_drop: float = 0.005
    most_grouped: int = 5000
    look_every_s: float = 3.0
