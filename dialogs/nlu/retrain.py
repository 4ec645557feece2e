"""A training with a clinic's own phrases and what it changes: runs in a process of its own, for a minute or less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from dialogs.nlu.added import Added, examples_of, split_off
from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.masking import spoken
from dialogs.nlu.regression import Answer, Figures, Line, answers, figures_of, regression_lines

_FEWEST_HELD_OUT: Final = 10
"""Fewer phrases held out say nothing."""
_MOST_CHANGES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainOrder:
    """What to teach, what is taught now, and where trained engines are kept."""

    added: tuple[Added, ...]
    live: tuple[Added, ...]
    now: datetime
    cache: Path | None
    synonyms: Mapping[str, str] = field(default_factory=dict)
    live_synonyms: Mapping[str, str] = field(default_factory=dict)
    embeddings: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A shipped line that was understood and no longer is."""

    text: str
    wanted: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """What changes: on the shipped lines, on the clinic's own, and on those of its own that were held out.

    `held_before` is the engine of the shipped phrases alone, `held_after` one taught all but the held-out phrases; both
    None where too few were held out. `unlearned` are places in the order's `added` that are still understood otherwise.
    """

    before: Figures
    after: Figures
    own_before: Figures
    own_after: Figures
    held_before: Figures | None
    held_after: Figures | None
    worse: tuple[Change, ...]
    unlearned: tuple[int, ...]


def retrain(order: RetrainOrder) -> Retrained:
    """Train, leave the engine in the cache for whoever publishes it, and judge it beside the one that is live."""
    own = [Line(text=spoken(one.text), state=one.state, intent=str(one.intent)) for one in order.added]
    lines = regression_lines()
    live, new = _engine(order, order.live), _engine(order, order.added)
    before, own_before = (answers(some, live.rank_now, order.now, order.live_synonyms) for some in (lines, own))
    after, own_after = (answers(some, new.rank_now, order.now, order.synonyms) for some in (lines, own))
    held_before, held_after = _held_out(order)
    return Retrained(
        before=figures_of(before),
        after=figures_of(after),
        own_before=figures_of(own_before),
        own_after=figures_of(own_after),
        held_before=held_before,
        held_after=held_after,
        worse=_worse(before, after),
        unlearned=tuple(place for place, one in enumerate(own_after) if not one.right),
    )


def _engine(order: RetrainOrder, added: Sequence[Added]) -> EmbeddedEngine:
    return EmbeddedEngine(cache=order.cache, embeddings=order.embeddings, taught=examples_of(added))


def _held_out(order: RetrainOrder) -> tuple[Figures | None, Figures | None]:
    taught, held = split_off(order.added)
    if len(held) < _FEWEST_HELD_OUT:
        return None, None
    lines = [Line(text=spoken(one.text), state=one.state, intent=str(one.intent)) for one in held]
    untaught, own = _engine(order, ()), _engine(order, taught)
    return (
        figures_of(answers(lines, untaught.rank_now, order.now)),
        figures_of(answers(lines, own.rank_now, order.now, order.synonyms)),
    )


def _worse(before: Sequence[Answer], after: Sequence[Answer]) -> tuple[Change, ...]:
    pairs = zip(before, after, strict=True)
    found = [
        Change(text=new.line.text, wanted=str(new.line.intent), before=old.intent, after=new.intent)
        for old, new in pairs
        if old.right and not new.right
    ]
    return tuple(found[:_MOST_CHANGES])
