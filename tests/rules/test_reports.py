"""Reports: what they count, and that totals are the sums of their rows (P1, P8, C25)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.domain.follow_up import BOT
from crm_bridge.local.reports import REPORTS, Period
from crm_bridge.local.route import Given
from crm_bridge.port import NotFound
from tests.rules.house import DOCTOR, REGISTRAR, House, at

NOVEMBER = Period(start=date(2026, 11, 1), end=date(2026, 11, 30))


async def a_week(house: House) -> None:
    """One visit attended and paid, one cancelled late, one missed, one ahead."""
    await house.service("укол", price=300)
    one, two = await house.patient(), await house.patient("Другой Пётр Ильич", "+79160000002")
    came = await house.book(at(24, "09:00"), patient=one, by=BOT)
    cancelled = await house.book(at(24, "12:00"), patient=two, by=REGISTRAR, source="site")
    await house.book(at(25, "15:00"), patient=two, doctor="d2", by=REGISTRAR)
    await house.book(at(30, "09:00"), patient=one, by=BOT)
    house.go_to(at(24, "10:00"))
    await house.clinic.attend(came.id, by=DOCTOR, given=[Given(service_id="укол", quantity=2)])
    await house.desk.payments.pay_at_desk(came.id, 600, by=REGISTRAR)
    await house.clinic.cancel_visit(cancelled.id, cancelled_by="clinic", reason_id="doctor_away", by=REGISTRAR)
    house.go_to(at(25, "15:40"))
    await house.desk.sweep.tick()


async def test_p8_bookings_and_visits_by_doctor(house: House) -> None:
    await a_week(house)
    made = await house.desk.reports.report("doctors", NOVEMBER)
    assert [
        (row["label"], row["all"], row["came"], row["cancelled"], row["missed"], row["ahead"]) for row in made.rows
    ] == [
        ("Иванов Иван Иванович", 3, 1, 1, 0, 1),
        ("Петрова Анна Ильинична", 1, 0, 0, 1, 0),
    ]
    assert [row["share_missed"] for row in made.rows] == [0.0, 100.0]


async def test_p8_revenue_by_service_and_shift(house: House) -> None:
    await a_week(house)
    made = await house.desk.reports.report("revenue", NOVEMBER)
    assert [dict(row) for row in made.rows] == [{"label": "укол, утро", "given": 2, "sum": 600}]
    paid = await house.desk.reports.report("payments", NOVEMBER)
    assert paid.totals == {"payments": 1, "sum": 600}


async def test_c25_the_bot_is_one_of_the_administrators(house: House) -> None:
    await a_week(house)
    made = await house.desk.reports.report("administrators", NOVEMBER)
    assert [(row["label"], row["all"]) for row in made.rows] == [("registrar", 2), ("Голосовой бот", 2)]
    channels = await house.desk.reports.report("channels", NOVEMBER)
    assert {row["label"]: row["all"] for row in channels.rows} == {"phone": 3, "site": 1}


async def test_p8_who_cancelled_and_why(house: House) -> None:
    await a_week(house)
    made = await house.desk.reports.report("cancellations", NOVEMBER)
    assert [dict(row) for row in made.rows] == [
        {"label": "Врач не может принять", "all": 1, "patient": 0, "clinic": 1, "late": 0}
    ]


@pytest.mark.parametrize("name", list(REPORTS))
async def test_totals_are_the_sums_of_the_rows(house: House, name: str) -> None:
    await a_week(house)
    made = await house.desk.reports.report(name, NOVEMBER)
    assert made.totals == {key: sum(row[key] for row in made.rows) for key in made.totals}
    assert set(made.totals) <= set(made.columns)
    empty = await house.desk.reports.report(name, Period(start=date(2025, 1, 1), end=date(2025, 1, 2)))
    assert list(empty.rows) == []


async def test_a_days_edge_belongs_to_the_day_of_the_branch(house: House) -> None:
    await house.book(at(24, "23:50"))
    for day, found in ((23, 0), (24, 1), (25, 0)):
        period = Period(start=date(2026, 11, day), end=date(2026, 11, day))
        assert len((await house.desk.reports.report("days", period)).rows) == found


async def test_an_unknown_report_names_the_known_ones(house: House) -> None:
    with pytest.raises(NotFound, match="doctors"):
        await house.desk.reports.report("nope", NOVEMBER)


async def test_p1_plan_and_fact_by_doctor_and_day_and_each_visit_that_differs(house: House) -> None:
    """One as planned, one with another service, one without any, one missed, one that nobody marked, one ahead."""
    await house.service("приём", price=1000)
    await house.service("укол", price=300)
    patient = await house.patient()
    how: dict[str, Any] = {"patient": patient, "service_id": "приём"}
    planned, other, bare = [await house.book(at(24, clock), **how) for clock in ("09:00", "09:20", "09:40")]
    missed = await house.book(at(24, "10:00"), **how)
    gone = await house.book(at(24, "11:00"), **how)
    await house.book(at(25, "09:00"), **how)
    forgotten = await house.book(at(24, "14:00"), doctor="d2", **how)
    house.go_to(at(24, "14:00"))
    await house.clinic.cancel_visit(gone.id, cancelled_by="clinic", reason_id="doctor_away", by=REGISTRAR)
    await house.clinic.attend(planned.id, by=DOCTOR, given=[Given(service_id="приём", quantity=1)])
    await house.clinic.attend(other.id, by=DOCTOR, given=[Given(service_id="укол", quantity=2)])
    await house.clinic.attend(bare.id, by=DOCTOR)
    await house.clinic.no_show(missed.id, by=REGISTRAR)
    made = await house.desk.reports.report("plan_fact", NOVEMBER)
    assert [tuple(row.values()) for row in made.rows] == [
        ("Иванов Иван Иванович, 2026-11-24", 4, 3, 3, 4000, 1600),
        ("Иванов Иван Иванович, 2026-11-25", 1, 0, 0, 1000, 0),
        ("Петрова Анна Ильинична, 2026-11-24", 1, 0, 0, 1000, 0),
    ]
    assert made.totals["fact_sum"] == 1600
    house.go_to(at(24, "14:19"))
    assert len((await house.desk.reports.report("mismatches", NOVEMBER)).rows) == 3
    house.go_to(at(24, "14:20"))  # its end: a visit that is over and was marked by nobody
    listed = await house.desk.reports.report("mismatches", NOVEMBER)
    assert [(row["label"], row["plan_sum"], row["fact_sum"]) for row in listed.rows] == [
        (f"2026-11-24 09:20, Иванов Иван Иванович: оказано другое (приём {other.id})", 1000, 600),
        (f"2026-11-24 09:40, Иванов Иван Иванович: услуги не указаны (приём {bare.id})", 1000, 0),
        (f"2026-11-24 10:00, Иванов Иван Иванович: не пришёл (приём {missed.id})", 1000, 0),
        (f"2026-11-24 14:00, Петрова Анна Ильинична: не отмечен (приём {forgotten.id})", 1000, 0),
    ]
