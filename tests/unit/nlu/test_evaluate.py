"""The table of understanding: what each figure counts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dialogs.nlu.evaluate import Judged, figures
from dialogs.nlu.gold import same_value
from dialogs.nlu.pipeline import interpret_ranked
from dialogs.port import FALLBACK, NluContext

PLAIN = interpret_ranked(
    "тут", NluContext(state="open", now=datetime(2026, 11, 23, tzinfo=UTC)), lambda *_: [("spam", 1.0)]
)


def line(
    gold: str, found: str, *, confidence: float = 0.9, slots=None, got=None, intents=(), heard=(), state="open", **flags
):
    record = {"intent": gold, "intents": list(intents) or [gold], "slots": slots, "state": state, "text": ""}
    understood = replace(
        PLAIN, intent=found, intents=tuple(heard) or (found,), confidence=confidence, slots=got or {}, **flags
    )
    return Judged(gold=record, found=understood)


def test_strangers_and_patients():
    found = figures([
        line("spam", "spam"), line("spam", "documents"), line("documents", "spam"),
        line("out_of_scope", FALLBACK, confidence=0.1), line("documents", FALLBACK, confidence=0.1),
        line("prep_info", "lab_hours", confidence=0.7), line("prep_info", "lab_hours", confidence=0.5),
    ])  # fmt: skip
    assert (found["spam_precision"], found["spam_recall"]) == (0.5, 0.5)
    assert (found["out_of_scope_precision"], found["out_of_scope_recall"]) == (0.5, 1.0)
    assert found["patients_called_spam"] == found["patients_rejected"] == 0.25
    assert found["patients_wronged"] == 0.5


def test_danger_acted_on_asked_about_and_missed():
    found = figures([
        line("emergency", "emergency", emergency=True), line("emergency", "home_visit", ask_red_flags=True),
        line("emergency", "home_visit"), line("home_visit", "emergency", emergency=True),
    ])  # fmt: skip
    assert found["emergency_act"] == pytest.approx(1 / 3)
    assert found["emergency_act_or_ask"] == pytest.approx(2 / 3)
    assert (found["emergency_missed"], found["false_emergency_acts"]) == (1, 1)


def test_slots_frames_and_seconds():
    found = figures([
        line("documents", "documents", slots={"date": "a~b", "time": "1"}, got={"date": "b"}),
        line("documents", "documents", slots={"date": "a"}, got={"date": "a"}, state="ask_date"),
        line("documents", "documents", slots={}, got={"time": "1"}),
        line("documents", "documents", slots=None, got={"time": "1"}),
        line("documents", "documents", intents=("documents", "prep_info"), heard=("documents", "lab_hours")),
        line("documents", "documents", heard=("documents", "lab_hours")),
    ])  # fmt: skip
    assert found["slots_micro_f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert found["slot_date"] == 1.0
    assert found["frame_accuracy"] == 0.5
    assert found["multi_intent_recall"] == 0.5
    assert found["second_intent_invented"] == pytest.approx(1 / 5)
    assert found["accuracy_in_dialogue"] == 1.0


@pytest.mark.parametrize(
    ("slot", "gold", "found"),
    [
        ("phone", "+79161112201", "89161112201"),
        ("address", "Ленина 5 кв 12", "улица Ленина, дом 5, квартира 12"),
        ("person_name", "Орлов Пётр", "петр орлов"),
        ("doctor", "Ким", "Ким Виктор Сергеевич"),
        ("time", "09:00", "9:00"),
        ("date", "2026-11-24~2026-11-25", "2026-11-25"),
    ],
)
def test_a_value_is_compared_without_what_is_not_scored(slot, gold, found):
    assert same_value(slot, gold, found)
    assert not same_value(slot, gold, "2")
