"""What the seeds tell in stories: courses, recommendations, requests, one line of time, nobody forgotten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.clinic import Funding, OpeningQuery, RequestKind, RequestStatus, VisitStatus
from bot.domain.follow_up import BOT, FollowUp, Need
from crm_bridge.local.tables import VisitRow
from crm_bridge.port import IllegalStep, Refused
from tests.rules.house import DOCTOR, REGISTRAR, THERAPIST, House, at

INJECTION = "укол в сустав"


async def test_c2_the_clinic_counts_the_course_and_not_the_patient(house: House) -> None:
    await house.service(INJECTION, specialty=THERAPIST, course_total=5, course_interval_days=7)
    patient = await house.patient()
    left, right = [
        await house.desk.courses.start(patient_id=patient.id, service_id=INJECTION, title=title, by=DOCTOR)
        for title in ("Левое колено", "Правое колено")
    ]
    assert (left.next_number, left.total, left.next_on) == (1, 5, date(2026, 11, 23))
    visit = await house.book(at(24, "09:00"), patient=patient, service_id=INJECTION, course_id=left.id)
    house.go_to(at(24, "09:30"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    courses = {course.id: course for course in await house.desk.courses.courses_of(patient.id)}
    assert (courses[left.id].next_number, courses[left.id].next_on) == (2, date(2026, 12, 1))
    assert courses[right.id].next_number == 1


async def test_c2_whoever_books_the_service_books_for_the_course_that_is_due_first(house: House) -> None:
    await house.service(INJECTION, course_total=2, course_interval_days=7)
    patient = await house.patient()
    left, right = [
        await house.desk.courses.start(patient_id=patient.id, service_id=INJECTION, title=title, by=DOCTOR)
        for title in ("Левое колено", "Правое колено")
    ]
    await house.book(at(24, "09:00"), patient=patient, service_id=INJECTION, course_id=left.id)
    await house.book(at(25, "09:00"), patient=patient, service_id=INJECTION, by=BOT)
    courses = {course.id: course.booked for course in await house.desk.courses.courses_of(patient.id)}
    assert courses == {left.id: 1, right.id: 1}
    for day in (31, 32, 33):
        await house.book(at(day, "09:00"), patient=patient, service_id=INJECTION, by=BOT)
    courses = {course.id: course.booked for course in await house.desk.courses.courses_of(patient.id)}
    assert courses == {left.id: 2, right.id: 2}


async def test_c2_five_of_five_is_whole(house: House) -> None:
    await house.service(INJECTION, course_total=2, course_interval_days=7)
    patient = await house.patient()
    course = await house.desk.courses.start(patient_id=patient.id, service_id=INJECTION, title="Колено", by=DOCTOR)
    for day in (24, 31):
        await house.book(at(day, "09:00"), patient=patient, service_id=INJECTION, course_id=course.id)
    [whole] = await house.desk.courses.courses_of(patient.id)
    assert (whole.booked, whole.next_on) == (2, None)


@pytest.mark.parametrize(("day", "tasks"), [(30, 0), (31, 1)])
async def test_c3_nobody_past_the_interval_is_without_a_task(house: House, day: int, tasks: int) -> None:
    await house.service(INJECTION, course_total=3, course_interval_days=7)
    patient = await house.patient()
    course = await house.desk.courses.start(patient_id=patient.id, service_id=INJECTION, title="Колено", by=DOCTOR)
    visit = await house.book(at(24, "09:00"), patient=patient, service_id=INJECTION, course_id=course.id)
    house.go_to(at(24, "09:30"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    house.go_to(at(day, "08:00"))
    for _ in range(2):
        await house.desk.sweep.tick()
    found = await house.open_tasks(patient)
    assert [task.comment for task in found] == ["Колено: пора на приём 2 из 3"] * tasks
    told = [(errand.number, errand.total) for errand in await house.clinic.due_errands()]
    assert told == [(2, 3)] * tasks, "the bot can name the number"


async def test_c2_a_course_needs_its_numbers(house: House) -> None:
    await house.service(INJECTION)
    patient = await house.patient()
    with pytest.raises(Refused, match="сколько приёмов"):
        await house.desk.courses.start(patient_id=patient.id, service_id=INJECTION, title="Колено", by=DOCTOR)


async def test_c4_a_recommendation_that_does_not_burn_is_a_task_for_its_day(house: House) -> None:
    await house.service("рентген", specialty=THERAPIST)
    patient = await house.patient()
    task = await house.desk.tasks.create_task(
        patient_id=patient.id,
        need=Need(service_id="рентген"),
        comment="рекомендован рентген в другом филиале",
        active_from=date(2027, 5, 20),
        by=DOCTOR,
    )
    assert (task.active_from, task.need.specialty) == (date(2027, 5, 20), THERAPIST)


async def test_c8_everything_known_of_a_patient_is_one_line_of_time(house: House) -> None:
    patient = await house.patient()
    came = await house.book(at(24, "09:00"), patient=patient)
    late = await house.book(at(24, "12:00"), patient=patient, doctor="d2", source="site")
    await house.clinic.create_request(
        RequestKind.CALLBACK, {}, call_id=None, phone=patient.phone, patient_id=patient.id
    )
    house.go_to(at(24, "09:30"))
    await house.clinic.attend(came.id, by=DOCTOR)
    await house.clinic.cancel(late.id, reason="ill", call_id=None)
    line = await house.desk.control.timeline(patient.id)
    assert [moment.kind for moment in line] == ["request", "visit", "task", "visit"]
    behaviour = await house.desk.control.behaviour(patient.id)
    assert (behaviour.visits, behaviour.cancelled, behaviour.late, behaviour.doctors) == (1, 1, 1, 2)
    assert behaviour.channels == ("phone", "site")


async def test_c19_the_bot_is_not_offered_what_lacks_its_device(house: House) -> None:
    await house.service("узи", specialty=THERAPIST, resources=["узи"])
    await house.device("u1", "узи")
    await house.take(await house.opening(at(30, "09:00")), service_id="узи")
    await house.opening(at(30, "09:10"))
    free = await house.opening(at(30, "09:40"))
    found = await house.clinic.openings(OpeningQuery(service="узи", limit=5))
    assert [opening.id for opening in found] == [free]


async def test_td2_openings_are_of_services_that_are_paid_so(house: House) -> None:
    await house.service("массаж", fundings=["paid"])
    opening = await house.opening(at(30, "09:00"), service_id="массаж")
    for funding, expected in ((Funding.PAID, [opening]), (Funding.OMS, [])):
        found = await house.clinic.openings(OpeningQuery(service="массаж", funding=funding))
        assert [one.id for one in found] == expected
    with pytest.raises(Refused, match="оплаты"):
        await house.take(opening, funding=Funding.OMS)


async def test_td3_that_the_preparation_was_told_is_written_on_the_visit(house: House) -> None:
    visit = await house.book(at(30, "09:00"))
    await house.clinic.prep_told(visit.id, call_id="c1")
    assert (await house.clinic.visit(visit.id)).prep_told


async def test_tr2_tr4_a_request_goes_its_way_and_the_caller_hears_of_it(house: House) -> None:
    patient = await house.patient()
    made = await house.clinic.create_request(
        RequestKind.SICK_LEAVE, {"symptoms": "кашель"}, call_id="c1", phone=patient.phone, patient_id=patient.id
    )
    assert (made.owner, made.next_action_at) == ("desk", at(23, "14:00"))
    await house.clinic.take_request(made.id, "doctor", by=DOCTOR)
    await house.clinic.advance_request(made.id, RequestStatus.SENT, by=DOCTOR)
    assert patient.phone
    [told] = await house.clinic.requests_of(patient.phone)
    assert (told.status, told.owner) == (RequestStatus.SENT, "doctor")
    await house.clinic.advance_request(made.id, RequestStatus.DONE, by=DOCTOR)
    with pytest.raises(IllegalStep):
        await house.clinic.advance_request(made.id, RequestStatus.IN_WORK, by=DOCTOR)


async def test_p2_the_bot_the_desk_and_the_site_make_the_same_record(house: House) -> None:
    for clock, source in (("09:00", "phone"), ("10:00", "site"), ("11:00", "messenger")):
        await house.book(at(30, clock), source=source)
    rows = await house.rows(VisitRow)
    assert sorted(row.source for row in rows) == ["messenger", "phone", "site"]
    assert {row.status for row in rows} == {VisitStatus.BOOKED.value}


async def test_p9_what_should_have_been_done_is_on_one_list(house: House) -> None:
    patient = await house.patient()
    await house.desk.tasks.create_task(
        patient_id=patient.id, need=Need(specialty=THERAPIST), comment="x", in_days=0, by=REGISTRAR
    )
    request = await house.clinic.create_request(
        RequestKind.HOME_VISIT, {}, call_id=None, phone=patient.phone, patient_id=patient.id
    )
    visit = await house.book(at(30, "09:00"), patient=patient, doctor="d2")
    await house.clinic.cancel_visit(
        visit.id, cancelled_by="patient", reason_id="time", follow_up=FollowUp.LATER, by=REGISTRAR
    )
    assert [one.kind for one in await house.desk.control.overdue()] == ["undecided"]
    house.go_to(at(24, "10:00") + timedelta(seconds=1))
    overdue = await house.desk.control.overdue()
    assert [one.kind for one in overdue] == ["task", "undecided", "request"]
    assert all(one.owner for one in overdue)
    await house.clinic.advance_request(request.id, RequestStatus.DONE, by=REGISTRAR)
    assert [one.kind for one in await house.desk.control.overdue()] == ["task", "undecided"]


async def test_i14_what_the_task_says_reaches_the_doctor_when_the_bot_books(house: House) -> None:
    patient = await house.patient()
    await house.desk.tasks.create_task(
        patient_id=patient.id, need=Need(specialty=THERAPIST), comment="болит спина", by=REGISTRAR
    )
    visit = await house.book(at(30, "09:00"), patient=patient, by=BOT)
    assert visit.comment == "болит спина"


async def test_c22_tasks_of_people_and_of_rules_are_in_one_list_and_told_apart(house: House) -> None:
    one, other = await house.patient(), await house.patient("Другой Пётр Ильич", "+79160000002")
    await house.desk.tasks.create_task(
        patient_id=one.id, need=Need(specialty=THERAPIST), comment="сам", in_days=0, by=REGISTRAR
    )
    await house.book(at(24, "09:00"), patient=other)
    house.go_to(at(24, "10:00"))
    await house.desk.sweep.tick()
    tasks = await house.desk.tasks.active_tasks()
    assert sorted(task.history[0].split(":")[0] for task in tasks) == ["I13", "I20"]


async def test_c1_only_the_system_gives_payment_links(house: House) -> None:
    visit = await house.book(at(30, "09:00"))
    made = await house.desk.payments.invoice(visit.id, 500, by=REGISTRAR)
    assert made.token
    assert (await house.desk.payments.by_token(made.token)).visit_id == visit.id
    await house.desk.payments.paid(made.token, provider_id="p9", by=BOT)
    assert (await house.clinic.visit(visit.id)).paid == 500


async def test_c17_one_payment_is_not_counted_for_two_links(house: House) -> None:
    links = []
    for clock in ("09:00", "10:00"):
        visit = await house.book(at(30, clock))
        links.append((await house.desk.payments.invoice(visit.id, 500, by=REGISTRAR)).token or "")
    await house.desk.payments.paid(links[0], provider_id="p1", by=BOT)
    with pytest.raises(Refused, match="другой ссылке"):
        await house.desk.payments.paid(links[1], provider_id="p1", by=BOT)
