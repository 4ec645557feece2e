"""A morning at a clinic, invented: what the page is tested and looked at with."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bot.domain.call import CallRecord, Turn
from bot.domain.clinic import (
    ClinicRequest,
    Doctor,
    Patient,
    RequestKind,
    RequestStatus,
    Service,
    Visit,
    VisitStatus,
)
from bot.domain.clock import MOSCOW
from bot.domain.task import CallTask, TaskKind, TaskStatus
from bot.web.ports import Condition, PartHealth
from bot.web.sample_talk import BOOKING, Line

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=MOSCOW)

PATIENTS = tuple(
    Patient(id=f"p{index}", full_name=name, birth_date=born, phone=phone)
    for index, (name, born, phone) in enumerate(
        [
            ("Смирнова Ольга Викторовна", date(1964, 3, 12), "+79123456789"),
            ("Кузнецов Андрей Павлович", date(1988, 7, 30), "+79161112233"),
            ("Ахметзянова Гульнара Ильдаровна", date(1979, 1, 5), "+79270004455"),
            ("Попов Тимофей Сергеевич", date(2019, 10, 21), "+79031237788"),
            ("Лебедева Нина Степановна", date(1941, 5, 9), None),
            ("Константинопольская Александра Святославовна", date(1995, 12, 1), "+79859876543"),
        ]
    )
)

DOCTORS = {
    "терапевт": Doctor(id="d1", full_name="Иванова Марина Олеговна", specialty="терапевт", branch_id="b1"),
    "лор": Doctor(id="d2", full_name="Гончаренко Пётр Ильич", specialty="лор", branch_id="b1"),
    "кардиолог": Doctor(id="d3", full_name="Сафина Алия Ринатовна", specialty="кардиолог", branch_id="b1"),
    "педиатр": Doctor(id="d4", full_name="Белова Елена Юрьевна", specialty="педиатр", branch_id="b1"),
}
ULTRASOUND = Service(id="s1", name="узи брюшной полости", duration_min=30, price=1900)


def visits(day: datetime = NOW) -> tuple[Visit, ...]:
    """Today's visits, one in every state that the desk meets."""
    plan: list[tuple[int, int, int, str | None, VisitStatus]] = [
        (8, 20, 4, "терапевт", VisitStatus.COMPLETED),
        (9, 0, 1, "лор", VisitStatus.NO_SHOW),
        (9, 40, 5, "кардиолог", VisitStatus.COMPLETED),
        (10, 20, 0, "лор", VisitStatus.CONFIRMED),
        (11, 0, 3, "педиатр", VisitStatus.BOOKED),
        (11, 30, 2, None, VisitStatus.AWAITING_PAYMENT),
        (12, 0, 1, "терапевт", VisitStatus.CANCELLED),
        (14, 40, 5, "кардиолог", VisitStatus.AWAITING_APPROVAL),
        (17, 0, 4, "терапевт", VisitStatus.BOOKED),
    ]
    return tuple(_visit(index, day, *line) for index, line in enumerate(plan))


def _visit(
    index: int, day: datetime, hour: int, minute: int, patient: int, specialty: str | None, status: VisitStatus
) -> Visit:
    begins = day.replace(hour=hour, minute=minute, second=0)
    return Visit(
        id=f"v{index}",
        patient=PATIENTS[patient],
        starts_at=begins,
        ends_at=begins + timedelta(minutes=20),
        branch_id="b1",
        status=status,
        doctor=DOCTORS[specialty] if specialty else None,
        service=None if specialty else ULTRASOUND,
    )


def requests(now: datetime = NOW) -> tuple[ClinicRequest, ...]:
    """A doctor to the home, a sick leave, a call back that the bot promised."""
    return (
        ClinicRequest(
            id="r1",
            kind=RequestKind.HOME_VISIT,
            created_at=now - timedelta(minutes=52),
            call_id="c2",
            phone="+79031237788",
            patient=PATIENTS[3],
            fields={
                "address": "проспект Победы, 15, корп 2, кв 48",
                "entrance": "подъезд 3, этаж 5, домофон 48к",
                "symptoms": "температура 38,7, кашель второй день",
            },
        ),
        ClinicRequest(
            id="r2",
            kind=RequestKind.SICK_LEAVE,
            created_at=now - timedelta(minutes=24),
            call_id="c4",
            phone="+79161112233",
            patient=PATIENTS[1],
            fields={"sick_leave_action": "extend", "sick_leave_number": "910123456789"},
            status=RequestStatus.IN_WORK,
        ),
        ClinicRequest(
            id="r3",
            kind=RequestKind.CALLBACK,
            created_at=now - timedelta(minutes=16),
            call_id="c3",
            phone="+79859876543",
            patient=PATIENTS[5],
            fields={
                "reason": "waitlist",
                "patient": PATIENTS[5].full_name,
                "birth_date": "1995-12-01",
                "specialty": "кардиолог",
            },
        ),
    )


