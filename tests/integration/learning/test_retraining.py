"""A whole training, as its own process does it: what it measures, and what it does not let through."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.learning.aside import AsideFailed, retrain_aside
from bot.learning.verdict import refusals
from bot.settings import nlu_cache
from dialogs.nlu.added import Added
from dialogs.nlu.retrain import RetrainOrder
from dialogs.port import Intent

HEARD = Path(__file__).parents[2] / "data" / "nlu_dev_asr.jsonl"
DANGER = Path(__file__).parents[2] / "data" / "nlu_danger.jsonl"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DECIDED_BY_RULES = (Intent.INFORM, Intent.AFFIRM, Intent.DENY)


def order(added: tuple[Added, ...], cache: Path | None = None) -> RetrainOrder:
    """Without sentence vectors: they take most of the time and change nothing here."""
    return RetrainOrder(added=added, live=(), now=NOW, cache=cache or nlu_cache(), embeddings=False)


def heard() -> tuple[Added, ...]:
    """What a recogniser heard, labelled as a clinic would."""
    lines = [json.loads(line) for line in HEARD.read_text(encoding="utf-8").splitlines()]
    return tuple(
        Added(text=line["text"], state=line["state"], intent=Intent(line["intent"]))
        for line in lines
        if line["intent"] not in DECIDED_BY_RULES
    )


@pytest.mark.timeout(400)
async def test_right_labels_teach_without_harm_and_are_measured_on_what_was_held_out() -> None:
    found = await retrain_aside(order(heard()))
    assert found.own_after.accuracy > found.own_before.accuracy
    assert found.after.macro_f1 >= found.before.macro_f1
    assert found.held_before is not None
    assert found.held_after is not None
    assert 10 <= found.held_after.lines == found.held_before.lines < len(heard()) / 2
    assert len(found.unlearned) < len(heard()) / 10
    assert refusals(found, max_f1_drop=0.005) == ()


@pytest.mark.timeout(400)
async def test_labels_that_teach_danger_away_are_not_let_through() -> None:
    lines = [json.loads(line) for line in DANGER.read_text(encoding="utf-8").splitlines()]
    wrong = tuple(Added(text=line["text"], state="open", intent=Intent.SPAM) for line in lines)
    found = await retrain_aside(order(wrong))
    assert found.held_after is not None
    said = refusals(found, max_f1_drop=0.005)
    assert any("спам" in one or "пропущенных" in one for one in said), said
    assert found.worse


async def test_a_training_that_dies_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(AsideFailed):
        await retrain_aside(order(heard()[:1], tmp_path / "file"))
