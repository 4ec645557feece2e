"""Totals of spoken calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from bot.demo.bench_phone import Spoken
from bot.demo.person import Part
from bot.demo.spoken.judge import Verdict
from bot.demo.spoken.plan import VOICES, CallPlan, Expected
from bot.demo.spoken.report import morning_figures, talk_figures, turns_by_load
from bot.demo.spoken.runner import Played
from bot.demo.spoken.scoring import Scored, longest_unheard
from bot.domain.call import CallRecord, Speaker, Turn
from bot.domain.clinic import Patient
from bot.domain.clock import MOSCOW

AT = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


def scored(
    noise: str = "clean", *, right: bool = True, wrong: str = "", outcome: str = "booked", spam: bool = False
) -> Scored:
    expected = Expected(outcomes=frozenset({"spam_ended" if spam else "booked"}))
    plan = CallPlan(
        number=0,
        scenario="spam" if spam else "book",
        patient=Patient(id="p", full_name="А Б В", birth_date=date(1960, 1, 1), phone="+79991002000"),
        known=True,
        voice=VOICES[0],
        noise=noise,
        part=Part(phone="+79991002000", voice=VOICES[0], answers={}),
        expected=expected,
    )
    played = Played(plan=plan, phase="", began=0.0, answered_s=0.2, ended=60.0, outcome={"outcome": outcome})
    return Scored(
        played=played,
        verdict=Verdict(right=right, wrong=wrong),
        at_person=outcome == "transferred",
        as_spam=outcome == "spam_ended",
        unheard=0,
        keys_offered=False,
        person_for_it=False,
    )


def test_clean_and_twenty_decibels_count_ten_are_only_reported() -> None:
    calls = [*[scored()] * 9, scored("snr20", right=False), *[scored("snr10", right=False)] * 5]
    figures = talk_figures(calls)
    assert figures["right_share_clean_snr20"]["value"] == 0.9
    assert figures["by_noise"]["snr10"] == {"calls": 5, "right": 0, "wrong": 0}
    assert figures["right"]


def test_fewer_than_eighty_five_in_a_hundred_or_one_wrong_commit_is_not_right() -> None:
    assert not talk_figures([*[scored()] * 5, scored(right=False)])["right"]
    assert not talk_figures([*[scored()] * 99, scored(right=False, wrong="записано не то")])["right"]


def test_a_busy_line_a_lost_call_or_a_late_answer_spoils_the_morning() -> None:
    assert morning_figures([scored()] * 3)["met"]
    busy, lost, late = scored(), scored(), scored()
    busy.played.refused, busy.played.outcome = 486, {}
    lost.played.outcome = {}
    late.played.answered_s = 3.0
    for one, name in ((busy, "busy"), (lost, "lost"), (late, "answered_p95_s")):
        figures = morning_figures([one])
        assert not figures[name]["met"]
        assert not figures["met"]


def test_pitches_may_meet_a_person_in_one_call_of_twenty_and_patients_are_not_pitches() -> None:
    kept, through = scored(outcome="spam_ended", spam=True), scored(outcome="transferred", spam=True)
    patients = [scored()] * 20
    assert morning_figures([*[kept] * 19, through, *patients])["met"]
    assert not morning_figures([*[kept] * 9, through, *patients])["met"]
    assert not morning_figures([*[kept] * 9, scored(outcome="spam_ended"), *patients])["met"]


def test_a_turn_counts_where_it_ended_alone_or_beside_others() -> None:
    def spoken(ended: float, pause: float) -> Spoken:
        return Spoken(question=1, state="open", began=ended - 1, ended=ended, answered=ended + pause)

    first = replace(scored().played, spoken=(spoken(10, 0.5), spoken(50, 1.0)), phase="steady")
    second = replace(scored().played, began=40.0, ended=100.0, spoken=(spoken(90, 0.7),), phase="burst")
    turns = turns_by_load([first, second])
    assert turns["alone"] == {"n": 2, "p50": 600.0, "p95": 690.0}
    assert turns["2_at_once"]["n"] == 1
    assert turns["phase_burst"]["n"] == 1
    assert turns["all"]["n"] == 3


def turn(number: int, text: str, intent: str | None, **timings: float) -> Turn:
    return Turn(number=number, at=AT, speaker=Speaker.CALLER, state="open", text=text, intent=intent, timings=timings)


def test_utterances_without_a_text_in_time_are_told_from_silence_and_from_noise() -> None:
    turns = (
        turn(1, "", "nlu_fallback", nlu=0.0),
        turn(2, "", "nlu_fallback", nlu=0.0),
        turn(3, "", None, nlu=0.0),
        turn(4, "", "nlu_fallback", nlu=0.0, decode=300.0),
        turn(5, "да", "affirm", decode=300.0),
    )
    record = CallRecord(
        id="c", direction="inbound", caller="1", called="2", started_at=AT, script="inbound", line="x", turns=turns
    )
    assert longest_unheard(record) == 2
    assert longest_unheard(None) == 0