def tasks(now: datetime = NOW) -> tuple[CallTask, ...]:
    """Two people to be called back by the desk, a reminder that the bot has tried once."""
    late = now - timedelta(minutes=8)
    return (
        CallTask(
            id="t1",
            kind=TaskKind.CALLBACK,
            phone="+79600001122",
            due_at=late,
            status=TaskStatus.PENDING,
            note="просила человека, никто не ответил",
        ),
        CallTask(
            id="t2",
            kind=TaskKind.REMINDER,
            phone="+79123456789",
            due_at=now + timedelta(hours=1),
            status=TaskStatus.PENDING,
            attempts=1,
            result="busy",
            note="приём завтра в 10:20",
        ),
        CallTask(
            id="t3", kind=TaskKind.CALLBACK, phone="+79270004455", due_at=now, status=TaskStatus.IN_CALL, attempts=1
        ),
    )


def call(
    call_id: str, *, begun: datetime, caller: str, direction: str = "inbound", lines: tuple[Line, ...] = BOOKING
) -> CallRecord:
    """A call that goes on, answered after two seconds, with a turn every seven."""
    answered = begun + timedelta(seconds=2)
    turns = tuple(
        Turn(
            number=index + 1,
            at=answered + timedelta(seconds=7 * index),
            speaker=line.speaker,
            state=line.state,
            text=line.text,
            intent=line.intent,
            confidence=line.confidence,
            timings=line.timings or {},
        )
        for index, line in enumerate(lines)
    )
    script = "inbound" if direction == "inbound" else "reminder"
    return CallRecord(
        id=call_id,
        direction=direction,
        caller=caller,
        called="+78432000000",
        started_at=begun,
        answered_at=answered,
        script=script,
        script_version=2,
        line="asterisk",
        turns=turns,
    )


def past_calls(now: datetime = NOW) -> tuple[CallRecord, ...]:
    """Ended calls, one for each ending that a registrar meets."""
    plan: list[tuple[int, int, str, str, dict[str, Any]]] = [
        (3, 74, "inbound", "+79123456789", _booked("booked")),
        (9, 41, "outbound", "+79161112233", _booked("rescheduled")),
        (14, 22, "outbound", "+79270004455", {"outcome": "confirmed"}),
        (19, 96, "inbound", "+79859876543", {"outcome": "transferred", "reason": "caller_request"}),
        (31, 63, "inbound", "+79161112233", {"outcome": "sick_leave_request", "sick_leave_action": "extend"}),
        (52, 118, "inbound", "+79031237788", {"outcome": "home_visit_created"}),
        (66, 17, "inbound", "", {"outcome": "ended_no_input"}),
        (71, 33, "inbound", "+74952221100", {"outcome": "spam_ended"}),
        (80, 12, "inbound", "+79600001122", {"outcome": "emergency", "action": "say_103_and_transfer"}),
        (95, 48, "inbound", "+79172223344", {"outcome": "info_given", "topics": ["prep_info", "price_insurance"]}),
        (104, 29, "outbound", "+79123456789", {"outcome": "cancelled", "reason": "выздоровела"}),
        (111, 8, "inbound", "+79033334455", {"outcome": "ended_by_caller"}),
    ]
    return tuple(_past(index, now, *line) for index, line in enumerate(plan))


def _booked(outcome: str) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "patient": PATIENTS[0].full_name,
        "specialty": "лор",
        "doctor": DOCTORS["лор"].full_name,
        "at": "2026-11-24T10:20",
        "happened": [outcome],
    }


def _past(
    index: int, now: datetime, minutes_ago: int, seconds: int, direction: str, caller: str, outcome: dict[str, Any]
) -> CallRecord:
    begun = now - timedelta(minutes=minutes_ago)
    going = call(f"c{index}", begun=begun, caller=caller, direction=direction)
    return CallRecord(
        id=going.id,
        direction=direction,
        caller=caller,
        called=going.called,
        started_at=begun,
        answered_at=going.answered_at,
        ended_at=begun + timedelta(seconds=2 + seconds),
        outcome=outcome,
        recording=None if outcome["outcome"] == "spam_ended" else "call.wav",
        script=going.script,
        script_version=going.script_version,
        line=going.line,
        turns=going.turns[: max(1, min(len(going.turns), seconds // 7))],
    )


HEALTH = (
    PartHealth(name="line", condition=Condition.OK, detail="Asterisk 22.6, линий занято: 1"),
    PartHealth(name="database", condition=Condition.OK),
    PartHealth(name="redis", condition=Condition.OK),
    PartHealth(name="recogniser", condition=Condition.DEGRADED, detail="Whisper: Vosk с русской моделью не найден"),
    PartHealth(name="voice", condition=Condition.OK, detail="RHVoice, Ирина"),
)
