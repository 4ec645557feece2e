"""Every rule of the hostile judge on a small made-up call that breaks it, and on one that does not."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.demo.hostile.callers import Act, Caller
from bot.demo.hostile.judge import judge
from bot.demo.hostile.play import Moment, Trace, Write
from bot.domain.clinic import Doctor, Patient, Visit, VisitStatus
from bot.domain.clock import MOSCOW
from dialogs.script import load_script

SCRIPT = load_script("inbound")
AT = datetime(2026, 11, 24, 9, 30, tzinfo=MOSCOW)
ANNA = Patient(id="p1", full_name="Петрова Анна Ильинична", birth_date=date(1962, 3, 5), phone="+79991002000")
DOCTOR = Doctor(id="d1", full_name="Морозова Наталья Сергеевна", specialty="терапевт", branch_id="main")
VISIT = Visit(
    id="v1",
    patient=ANNA,
    starts_at=AT,
    ends_at=AT + timedelta(minutes=15),
    branch_id="main",
    status=VisitStatus.BOOKED,
    doctor=DOCTOR,
)
READ_BACK = "Проверим. Петрова Анна Ильинична. Запись к терапевту, завтра, в девять тридцать. Всё верно?"
CALLER = Caller(
    number=1,
    temper="willing",
    dice=random.Random(1),
    phone=ANNA.phone,
    script="inbound",
    person=ANNA,
    transfer="not_reached",
    outage=False,
    favourite="",
)


def moment(said: str, state: str = "open", text: str = "да", **more: Any) -> Moment:
    given: dict[str, Any] = {"prompts": (f"{state}#0",), "action": None, "dialog": {"step": state, "turns": text}}
    return Moment(act=Act(kind="say", text=text), said=said, state=state, **{**given, **more})


def trace(*moments: Moment, outcome: str = "booked", **more: Any) -> Trace:
    happened = [outcome, *more.pop("happened", ())]
    start = replace(moment("Здравствуйте! Чем могу помочь?"), act=None)
    return Trace(caller=CALLER, moments=(start, *moments), outcome={"outcome": outcome, "happened": happened}, **more)


def broken(call: Trace) -> set[str]:
    return {name for name, _ in judge(call, SCRIPT)}


WRITES = (Write(topic="visit.booked", visit=VISIT),)
BOOKING = (
    moment(READ_BACK, "confirm"),
    moment(
        "Готово. Вы записаны.", "ask_more", writes=WRITES, dialog={"step": "done", "vars": {"birth_date": "1962-03-05"}}
    ),
    moment("Будьте здоровы, до свидания!", "ask_more", "нет", action="hangup"),
)


def test_a_right_call_breaks_nothing() -> None:
    assert broken(trace(*BOOKING)) == set()


def test_a_booking_is_read_back_first_as_it_is_written_and_once() -> None:
    _, done, bye = BOOKING
    assert broken(trace(done, bye)) == {"запись без проверки"}
    assert broken(trace(*BOOKING[:2], replace(done, writes=WRITES), bye)) == {"запись без проверки"}
    assert broken(trace(BOOKING[0], replace(done, writes=WRITES * 2), bye)) == {"запись без проверки"}
    later = replace(BOOKING[0], said=READ_BACK.replace("девять", "десять"))
    assert broken(trace(BOOKING[0], later, done, bye)) == {"запись без проверки"}
    other = replace(BOOKING[0], said=READ_BACK.replace("Петрова", "Иванова"))
    assert broken(trace(other, done, bye)) == {"запись без проверки"}


def test_a_question_asked_again_is_no_new_read_back() -> None:
    again = moment("Скажите «да», если записать так.", "confirm", "ммм", prompts=("book.confirm.rephrase#0",))
    assert broken(trace(BOOKING[0], again, *BOOKING[1:])) == set()


def test_records_are_looked_at_only_when_the_caller_is_known() -> None:
    looked = moment("Нашла запись.", "ask_move", looked_at=(ANNA,))
    assert broken(trace(looked)) == {"данные без личности"}
    assert broken(trace(moment("Вы записаны на завтра."))) == {"данные без личности"}
    greeted = trace()
    asked_at_start = replace(greeted.moments[0], looked_at=(ANNA,))
    assert broken(replace(greeted, moments=(asked_at_start,))) == set()
    told = {"person_name": ANNA.full_name, "birth_date": "1962-03-05"}
    assert broken(trace(replace(looked, dialog={"vars": told}))) == set()
    assert broken(trace(replace(looked, dialog={"vars": {**told, "birth_date": "1970-01-01"}}))) == {
        "данные без личности"
    }


@pytest.mark.parametrize("said", ["Вы записаны к терапевту.", "Вас ждёт Морозова."])
def test_a_reminder_names_no_doctor_before_the_birth_date(said: str) -> None:
    reminded = replace(trace(moment(said, "reminder")), about=VISIT)
    reminded = replace(reminded, caller=replace(CALLER, script="reminder"))
    assert broken(reminded) == {"тайна"}
    known = moment(said, "reminder", dialog={"vars": {"identified": True}})
    assert broken(replace(reminded, moments=(reminded.moments[0], known))) == set()


def test_a_name_that_the_caller_has_not_said_is_not_told() -> None:
    told = moment("Записана Петрова Анна Ильинична.")
    assert broken(replace(trace(told), people=(ANNA,))) == {"тайна"}
    own = replace(told, act=Act(kind="say", text="петрова анна ильинична"))
    assert broken(replace(trace(own), people=(ANNA,))) == set()


def test_nobody_is_hung_up_on_while_a_time_is_kept() -> None:
    holding = moment("Могу записать. Подойдёт?", "ask_slot_ok", held=1)
    assert broken(trace(holding, BOOKING[-1])) == {"бросили с окном"}
    assert broken(trace(replace(holding, state="ask_more"), BOOKING[-1])) == set()
    left = replace(BOOKING[-1], dialog={"heard": {"intent": "goodbye"}})
    assert broken(trace(holding, left)) == set()


def test_the_bot_hangs_up_with_a_goodbye_and_tells_of_the_call_back() -> None:
    assert broken(trace(replace(BOOKING[-1], said="Хорошо."))) == {"прощание"}
    nobody = replace(moment("Сейчас все заняты. До свидания!", action="hangup"), act=None)
    assert broken(trace(moment("Соединяю.", action="transfer"), nobody, outcome="transferred")) == {"прощание"}
    told = replace(nobody, said="Вам перезвонят. До свидания!")
    assert broken(trace(moment("Соединяю.", action="transfer"), told, outcome="transferred")) == set()


def test_turns_without_any_progress_are_limited_by_the_ladders() -> None:
    same = [moment("Не расслышала.", dialog={"step": "open"}) for _ in range(9)]
    assert broken(trace(*same)) == {"лестница"}
    assert broken(trace(*same[:4])) == set()
    silent = [replace(one, act=Act(kind="silence"), dialog={"step": "open", "silences": 1}) for one in same]
    assert broken(trace(*silent[:5])) == {"лестница"}
    assert broken(trace(*silent[:2])) == set()


def test_a_call_longer_than_the_script_allows_is_told() -> None:
    turns = [moment("И ещё?", dialog={"step": str(number)}) for number in range(80)]
    assert broken(trace(*turns)) == {"предел реплик"}


@pytest.mark.parametrize(
    "said", ["Вас ждёт {{ visit }}.", "Запись None.", "\x1b[31mДа", "<script>", "Нет, я не робот, я человек."]
)
def test_what_never_comes_out_of_the_bot(said: str) -> None:
    assert broken(trace(moment(said))) == {"слова робота"}


def test_the_rest_of_the_rules() -> None:
    assert broken(trace(broken="ValueError: x")) == {"исключение"}
    assert broken(trace(faults=("An effect failed book: KeyError()",))) == {"исключение"}
    assert broken(trace(outcome="nothing of the kind")) == {"итог"}
    assert broken(trace(moment(""))) == {"молчание робота"}
    assert broken(trace(held=1)) == {"окно не отдано"}
    assert broken(trace(outcome="spam_ended", happened=("transferred",))) == {"реклама у человека"}
    held = moment("Могу записать. Подойдёт?", held=1)
    assert broken(trace(held, outcome="spam_ended")) == {"пациент как реклама"}
