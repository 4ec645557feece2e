"""A clinic's own phrases beside the shipped ones, and the regression set that ships."""

import json
import os
import time
from datetime import UTC, datetime

import pytest

from dialogs.nlu.added import Added, decided_by_list, examples_of, split_off
from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.regression import Answer, Line, figures_of, regression_lines
from dialogs.nlu.training import Example, load_examples
from dialogs.port import FALLBACK, Intent, Interpretation
from dialogs.slots.tokens import normalise
from scripts.pack_regression import TARGET, packed

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def added(text: str, intent: Intent, state: str = "open") -> Added:
    return Added(text=text, state=state, intent=intent)


def test_the_same_words_in_two_states_are_one_example() -> None:
    twice = [added("Бумагу в бассейн!", Intent.DOCUMENTS), added("бумагу в бассейн", Intent.DOCUMENTS, "confirm")]
    assert examples_of(twice) == (Example(text="бумагу в бассейн", intent=Intent.DOCUMENTS),)


@pytest.mark.parametrize("embeddings", [True, False])
def test_what_is_taught_is_understood_and_the_rest_is_as_before(tmp_path, embeddings) -> None:
    few = load_examples()[::25]
    before = EmbeddedEngine(cache=tmp_path, embeddings=embeddings, examples=few)
    taught = examples_of([added("мне б обходной подмахнуть", Intent.DOCUMENTS)])
    after = EmbeddedEngine(cache=tmp_path, embeddings=embeddings, examples=few, taught=taught)
    intent, p = after.rank_now("мне б обходной подмахнуть", "open")[0]
    assert (intent, p > 0.6) == ("documents", True)
    for example in few:
        text = normalise(example.text)
        assert after.rank_now(text, "open")[0][0] == before.rank_now(text, "open")[0][0], text
    again = EmbeddedEngine(cache=tmp_path, embeddings=embeddings, examples=few, taught=taught)
    assert again.rank_now("вызовите врача", "open") == after.rank_now("вызовите врача", "open")


def test_the_cache_keeps_the_taught_models_that_were_used_last(tmp_path) -> None:
    few = load_examples()[::100]

    def taught(number: int) -> EmbeddedEngine:
        own = examples_of([added(f"мне бегунок номер {number}", Intent.DOCUMENTS)])
        return EmbeddedEngine(cache=tmp_path, embeddings=False, examples=few, taught=own)

    taught(0)
    [first] = tmp_path.glob("nlu-*-*.joblib")
    for number in range(1, 12):
        os.utime(first, (time.time() + 60 * number,) * 2)  # it is used each time
        taught(number)
    kept = list(tmp_path.glob("nlu-*-*.joblib"))
    assert (len(kept), first in kept) == (8, True)
    assert len(list(tmp_path.glob("nlu-*.joblib"))) == 9, "the shipped phrases' own model stays"


def test_a_shipped_phrase_can_be_taught_anew(tmp_path) -> None:
    few = load_examples()[::25]
    example = next(one for one in few if one.intent is Intent.PREP_INFO)
    taught = examples_of([added(example.text, Intent.DOCUMENTS)])
    engine = EmbeddedEngine(cache=tmp_path, embeddings=False, examples=few, taught=taught)
    assert engine.rank_now(normalise(example.text), "open")[0][0] == "documents"


def test_the_same_phrases_are_held_out_each_time_about_one_in_five() -> None:
    many = [added(f"фраза номер {number}", Intent.INFORM) for number in range(500)]
    taught, held = split_off(many)
    assert 60 <= len(held) <= 140
    assert split_off(list(reversed(many)))[1] == list(reversed(held))
    assert sorted(one.key for one in (*taught, *held)) == sorted(one.key for one in many)


def test_what_a_list_decides_is_known() -> None:
    assert decided_by_list("да, конечно", "confirm") == "affirm"
    assert decided_by_list("да нет", "confirm") == ""
    assert decided_by_list("бумагу в бассейн", "open") is None


def test_the_shipped_regression_set_is_the_development_split() -> None:
    """After a change of the split: python scripts/pack_regression.py."""
    assert json.loads(TARGET.read_text(encoding="utf-8")) == packed()
    assert {line.intent for line in regression_lines()} == {*map(str, Intent)}


@pytest.mark.parametrize(
    ("intent", "found", "counted"),
    [
        ("emergency", {"intent": FALLBACK}, "missed_emergencies"),
        ("complaint", {"intent": "emergency", "emergency": True}, "false_emergencies"),
        (None, {"intent": "emergency", "emergency": True}, "false_emergencies"),
        ("book_appointment", {"intent": "spam"}, "patients_as_spam"),
    ],
)
def test_what_must_not_grow_is_counted(intent, found, counted) -> None:
    heard = Interpretation(
        text="", normalized="", intent=found["intent"], confidence=1.0, intents=(found["intent"],),
        emergency=found.get("emergency", False),
    )  # fmt: skip
    figures = figures_of([Answer(line=Line(text="", state="open", intent=intent), found=heard)])
    counts = {name: getattr(figures, name) for name in ("missed_emergencies", "false_emergencies", "patients_as_spam")}
    assert counts == {name: int(name == counted) for name in counts}
