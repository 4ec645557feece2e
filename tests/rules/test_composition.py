"""Several rules at once: each row of the table of rules.md 1.7, and each pair of rows that can follow each other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.clinic import Patient, Visit, VisitStatus
from bot.domain.follow_up import LeadStage
from tests.rules.house import DOCTOR, REGISTRAR, THERAPIST, House, at

PROBE = "проба"


class Case:
    """A patient with a lead for a service, and a visit on the 30th at nine."""

    def __init__(self, house: House, patient: Patient) -> None:
        self.house = house
        self.patient = patient
        self.visit: Visit | None = None

    @classmethod
    async def begin(cls, house: House, due_on: date = date(2027, 1, 20)) -> Case:
        await house.service(PROBE, specialty=THERAPIST)
        patient = await house.patient()
        await house.desk.leads.prescribe(
            patient_id=patient.id, doctor_id="d1", service_id=PROBE, title="проба", due_on=due_on, by=DOCTOR
        )
        return cls(house, patient)

    async def booked(self, day: int = 30) -> None:
        self.visit = await self.house.book(at(day, "09:00"), patient=self.patient, service_id=PROBE)

    async def cancelled(self) -> None:
        await self.house.clinic.cancel(self._visit.id, reason="ill", call_id=None)

    async def cancelled_late(self) -> None:
        self.house.go_to(self._visit.starts_at - timedelta(hours=3))
        await self.cancelled()

    async def cancelled_by_clinic(self) -> None:
        await self.house.clinic.cancel_visit(
            self._visit.id, cancelled_by="clinic", reason_id="doctor_away", by=REGISTRAR
        )

    async def moved(self) -> None:
        self.visit = await self.house.move(self._visit, self._visit.starts_at + timedelta(days=1))

    async def missed(self) -> None:
        self.house.go_to(self._visit.ends_at + timedelta(minutes=15))
        await self.house.desk.sweep.tick()

    async def attended(self) -> None:
        self.house.go_to(max(self.house.clock.now(), self._visit.ends_at))
        await self.house.clinic.attend(self._visit.id, by=DOCTOR)

    async def paid(self) -> None:
        await self.house.desk.payments.pay_at_desk(self._visit.id, 1000, by=REGISTRAR)

    async def refused(self) -> None:
        lead = await self.house.only_lead(self.patient)
        await self.house.desk.leads.refuse(lead.id, reason_id="refused", by=REGISTRAR)

    @property
    def _visit(self) -> Visit:
        assert self.visit is not None
        return self.visit

    async def seen(self) -> tuple[str, int, int]:
        """Stage of the lead, open tasks, strikes."""
        lead = await self.house.only_lead(self.patient)
        policy = await self.house.desk.policy.booking_policy(self.patient.id, by=REGISTRAR)
        return lead.stage.value, len(await self.house.open_tasks(self.patient)), policy.strikes


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # the rows
        (["booked"], ("booked", 0, 0)),
        (["booked", "cancelled"], ("assigned", 1, 0)),
        (["booked", "cancelled_late"], ("assigned", 1, 1)),
        (["booked", "cancelled_by_clinic"], ("assigned", 1, 0)),
        (["booked", "moved"], ("booked", 0, 0)),
        (["booked", "missed"], ("assigned", 1, 1)),
        (["booked", "attended"], ("booked", 0, 0)),
        (["booked", "attended", "paid"], ("won", 0, 0)),
        (["refused"], ("lost", 0, 0)),
        # the pairs
        (["booked", "cancelled", "booked"], ("booked", 0, 0)),
        (["booked", "cancelled", "refused"], ("lost", 0, 0)),
        (["booked", "cancelled_late", "booked"], ("booked", 0, 1)),
        (["booked", "cancelled_late", "refused"], ("lost", 0, 1)),
        (["booked", "cancelled_by_clinic", "booked"], ("booked", 0, 0)),
        (["booked", "cancelled_by_clinic", "refused"], ("lost", 0, 0)),
        (["booked", "moved", "moved"], ("booked", 0, 0)),
        (["booked", "moved", "cancelled"], ("assigned", 1, 0)),
        (["booked", "moved", "cancelled_late"], ("assigned", 1, 1)),
        (["booked", "moved", "cancelled_by_clinic"], ("assigned", 1, 0)),
        (["booked", "moved", "missed"], ("assigned", 1, 1)),
        (["booked", "moved", "attended", "paid"], ("won", 0, 0)),
        (["booked", "missed", "attended"], ("booked", 0, 0)),
        (["booked", "missed", "attended", "paid"], ("won", 0, 0)),
        (["booked", "missed", "booked"], ("booked", 0, 1)),
        (["booked", "missed", "refused"], ("lost", 0, 1)),
        (["booked", "missed", "booked", "missed"], ("assigned", 1, 2)),
        (["booked", "missed", "booked", "cancelled_late"], ("assigned", 1, 2)),
        (["booked", "paid", "attended"], ("won", 0, 0)),
        (["booked", "paid", "missed"], ("assigned", 1, 1)),
        (["booked", "paid", "cancelled"], ("assigned", 1, 0)),
        (["refused", "booked"], ("lost", 0, 0)),
    ],
)
async def test_rows_and_pairs(house: House, steps: list[str], expected: tuple[str, int, int]) -> None:
    case = await Case.begin(house)
    day = 30
    for step in steps:
        if step == "booked":
            await case.booked(day)
            day += 10
        else:
            await getattr(case, step)()
    assert await case.seen() == expected


async def test_the_task_of_a_cancellation_comes_before_the_prescriptions_date(house: House) -> None:
    case = await Case.begin(house, due_on=date(2026, 11, 27))
    await case.booked()
    await case.cancelled()
    assert (await house.only_task(case.patient)).active_from == date(2026, 11, 25)


async def test_but_never_before_tomorrow(house: House) -> None:
    case = await Case.begin(house, due_on=date(2026, 11, 24))
    await case.booked()
    await case.cancelled()
    assert (await house.only_task(case.patient)).active_from == date(2026, 11, 24)


async def test_the_clinics_own_cancellation_is_called_about_today(house: House) -> None:
    case = await Case.begin(house)
    await case.booked()
    await case.cancelled_by_clinic()
    assert (await house.only_task(case.patient)).active_from == date(2026, 11, 23)


async def test_a_late_move_is_a_strike_only_if_the_setting_says_so(house: House) -> None:
    case = await Case.begin(house)
    await case.booked()
    house.go_to(at(30, "01:00"))
    await case.moved()
    assert (await case.seen())[2] == 0
    await house.desk.policy.set("policy.late_move_counts", 1, by=REGISTRAR)
    house.go_to(at(31, "01:00"))
    await case.moved()
    assert (await case.seen())[2] == 1


async def test_rules_that_meet_make_one_task_and_say_who_spoke(house: House) -> None:
    case = await Case.begin(house, due_on=date(2026, 12, 24))
    first = await house.only_task(case.patient)
    await house.desk.leads.prescribe(
        patient_id=case.patient.id,
        doctor_id="d2",
        service_id=PROBE,
        title="ещё одна проба",
        due_on=date(2026, 12, 17),
        by=DOCTOR,
    )
    task = await house.only_task(case.patient)
    assert (task.id, task.active_from) == (first.id, date(2026, 12, 15))
    assert [line.split(":")[0] for line in task.history] == ["M3", "M3"]
    assert len(await house.desk.leads.leads(patient_id=case.patient.id)) == 1


async def test_a_no_show_marked_as_attended_later_takes_its_task_and_strike_back(house: House) -> None:
    case = await Case.begin(house)
    await case.booked()
    await case.missed()
    await case.attended()
    visit = await house.clinic.visit(case._visit.id)
    assert visit.status is VisitStatus.COMPLETED
    assert await case.seen() == (LeadStage.BOOKED.value, 0, 0)
