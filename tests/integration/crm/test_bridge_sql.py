"""The bridge over the bundled system on SQL: from a caller's booking to the other system's answer, through a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest_asyncio

from bot.domain.clinic import OpeningQuery, Visit, VisitStatus
from bot.domain.follow_up import LeadStage
from bot.storage.outbox import Outbox
from crm_bridge.bridge import Bridge
from crm_bridge.foreign import CrmEvent
from crm_bridge.foreign_memory import MemoryForeign
from crm_bridge.foreign_news import ForeignNews
from crm_bridge.foreign_relay import ForeignRelay
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.local.foreign_outbox import SqlForeignOutbox
from crm_bridge.local.lead_news import SqlLeadSource
from crm_bridge.local.tables import LeadRow, ProfileRow
from crm_bridge.port import ClinicSystem
from tests.rules.conftest import house
from tests.rules.house import REGISTRAR, House, at

__all__ = ["house"]


class Joined:
    """A house whose booking, leads and calls are another system's; made anew, it is the service after a crash."""

    def __init__(self, house: House, foreign: MemoryForeign) -> None:
        self.house, self.foreign = house, foreign
        self.queue = SqlForeignOutbox(house.clinic.ground)
        system = ForeignSystem(connector=foreign, booking=foreign, tasks=foreign, leads=foreign, calls=foreign)
        leads = SqlLeadSource(house.clinic.ground)
        self.bridge = Bridge(house.clinic, [system], self.queue, house.clock, leads=leads)
        self.relay = ForeignRelay(self.queue, [system], house.clock, given_up=self.bridge.left_to_people)
        self.news = ForeignNews(house.clinic, self.queue, house.desk.leads)
        self.outbox = Outbox(house.database, house.clock)

    async def book(self, day: int = 25) -> Visit:
        opening = await self.house.opening(at(day, "12:00"))
        hold = await self.bridge.hold(opening, owner="c1")
        return await self.bridge.book(hold.id, patient_id=(await self.house.patient()).id, call_id="c1")

    async def pass_on(self) -> int:
        await self.outbox.relay(self.bridge.hear, limit=1000)
        return await self.relay.round()

    async def told(self, topic: str, key: str = "memory:1", **payload: str) -> bool:
        event = CrmEvent(key=key, topic=topic, object_id="A", payload=payload)
        return await self.news.take(event, system="memory")

    async def status(self, visit: Visit) -> VisitStatus:
        return (await self.bridge.visit(visit.id)).status

    async def notes(self) -> list[str]:
        return [one.fields.get("note", "") for one in await self.bridge.open_requests()]


@pytest_asyncio.fixture
async def joined(house: House) -> AsyncIterator[Joined]:
    nothing: dict[str, dict[str, str]] = {"prices": {}, "prep": {}, "documents": {}}
    async with house.database.write() as session:
        session.add(ProfileRow(id=1, name="Клиника", streets=[], loaded_at=house.clock.now(), **nothing))
    yield Joined(house, MemoryForeign())


class TestThere:
    async def test_a_wish_leaves_after_a_crash_between_booking_and_telling(self, joined: Joined) -> None:
        clinic: ClinicSystem = joined.bridge
        visit = await joined.book()
        assert (visit.status, clinic.capabilities.booking) == (VisitStatus.REQUESTED, "request")
        after_the_crash = Joined(joined.house, joined.foreign)
        assert await after_the_crash.pass_on() == 1
        [wish] = joined.foreign.wishes
        assert (wish.request_id, wish.wished_at) == (f"visit:{visit.id}", visit.starts_at)

    async def test_a_crash_after_sending_is_reconciled(self, joined: Joined) -> None:
        await joined.book()
        joined.foreign.faults.append("lost")
        assert await joined.pass_on() == 0
        after_the_crash = Joined(joined.house, joined.foreign)
        joined.house.clock.advance(timedelta(minutes=5))
        assert await after_the_crash.pass_on() == 1
        assert len(joined.foreign.wishes) == 1
        assert await after_the_crash.queue.backlog() == 0

    async def test_a_moved_request_stays_one_and_is_told(self, joined: Joined) -> None:
        visit = await joined.book()
        await joined.pass_on()
        hold = await joined.bridge.hold(await joined.house.opening(at(26, "12:00")), owner="c1")
        moved = await joined.bridge.move(visit.id, hold.id, call_id="c1")
        assert moved.status is VisitStatus.REQUESTED
        await joined.pass_on()
        assert [wish.wished_at for wish in joined.foreign.wishes] == [at(25, "12:00"), at(26, "12:00")]

    async def test_leads_go_there_with_their_steps(self, joined: Joined) -> None:
        patient = await joined.house.patient()
        await joined.house.desk.leads.prescribe(
            patient_id=patient.id, doctor_id="d1", title="УЗИ", due_on=date(2026, 12, 10), by=REGISTRAR
        )
        lead = await joined.house.only_lead(patient)
        await joined.house.desk.leads.refuse(lead.id, reason_id="not_said", by=REGISTRAR)
        for _ in range(2):
            await joined.pass_on()
        [told] = joined.foreign.leads.values()
        assert (told.draft.full_name, told.draft.phone) == ("Сидорова Мария Петровна", "+79161110001")
        assert told.steps[-1][0] is LeadStage.LOST
        assert told.steps[-1][2] == "Не назвал(а)"
        assert len(await joined.house.rows(LeadRow)) == 1


