"""The bridge: a request is never called a booking, each ability goes to who declares it, the rest stays at home."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.clinic import Funding, OpeningQuery, RequestKind, VisitStatus
from bot.domain.follow_up import LeadStage, Need, WaitRequest, Wish
from crm_bridge.bridge import LeadNews
from crm_bridge.foreign import CallFinished, CallStarted, ForeignTask
from crm_bridge.foreign_memory import MemoryForeign
from crm_bridge.foreign_outbox import WriteState
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.port import ClinicSystem, Refused
from tests.unit.crm.foreign_stage import NOW, Stage, Told, only

CALL = CallStarted(call_id="c1", direction="inbound", number_from="+79161119900", number_to="", started_at=NOW)
END = CallFinished(call_id="c1", ended_at=NOW + timedelta(minutes=2), duration_s=120, outcome="Записан")


async def _wait(stage: Stage) -> None:
    """The patient wants another therapist's time."""
    patient = await stage.patient()
    need = Need(specialty="терапевт")
    await stage.bridge.join_waitlist(
        WaitRequest(patient_id=patient.id, need=need, wish=Wish(), comment="", phone=None), call_id="c1"
    )


class TestBooking:
    async def test_over_request_booking_a_visit_begins_as_a_request(self) -> None:
        stage = Stage()
        clinic: ClinicSystem = stage.bridge
        assert clinic.capabilities.booking == "request"
        visit = await stage.book()
        assert visit.status is VisitStatus.REQUESTED
        assert await stage.pass_on() == 1
        [wish] = stage.foreign.wishes
        assert (wish.request_id, wish.phone, wish.wished_at) == (
            f"visit:{visit.id}",
            "+79161119900",
            visit.starts_at,
        )
        assert wish.full_name == "Новикова Анна Павловна"

    async def test_the_people_over_there_read_who_pays(self) -> None:
        stage = Stage()
        hold = await stage.bridge.hold((await stage.bridge.openings(OpeningQuery()))[0].id, owner="c1")
        patient = await stage.patient()
        visit = await stage.bridge.book(hold.id, patient_id=patient.id, call_id="c1", funding=Funding.DMS)
        assert (visit.funding, visit.status) == (Funding.DMS, VisitStatus.REQUESTED)
        await stage.pass_on()
        assert stage.foreign.wishes[0].comment == "Оплата по ДМС."

    async def test_its_opening_is_kept_meanwhile(self) -> None:
        stage = Stage()
        visit = await stage.book()
        free = await stage.bridge.openings(OpeningQuery(limit=100))
        assert all((opening.starts_at, opening.doctor) != (visit.starts_at, visit.doctor) for opening in free)

    async def test_without_a_booking_connector_a_visit_is_booked_at_once(self) -> None:
        stage = Stage(only(leads=True))
        assert stage.bridge.capabilities.booking == "commit"
        assert (await stage.book()).status is VisitStatus.BOOKED
        assert await stage.pass_on() == 0

    async def test_a_crash_before_the_news_was_taken_sends_one_wish(self) -> None:
        stage = Stage()
        visit = await stage.book()
        for _ in range(2):
            await stage.bridge.hear(Told(1, "visit.booked", {"visit_id": visit.id, "by": "bot"}))
        await stage.relay.round()
        assert len(stage.foreign.wishes) == 1

    async def test_over_request_booking_a_freed_opening_taken_is_a_request(self) -> None:
        stage = Stage()
        await _wait(stage)
        [offer] = await stage.own.offer_openings()
        visit = await stage.bridge.accept_offer(offer.id, call_id="c2")
        assert (visit.status, visit.starts_at) == (VisitStatus.REQUESTED, offer.opening.starts_at)

    async def test_what_people_over_there_have_confirmed_a_freed_opening_does_not_move(self) -> None:
        stage = Stage()
        visit = await stage.book()
        await stage.own.check(visit.id)
        earlier = await stage.bridge.openings(OpeningQuery(specialty="терапевт"))
        hold = await stage.own.hold(earlier[-1].id, owner="c2")
        await stage.own.move(visit.id, hold.id, call_id="c2")
        await _wait(stage)
        [offer] = await stage.own.offer_openings()
        assert offer.visit is not None
        with pytest.raises(Refused, match="администратор"):
            await stage.bridge.accept_offer(offer.id, call_id="c3")
        assert [one.id for one in await stage.bridge.offers()] == [offer.id], "a registrar may still take it for them"

    async def test_a_request_is_moved_and_stays_a_request(self) -> None:
        stage = Stage()
        visit = await stage.book()
        await stage.pass_on()
        opening = (await stage.bridge.openings(OpeningQuery()))[0]
        hold = await stage.bridge.hold(opening.id, owner="c2")
        moved = await stage.bridge.move(visit.id, hold.id, call_id="c2")
        assert (moved.status, moved.starts_at) == (VisitStatus.REQUESTED, opening.starts_at)
        await stage.pass_on()
        assert stage.foreign.wishes[1].wished_at == opening.starts_at

    async def test_a_confirmed_visit_is_not_moved_by_us_and_the_time_is_given_back(self) -> None:
        stage = Stage()
        visit = await stage.book()
        await stage.own.check(visit.id)
        opening = (await stage.bridge.openings(OpeningQuery()))[0]
        hold = await stage.bridge.hold(opening.id, owner="c2")
        with pytest.raises(Refused, match="администратор"):
            await stage.bridge.move(visit.id, hold.id, call_id="c2")
        assert (await stage.bridge.openings(OpeningQuery()))[0] == opening
        assert (await stage.bridge.visit(visit.id)).starts_at == visit.starts_at

    async def test_a_move_is_made_where_booking_is_ours(self) -> None:
        stage = Stage(only(leads=True))
        visit = await stage.book()
        opening = (await stage.bridge.openings(OpeningQuery()))[0]
        hold = await stage.bridge.hold(opening.id, owner="c2")
        assert (await stage.bridge.move(visit.id, hold.id, call_id="c2")).starts_at == opening.starts_at

    async def test_a_cancelled_request_is_told_too(self) -> None:
        stage = Stage()
        visit = await stage.book()
        await stage.pass_on()
        await stage.bridge.cancel(visit.id, reason="", call_id=None)
        await stage.pass_on()
        assert [wish.wished_at for wish in stage.foreign.wishes] == [visit.starts_at, None]
        assert stage.foreign.wishes[1].comment.startswith(f"Отмена заявки visit:{visit.id}, приём ")

    async def test_a_move_made_at_the_desk_is_told_too(self) -> None:
        stage = Stage()
        visit = await stage.book()
        await stage.pass_on()
        opening = (await stage.own.openings(OpeningQuery()))[0]
        hold = await stage.own.hold(opening.id, owner="desk")
        await stage.own.move(visit.id, hold.id, call_id=None)
        await stage.pass_on()
        assert stage.foreign.wishes[1].wished_at == opening.starts_at
        assert stage.foreign.wishes[1].comment.startswith("Перенос заявки ")

    async def test_what_came_from_there_is_not_sent_back(self) -> None:
        stage = Stage()
        await stage.book()
        await stage.tell(by="webhook:memory")
        assert await stage.outbox.backlog() == 0

    async def test_a_visit_cancelled_before_its_news_was_taken_is_not_told(self) -> None:
        stage = Stage()
        visit = await stage.book()
        await stage.bridge.cancel(visit.id, reason="", call_id=None)
        assert await stage.pass_on() == 0


