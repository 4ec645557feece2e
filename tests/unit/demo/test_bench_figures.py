"""Stages of a pause from what the caller's telephone and the journal noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from bot.demo.bench_figures import against, by_state, expected_in, measure, stages_of, yes_no
from bot.demo.bench_phone import Spoken
from bot.domain.call import CallRecord, Speaker, Turn
from dialogs.port import State
from speech.port import Expected

HEARD = {"silence": 400.0, "decode": 230.0, "wait": 1.0, "recognised": 10.0, "nlu": 8.0, "crm": 12.0}
REPLY = {"voice": 15.0, "pause": 447.0}
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def turn(number: int, speaker: Speaker, timings: Mapping[str, float]) -> Turn:
    return Turn(number=number, at=NOW, speaker=speaker, state="confirm", text="да", timings=timings)


def record(*turns: Turn) -> CallRecord:
    return CallRecord(
        id="c1", direction="inbound", caller="", called="", started_at=NOW, script="inbound", line="sip", turns=turns
    )


def spoken(*, pause_s: float = 0.46, interrupted: bool = False) -> Spoken:
    return Spoken(question=5, state="confirm", began=9.0, ended=10.0, answered=10.0 + pause_s, interrupted=interrupted)


WHOLE = record(turn(5, Speaker.BOT, {}), turn(6, Speaker.CALLER, HEARD), turn(7, Speaker.BOT, REPLY))


def test_a_pause_falls_into_its_stages() -> None:
    measured = measure(spoken(), WHOLE)
    assert measured is not None
    stages = measured.stages
    assert stages["whole"] == pytest.approx(460)
    assert stages["beyond_silence"] == pytest.approx(60)
    assert stages["recogniser"] == 10
    assert stages["rest"] == pytest.approx(50)
    assert stages["between"] == pytest.approx(2)
    assert stages["line"] == pytest.approx(13)
    assert stages["rest"] == pytest.approx(sum(stages[name] for name in ("nlu", "crm", "voice", "between", "line")))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (spoken(interrupted=True), WHOLE),
        (Spoken(question=5, state="confirm", began=9.0, ended=10.0), WHOLE),
        (spoken(), record(turn(5, Speaker.BOT, {}), turn(6, Speaker.CALLER, HEARD))),
        (spoken(), record(turn(6, Speaker.CALLER, {"nlu": 0.0, "crm": 0.0}), turn(7, Speaker.BOT, REPLY))),
        (spoken(), record(turn(6, Speaker.REGISTRAR, HEARD), turn(7, Speaker.BOT, REPLY))),
    ],
    ids=["spoken over", "never answered", "no reply", "nothing heard", "not the caller"],
)
def test_what_is_no_turn_is_not_measured(said: Spoken, found: CallRecord) -> None:
    assert measure(said, found) is None


def test_figures_by_state_name_the_silence_that_was_set() -> None:
    measured = measure(spoken(), WHOLE)
    assert measured is not None
    figures = by_state([measured, measured])
    assert list(figures) == ["confirm"]
    assert (figures["confirm"]["n"], figures["confirm"]["silence_setting"]) == (2, 400)
    assert figures["confirm"]["whole"] == {"p50": 460.0, "p95": 460.0}
    assert stages_of([])["whole"] == {"p50": 0.0, "p95": 0.0}
    assert yes_no([measured]) == [measured]


def test_every_state_that_expects_something_special_is_a_state() -> None:
    assert expected_in("ask_phone") is Expected.DIGITS
    assert expected_in("open") is Expected.FREE
    assert {"confirm", "ask_birth", "ask_name", "ask_address"} <= {state.value for state in State}


def test_a_target_is_a_most() -> None:
    assert against(150.0, 150) == {"value": 150.0, "limit": 150, "met": True}
    assert not against(150.1, 150)["met"]