class TestBack:
    async def test_confirmed_there_is_confirmed_here_once_and_not_echoed(self, joined: Joined) -> None:
        visit = await joined.book()
        await joined.pass_on()
        told = {"request_id": f"visit:{visit.id}", "at": visit.starts_at.isoformat()}
        assert await joined.told("appointment.created", **told)
        assert await joined.status(visit) is VisitStatus.BOOKED
        assert not await joined.told("appointment.created", **told)
        await joined.pass_on()
        assert len(joined.foreign.wishes) == 1

    async def test_refused_there_is_cancelled_here_and_not_echoed(self, joined: Joined) -> None:
        visit = await joined.book()
        await joined.pass_on()
        assert await joined.told("appointment.cancelled", request_id=f"visit:{visit.id}")
        assert await joined.status(visit) is VisitStatus.CANCELLED
        assert len(await joined.bridge.openings(OpeningQuery())) == 1
        await joined.pass_on()
        assert len(joined.foreign.wishes) == 1
        assert not await joined.told("appointment.cancelled", request_id=f"visit:{visit.id}")

    async def test_another_time_there_is_a_question_for_people(self, joined: Joined) -> None:
        visit = await joined.book()
        await joined.pass_on()
        other = at(26, "12:00").isoformat()
        for comment in ("memory:1", "memory:2"):
            assert await joined.told("appointment.created", comment, request_id=f"visit:{visit.id}", at=other)
        assert await joined.status(visit) is VisitStatus.REQUESTED
        assert await joined.notes() == ["Там назначили другое время приёма"]

    async def test_a_confirmation_after_the_patient_cancelled_is_a_question_for_people(self, joined: Joined) -> None:
        visit = await joined.book()
        await joined.pass_on()
        await joined.bridge.cancel(visit.id, reason="", call_id=None)
        assert await joined.told("appointment.created", request_id=f"visit:{visit.id}")
        assert await joined.status(visit) is VisitStatus.CANCELLED
        assert "Там подтвердили приём, который у нас отменён" in await joined.notes()

    async def test_tidying_up_the_wish_before_the_move_does_not_cancel_the_visit(self, joined: Joined) -> None:
        visit = await joined.book()
        await joined.pass_on()
        hold = await joined.bridge.hold(await joined.house.opening(at(26, "12:00")), owner="c1")
        await joined.bridge.move(visit.id, hold.id, call_id="c1")
        await joined.pass_on()
        assert not await joined.told("appointment.cancelled", request_id=f"visit:{visit.id}")
        assert await joined.status(visit) is VisitStatus.REQUESTED
        assert await joined.told("appointment.created", request_id=joined.foreign.wishes[-1].request_id)
        assert await joined.status(visit) is VisitStatus.BOOKED

    async def test_a_no_show_there(self, joined: Joined) -> None:
        visit = await joined.book()
        await joined.pass_on()
        request = f"visit:{visit.id}"
        assert await joined.told("appointment.no_show", request_id=request)
        assert [note.partition(",")[0] for note in await joined.notes()] == ["Там отметили неявку"]
        await joined.told("appointment.created", request_id=request)
        joined.house.go_to(at(25, "12:30"))
        assert await joined.told("appointment.no_show", key="memory:2", request_id=request)
        assert await joined.status(visit) is VisitStatus.NO_SHOW
        assert len(await joined.house.open_tasks(visit.patient)) == 1

    async def test_a_visit_that_is_not_ours_is_left_alone(self, joined: Joined) -> None:
        assert not await joined.told("appointment.cancelled", request_id="visit:чужой")
        assert not await joined.told("appointment.cancelled")

    async def test_a_prescription_there_brings_its_lead_and_task_once(self, joined: Joined) -> None:
        told = {
            "full_name": "Сидорова Мария Петровна",
            "birth_date": "1960-03-05",
            "phone": "+79161110001",
            "doctor": "Иванов",
            "title": "УЗИ почек",
            "due_on": "2026-12-10",
        }
        for _ in range(2):
            assert await joined.told("prescription.created", **told)
        patient = await joined.house.patient()
        assert (await joined.house.only_lead(patient)).stage is LeadStage.NEW
        assert len(await joined.house.open_tasks(patient)) == 1

    async def test_a_prescription_of_an_unknown_doctor_is_a_question_for_people(self, joined: Joined) -> None:
        told = {"full_name": "Ким Виктор", "birth_date": "1960-03-05", "doctor": "Дулиттл", "due_on": "2026-12-10"}
        assert await joined.told("prescription.created", title="УЗИ", **told)
        assert await joined.notes() == ["Назначение «УЗИ» не разобрано: врач не найден или не один"]