class TestLeads:
    NEWS = LeadNews(full_name="Ким Виктор", phone="+79161119901", title="УЗИ", comment="назначил врач", stage="new")

    async def test_opened_and_moved_in_order(self) -> None:
        stage = Stage()
        stage.leads["l1"] = self.NEWS
        await stage.bridge.hear(Told(1, "lead.opened", {"lead_id": "l1"}))
        await stage.bridge.hear(Told(2, "lead.moved", {"lead_id": "l1", "stage": "assigned"}))
        assert await stage.relay.round() == 1, "the step waits for its lead"
        assert await stage.relay.round() == 1
        [lead] = stage.foreign.leads.values()
        assert (lead.draft.title, lead.draft.phone) == ("УЗИ", "+79161119901")
        assert [step[0] for step in lead.steps] == [LeadStage.ASSIGNED]

    async def test_a_lead_older_than_the_connector_is_opened_first(self) -> None:
        stage = Stage()
        stage.leads["l1"] = self.NEWS
        await stage.bridge.hear(Told(9, "lead.moved", {"lead_id": "l1", "stage": "booked"}))
        await stage.relay.round()
        await stage.relay.round()
        assert [len(lead.steps) for lead in stage.foreign.leads.values()] == [1]

    async def test_the_same_stage_again_is_another_step(self) -> None:
        stage = Stage()
        stage.leads["l1"] = self.NEWS
        for number, step in enumerate(("new", "assigned", "booked", "assigned")):
            topic = "lead.opened" if step == "new" else "lead.moved"
            await stage.bridge.hear(Told(number, topic, {"lead_id": "l1", "stage": step}))
        for _ in range(2):
            await stage.relay.round()
        [lead] = stage.foreign.leads.values()
        assert [step[0].value for step in lead.steps] == ["assigned", "booked", "assigned"]


