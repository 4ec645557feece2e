"""Whether a training may go live."""

from dataclasses import replace

import pytest

from bot.learning.verdict import refusals
from dialogs.nlu.regression import Figures
from dialogs.nlu.retrain import Retrained

GOOD = Figures(lines=500, accuracy=0.9, macro_f1=0.9, missed_emergencies=1, false_emergencies=2, patients_as_spam=0)
SAME = Retrained(
    before=GOOD, after=GOOD, own_before=GOOD, own_after=GOOD, held_before=GOOD, held_after=GOOD, worse=(), unlearned=()
)
MOST = 0.005


def test_nothing_worse_is_published() -> None:
    assert refusals(SAME, max_f1_drop=MOST) == ()


@pytest.mark.parametrize("where", ["after", "own_after"])
@pytest.mark.parametrize("name", ["missed_emergencies", "false_emergencies", "patients_as_spam"])
def test_one_line_of_safety_is_enough_to_refuse(where: str, name: str) -> None:
    worse = replace(GOOD, macro_f1=0.99, **{name: getattr(GOOD, name) + 1})
    [said] = refusals(replace(SAME, **{where: worse}), max_f1_drop=MOST)
    assert said.endswith(f"было {getattr(GOOD, name)}, стало {getattr(GOOD, name) + 1}")
    better = replace(GOOD, missed_emergencies=0, false_emergencies=0)
    assert refusals(replace(SAME, **{where: better}), max_f1_drop=MOST) == ()


@pytest.mark.parametrize("where", ["after", "held_after"])
def test_quality_may_fall_by_what_the_setting_allows(where: str) -> None:
    a_little = replace(SAME, **{where: replace(GOOD, macro_f1=0.896)})
    assert refusals(a_little, max_f1_drop=MOST) == ()
    assert "macro-F1 было 0.900, стало 0.896" in refusals(a_little, max_f1_drop=0.003)[0]


def test_too_few_phrases_held_out_say_nothing() -> None:
    assert refusals(replace(SAME, held_before=None, held_after=None), max_f1_drop=MOST) == ()
