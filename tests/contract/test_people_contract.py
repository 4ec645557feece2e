"""People, requests and facts: what every clinic's system does alike."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.clinic import ClinicRequest, RequestKind, RequestStatus
from crm_bridge.port import ClinicSystem, NotFound
from tests.contract.subject import Subject

ANNA_BORN = date(1980, 5, 1)


async def test_one_phone_gives_nobody_one_or_several_in_order(clinic: ClinicSystem) -> None:
    assert list(await clinic.patients_by_phone("+79160000000")) == []
    assert [p.full_name for p in await clinic.patients_by_phone("+79161110002")] == ["Ёлкин Семён Семёнович"]
    family = await clinic.patients_by_phone("8 (916) 111-00-01")
    assert [p.full_name for p in family] == ["Петрова Анна Ильинична", "Петров Лев Игоревич"]


@pytest.mark.parametrize("said", ["Петрова Анна Ильинична", "анна петрова", "Анна Ильинична Петрова"])
async def test_a_patient_is_found_by_name_in_any_order_and_birth_date(clinic: ClinicSystem, said: str) -> None:
    found = await clinic.find_patient(said, ANNA_BORN)
    assert found is not None
    assert (found.full_name, found.phone) == ("Петрова Анна Ильинична", "+79161110001")


@pytest.mark.parametrize(
    ("said", "born"),
    [("Петрова", ANNA_BORN), ("Петрова Анна", date(1980, 5, 2)), ("Петрова Анна Олеговна", ANNA_BORN)],
)
async def test_a_bare_surname_another_date_or_another_patronymic_finds_nobody(
    clinic: ClinicSystem, said: str, born: date
) -> None:
    assert await clinic.find_patient(said, born) is None


async def test_yo_and_ye_are_one_letter(clinic: ClinicSystem) -> None:
    assert await clinic.find_patient("Елкин Семен", date(1970, 1, 15)) is not None


async def test_registering_a_known_person_returns_them_and_leaves_their_phone(subject: Subject) -> None:
    known = await subject.clinic.find_patient("Петрова Анна", ANNA_BORN)
    again = await subject.clinic.register_patient(
        full_name="петрова анна ильинична", birth_date=ANNA_BORN, phone="+79169999999"
    )
    assert again == known
    assert list(await subject.clinic.patients_by_phone("+79169999999")) == []
    assert await subject.topics() == []


async def test_registering_a_stranger_makes_a_patient_with_a_phone(subject: Subject) -> None:
    made = await subject.clinic.register_patient(
        full_name="  Орлов   Иван ", birth_date=date(2001, 2, 3), phone="89161234567"
    )
    assert (made.full_name, made.phone) == ("Орлов Иван", "+79161234567")
    assert list(await subject.clinic.patients_by_phone("+79161234567")) == [made]
    assert await subject.clinic.find_patient("Орлов Иван Петрович", date(2001, 2, 3)) == made
    assert await subject.topics() == ["patient.registered"]


async def test_a_patient_without_a_phone_gets_the_first_one_named(clinic: ClinicSystem) -> None:
    made = await clinic.register_patient(full_name="Орлов Иван", birth_date=date(2001, 2, 3), phone=None)
    assert made.phone is None
    later = await clinic.register_patient(full_name="Орлов Иван", birth_date=date(2001, 2, 3), phone="+79161234567")
    assert (later.id, later.phone) == (made.id, "+79161234567")


async def test_do_not_call_is_remembered_and_told_once(subject: Subject) -> None:
    clinic = subject.clinic
    assert await clinic.is_do_not_call("+79161110009")
    assert not await clinic.is_do_not_call("+79161110001")
    await clinic.do_not_call("8 916 111 00 01", call_id="c1")
    await clinic.do_not_call("+79161110001", call_id="c2")
    assert await clinic.is_do_not_call("+79161110001")
    assert await subject.topics() == ["do_not_call.added"]


async def test_the_same_request_of_one_call_is_made_once(subject: Subject) -> None:
    clinic = subject.clinic
    patient = (await clinic.patients_by_phone("+79161110002"))[0]
    asked = {"address": "Садовая 5", "symptoms": "температура"}

    async def ask(fields: dict[str, str]) -> ClinicRequest:
        subject.clock.advance(timedelta(seconds=1))
        return await clinic.create_request(
            RequestKind.HOME_VISIT, fields, call_id="c1", phone="89161110002", patient_id=patient.id
        )

    first, again, other = await ask(asked), await ask(asked), await ask(asked | {"symptoms": "кашель"})
    assert first == again
    assert first.id != other.id
    assert (first.patient, first.phone, first.status) == (patient, "+79161110002", RequestStatus.NEW)
    assert dict(first.fields) == asked
    assert list(await clinic.open_requests()) == [first, other]
    assert list(await clinic.requests_of("+79161110002")) == [first, other]
    assert list(await clinic.requests_of("+79161110001")) == []
    assert await subject.topics() == ["request.created", "request.created"]


async def test_requests_outside_a_call_are_never_merged(clinic: ClinicSystem) -> None:
    for _ in range(2):
        await clinic.create_request(RequestKind.CALLBACK, {}, call_id=None, phone="+79161110001", patient_id=None)
    assert len(await clinic.open_requests()) == 2


async def test_a_request_of_nobody_we_know_is_refused(subject: Subject) -> None:
    with pytest.raises(NotFound):
        await subject.clinic.create_request(
            RequestKind.SICK_LEAVE, {}, call_id="c1", phone=None, patient_id="no-such-patient"
        )
    assert await subject.topics() == []


async def test_sick_leaves_by_number_and_by_patient_newest_first(clinic: ClinicSystem) -> None:
    patient = (await clinic.patients_by_phone("+79161110002"))[0]
    leaves = await clinic.sick_leaves(patient_id=patient.id)
    assert [leave.number for leave in leaves] == ["910000000001", "910000000002"]
    [leave] = await clinic.sick_leaves(number="910000000001")
    assert (leave.doctor, leave.starts_on, leave.ends_on, leave.status, leave.patient) == (
        "Ким Виктор Сергеевич",
        date(2026, 11, 16),
        date(2026, 11, 24),
        "open",
        patient,
    )
    assert list(await clinic.sick_leaves(number="910000000003")) == []
    assert list(await clinic.sick_leaves()) == []


async def test_results_newest_first(clinic: ClinicSystem) -> None:
    anna = await clinic.find_patient("Петрова Анна", ANNA_BORN)
    assert anna is not None
    results = await clinic.test_results(anna.id)
    assert [(r.service, r.taken_on.day, r.status) for r in results] == [
        ("анализ крови", 21, "in_work"),
        ("анализ крови", 19, "ready"),
    ]
    assert list(await clinic.test_results("no-such-patient")) == []