class TestCalls:
    async def test_a_call_with_its_recording_in_order(self, tmp_path: Path) -> None:
        stage = Stage()
        for _ in range(2):
            await stage.bridge.call_started(CALL)
            await stage.bridge.call_finished(END, tmp_path / "c1.wav")
        assert await stage.relay.round() == 1
        assert await stage.relay.round() == 2
        [call] = stage.foreign.calls.values()
        assert (call.started, call.finished, call.recordings) == (CALL, END, [tmp_path / "c1.wav"])

    async def test_a_recording_stays_where_recordings_are_not_kept(self, tmp_path: Path) -> None:
        stage = Stage(only(call_journal=True))
        await stage.bridge.call_started(CALL)
        await stage.bridge.call_finished(END, tmp_path / "c1.wav")
        assert await stage.outbox.backlog() == 2

    async def test_without_a_journal_over_there_nothing_waits(self) -> None:
        stage = Stage(only(leads=True))
        await stage.bridge.call_started(CALL)
        await stage.bridge.call_finished(END)
        assert not stage.outbox.writes

    async def test_done_writes_hold_no_names_and_phones(self) -> None:
        stage = Stage()
        await stage.bridge.call_started(CALL)
        await stage.relay.round()
        assert [dict(write.content) for write in stage.outbox.writes.values()] == [{}]


class TestTasks:
    TASK = ForeignTask(id="t1", phone="+79161119902", full_name="Ким", due_at=NOW, comment="")

    async def test_fetched_and_completed(self) -> None:
        stage = Stage()
        stage.foreign.tasks["t1"] = self.TASK
        assert await stage.bridge.due_call_tasks(NOW) == [self.TASK]
        await stage.bridge.complete_task("t1", "Записан", "")
        await stage.relay.round()
        assert await stage.bridge.due_call_tasks(NOW) == []

    async def test_none_where_none_are_kept(self) -> None:
        assert list(await Stage(only(leads=True)).bridge.due_call_tasks(NOW)) == []


class TestComposition:
    async def test_each_ability_goes_to_the_first_who_declares_it(self) -> None:
        booking, leads = only(name="b", booking="request"), only(name="l", leads=True, call_journal=True)
        stage = Stage(booking, leads)
        stage.leads["l1"] = TestLeads.NEWS
        await stage.book()
        await stage.tell()
        await stage.bridge.hear(Told(50, "lead.opened", {"lead_id": "l1"}))
        await stage.bridge.call_started(CALL)
        assert await stage.relay.round() == 3
        assert (len(booking.wishes), len(leads.leads), len(leads.calls)) == (1, 1, 1)
        assert not [*booking.leads, *booking.calls, *leads.wishes]

    def test_a_declaration_without_its_port_is_refused(self) -> None:
        with pytest.raises(ValueError, match="leads"):
            ForeignSystem(connector=only(leads=True))

    async def test_requests_of_callers_stay_at_home(self) -> None:
        stage = Stage()
        made = await stage.bridge.create_request(
            RequestKind.HOME_VISIT, {"address": "Ленина, 1"}, call_id="c1", phone="+79161119900", patient_id=None
        )
        assert made in await stage.own.open_requests()


async def test_what_cannot_be_told_becomes_a_request_for_people() -> None:
    stage = Stage(MemoryForeign())
    stage.foreign.faults.append("refused")
    visit = await stage.book()
    await stage.pass_on()
    [write] = await stage.outbox.given_up()
    assert write.state is WriteState.GIVEN_UP
    for _ in range(2):
        await stage.bridge.left_to_people(write)
    mine = [one for one in await stage.bridge.open_requests() if one.fields.get("reason") == "foreign_write"]
    assert [request.phone for request in mine] == ["+79161119900"]
    assert str(visit.starts_at.date()) in mine[0].fields["note"]
    assert mine[0].fields["note"].startswith("Не передано в memory: ")
