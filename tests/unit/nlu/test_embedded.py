"""The embedded engine: cache, fallback without vectors, figures on the development split."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from dialogs.nlu.bench import bench_nlu
from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.evaluate import figures, judge, macro_f1
from dialogs.nlu.pipeline import interpret_ranked
from dialogs.nlu.training import Example, load_examples
from dialogs.port import Intent, NluContext

DATA = Path(__file__).parents[2] / "data"
DEV = DATA / "nlu_dev.jsonl"
HEARD = DATA / "nlu_dev_asr.jsonl"
DANGER = DATA / "nlu_danger.jsonl"
FRESH_HEARD = DATA / "nlu_fresh_asr.jsonl"
FRESH_DANGER = DATA / "nlu_fresh_danger.jsonl"
FOURTH = DATA / "nlu_fourth.jsonl"
FOURTH_HEARD = DATA / "nlu_fourth_asr.jsonl"
FOURTH_DANGER = DATA / "nlu_fourth_danger.jsonl"
CLEAN = (DEV, FOURTH, DATA / "nlu_fresh.jsonl", DATA / "nlu_fresh_slots.jsonl", DATA / "nlu_fresh_third.jsonl")
FEW = tuple(load_examples()[::25])


async def test_ranking_is_a_distribution_best_first(engine):
    ranking = await engine.rank("хочу к терапевту", "open")
    assert len(ranking) == len(Intent)
    assert sum(p for _, p in ranking) == pytest.approx(1.0, abs=1e-3)
    assert ranking[0][0] == Intent.BOOK_APPOINTMENT
    assert all(a[1] >= b[1] for a, b in pairwise(ranking))


def test_the_cache_gives_the_same_answers_and_changes_with_the_data(tmp_path):
    first = EmbeddedEngine(cache=tmp_path, embeddings=False, examples=FEW)
    stored = list(tmp_path.iterdir())
    again = EmbeddedEngine(cache=tmp_path, embeddings=False, examples=FEW)
    assert list(tmp_path.iterdir()) == stored
    assert again.rank_now("вызовите врача", "open") == first.rank_now("вызовите врача", "open")
    more = (*FEW, Example(text="совсем новая фраза", intent=Intent.OUT_OF_SCOPE))
    EmbeddedEngine(cache=tmp_path, embeddings=False, examples=more)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_broken_cache_is_trained_anew(tmp_path):
    EmbeddedEngine(cache=tmp_path, embeddings=False, examples=FEW)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"not a model")
    engine = EmbeddedEngine(cache=tmp_path, embeddings=False, examples=FEW)
    assert engine.rank_now("да", "confirm")


def test_it_works_without_the_encoder():
    engine = EmbeddedEngine(embeddings=False, examples=FEW)
    assert not engine.capabilities.embeddings
    assert engine.rank_now("запишите к врачу", "open")


def test_figures_on_the_development_split_hold(engine, now):
    found = figures(judge(DEV, now, engine.rank_now))
    assert found["macro_f1"] >= 0.92
    assert found["slots_micro_f1"] >= 0.95
    assert found["emergency_act_or_ask"] >= 0.97
    assert found["false_emergency_acts"] <= 2
    assert found["patients_called_spam"] <= 0.005


def test_figures_on_what_a_recogniser_heard_hold(engine, now):
    """The same lines spoken by our voices over a noisy line and heard by Whisper base; slots are not judged."""
    found = figures(judge(HEARD, now, engine.rank_now))
    assert found["macro_f1"] >= 0.78
    assert found["patients_called_spam"] <= 0.005
    assert found["false_emergency_acts"] <= 2


def test_the_release_column_holds_on_clean_lines(engine, now):
    """Five parts by different hands together; the bounds are the release column of the specification."""
    judged = [one for part in CLEAN for one in judge(part, now, engine.rank_now)]
    found = figures(judged)
    assert found["macro_f1"] >= 0.89
    assert found["accuracy_in_dialogue"] >= 0.96
    assert found["slots_micro_f1"] >= 0.92
    assert found["frame_accuracy"] >= 0.82
    assert min(found["slot_specialty"], found["slot_date"], found["slot_time"]) >= 0.95
    assert found["multi_intent_recall"] >= 0.70
    assert found["second_intent_invented"] <= 0.02
    assert found["spam_precision"] >= 0.95
    assert found["spam_recall"] >= 0.92
    assert found["out_of_scope_recall"] >= 0.75
    assert found["out_of_scope_precision"] >= 0.75
    assert found["patients_called_spam"] <= 0.002
    assert found["patients_rejected"] <= 0.12
    assert found["patients_wronged"] <= 0.03
    assert found["emergency_missed"] == 0
    assert found["false_emergency_acts"] <= 3


def test_the_release_column_holds_on_what_was_heard(engine, now):
    found = figures(judge(HEARD, now, engine.rank_now))
    assert found["macro_f1"] >= 0.82
    assert found["emergency_missed"] <= 1


def test_speech_of_the_worst_lines_harms_nobody(engine, now):
    """Parts at odd rates and 10 dB, much of it past understanding: asked again rather than acted on."""
    judged = [one for part in (FRESH_HEARD, FOURTH_HEARD) for one in judge(part, now, engine.rank_now)]
    found = figures(judged)
    assert found["patients_wronged"] <= 0.06
    assert found["patients_called_spam"] <= 0.01
    assert found["false_emergency_acts"] <= 3
    assert found["emergency_act_or_ask"] >= 0.85


@pytest.mark.parametrize("part", [FRESH_DANGER, FOURTH_DANGER], ids=lambda part: part.stem)
def test_look_alikes_of_danger_are_not_acted_on(part, engine, now):
    found = figures(judge(part, now, engine.rank_now))
    assert found["emergency_missed"] == 0
    assert found["emergency_act"] >= 0.9
    assert found["false_emergency_acts"] <= 4


def test_macro_f1_counts_every_label_alike():
    assert macro_f1([("a", "a"), ("a", "a"), ("b", "a")]) == pytest.approx((0.8 + 0.0) / 2)


def test_bench_names_its_figures(model_cache):
    found = bench_nlu(cache=model_cache, texts=[("хочу к врачу", "open"), ("да", "confirm")])
    assert found["utterances"] == 2
    assert {"p50_ms", "p95_ms", "rss_mb", "start_seconds", "engine"} <= set(found)


def test_danger_is_asked_about_or_acted_on(engine, now):
    """On a split of its own: at most one danger in fifty passes unasked, few look-alikes are acted on at once."""
    lines = [json.loads(line) for line in DANGER.read_text(encoding="utf-8").splitlines()]
    found = [
        (line["danger"], interpret_ranked(line["text"], NluContext(state="open", now=now), engine.rank_now))
        for line in lines
    ]
    missed = [one.text for danger, one in found if danger and not (one.emergency or one.ask_red_flags)]
    rash = [one.text for danger, one in found if not danger and one.emergency]
    assert len(missed) <= 1, missed
    assert len(rash) <= 3, rash
