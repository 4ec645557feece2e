"""From a message's text to the page behind its link, and what follows of what the patient does there (1.7)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.composition.notify import UNDELIVERED
from bot.composition.patient_pages import RATED_WITHIN, patient_pages
from bot.domain.clinic import Patient, Visit, VisitStatus
from bot.domain.follow_up import LeadStage
from bot.notify.links import rating_link
from bot.notify.notices import SqlNotices
from bot.notify.port import DeliveryState
from bot.notify.service import Step
from bot.notify.settings import GatewaySettings
from bot.settings import ClinicSettings, load_settings
from bot.settings import NotifySettings as Notify
from bot.web.api.app import empty_api
from bot.web.patient_pages.app import add_patient_pages
from bot.web.sms_reports import SmsReports, add_sms_reports
from crm_bridge.local.tables import AccountEntryRow, ClinicTaskRow, ConsentRow, PaymentRow, RatingRow
from crm_bridge.paging import Asked
from crm_bridge.port import NotFound
from crm_bridge.rules.rights import HOUSE, RATING_TASK
from tests.integration.notify.post import SETTINGS, post
from tests.integration.notify.sms_gateway import FakeGateway
from tests.rules.house import DOCTOR, NOW, REGISTRAR, THERAPIST, House, at

LINK = re.compile(r"https://clinic\.example(/(?:pay|rate)/\S+)")
PHONE = "+7 (495) 123-45-67"
SECRET = "a-secret-of-16-signs"


@pytest.fixture
def browse(aiohttp_client: Any, house: House, tmp_path: Path) -> Callable[[], Any]:
    """A phone's browser, at the pages of this house."""

    async def open_it() -> TestClient[Any, Any]:
        settings = load_settings(
            data=tmp_path,
            clinic=ClinicSettings(phone=PHONE),
            notify=Notify(public_url=SETTINGS.public_url, link_secret=SETTINGS.link_secret, payment="local"),
        )
        app = empty_api()
        add_patient_pages(app, patient_pages(house.desk, house.clock, settings))
        made: TestClient[Any, Any] = await aiohttp_client(app)
        return made

    return open_it


async def prepaid_visit(house: House) -> Visit:
    """The third visit of somebody who has missed two; it costs 5 000."""
    patient = await house.patient()
    await house.service("mri", specialty=THERAPIST, price=5000)
    for day in (24, 25):
        missed = await house.book(at(day, "10:00"), patient=patient)
        house.go_to(at(day, "10:40"))
        await house.clinic.no_show(missed.id, by=REGISTRAR)
    return await house.book(at(28, "10:00"), patient=patient, service_id="mri")


async def attended_visit(house: House, start: str = "11:00") -> Visit:
    """A visit of somebody who has agreed to be asked how it was; it took place."""
    patient = await house.patient()
    await agree(house, patient)
    visit = await house.book(at(23, start), patient=patient)
    house.go_to(visit.starts_at + timedelta(minutes=20))
    await house.clinic.attend(visit.id, by=DOCTOR)
    return visit


async def agree(house: House, patient: Patient) -> None:
    async with house.database.write() as session:
        session.add(
            ConsentRow(patient_id=patient.id, purpose="survey", granted=True, source="desk", wording="1", at=NOW)
        )


def link_in(lines: list[dict[str, str]], template: str) -> str:
    """The path of the link in the only message of this template."""
    [text] = [line["text"] for line in lines if line["template"] == template]
    found = LINK.search(text)
    assert found, text
    return found[1]


async def test_a_prepayment_is_paid_by_the_messages_link(house: House, tmp_path: Path, browse: Any) -> None:
    async with post(house, tmp_path) as mail:
        visit = await prepaid_visit(house)
        await mail.round()
        path, phone = link_in(mail.lines(), "payment_deadline"), await browse()
        page = await (await phone.get(path)).text()
        assert "5\u00a0000&nbsp;₽" in page
        assert "Приём 28 ноября в 10:00, суббота" in page
        assert "26 ноября в 10:40" in page
        assert not re.search("Сидорова|Мария|mri|Иванов|терапевт", page)
        taps = await asyncio.gather(*(phone.post(path) for _ in range(3)))
        assert {tap.status for tap in taps} == {200}
        assert "Спасибо, оплачено" in await taps[0].text()
        assert (await house.clinic.visit(visit.id)).status is VisitStatus.BOOKED
        [payment] = await house.rows(PaymentRow)
        assert (payment.status, payment.amount, payment.offer_accepted_at) == ("paid", 5000, house.clock.now())
        # one payment in, one visit paid: however often it was tapped
        assert [row.amount for row in await house.rows(AccountEntryRow)] == [5000, -5000]
        await mail.round()
        assert await mail.templates(visit) == ["confirmation", "payment_deadline"]


async def test_what_is_paid_by_link_after_the_visit_wins_the_lead(house: House, tmp_path: Path, browse: Any) -> None:
    patient = await house.patient()
    await house.service("mri", specialty=THERAPIST, price=5000)
    await house.desk.leads.prescribe(
        patient_id=patient.id, doctor_id="d1", title="МРТ", due_on=date(2026, 11, 27), service_id="mri", by=DOCTOR
    )
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(26, "10:00"), patient=patient, service_id="mri")
        house.go_to(at(26, "10:30"))
        await house.clinic.attend(visit.id, by=DOCTOR)
        assert (await house.only_lead(patient)).stage is not LeadStage.WON
        await house.desk.payments.invoice(visit.id, 5000, by=REGISTRAR)
        await mail.round()
        await (await browse()).post(link_in(mail.lines(), "payment"))
        assert (await house.only_lead(patient)).stage is LeadStage.WON


async def test_a_link_whose_term_is_over_says_so_and_takes_no_money(house: House, tmp_path: Path, browse: Any) -> None:
    async with post(house, tmp_path) as mail:
        visit = await prepaid_visit(house)
        await mail.round()
        path, phone = link_in(mail.lines(), "payment_deadline"), await browse()
        house.go_to(at(26, "10:40"))
        await house.desk.sweep.tick()
        for answer in (await phone.get(path), await phone.post(path)):
            assert answer.status == 410
            assert PHONE in await answer.text()
        assert (await house.clinic.visit(visit.id)).status is VisitStatus.CANCELLED
        assert await house.rows(AccountEntryRow) == []


async def test_nobody_pays_by_a_guess(browse: Any) -> None:
    phone = await browse()
    for token in ("guess", "a" * 32, "%00"):
        assert (await phone.get(f"/pay/{token}")).status == 404


@pytest.mark.parametrize(("score", "tasks"), [(3, 1), (4, 0)])
async def test_a_visit_is_rated_once_by_the_messages_link(
    house: House, tmp_path: Path, browse: Any, score: int, tasks: int
) -> None:
    async with post(house, tmp_path) as mail:
        visit = await attended_visit(house)
        await mail.round()
        house.go_to(visit.ends_at + timedelta(hours=2))
        await mail.round()
        path, phone = link_in(mail.lines(), "rating"), await browse()
        page = await (await phone.get(path)).text()
        assert "Приём 23 ноября в 11:00" in page
        assert not re.search("Сидорова|Мария|Иванов|терапевт", page)
        given = {"score": str(score), "text": "Долго ждали"}
        taps = await asyncio.gather(*(phone.post(path, data=given, allow_redirects=False) for _ in range(3)))
        assert sorted(tap.status for tap in taps) == [303, 409, 409]
        assert (await phone.post(path, data={"score": "5"})).status == 409
        [rating] = await house.rows(RatingRow)
        assert (rating.visit_id, rating.score, rating.text) == (visit.id, score, "Долго ждали")
        made = [(row.type, row.owner, row.visit_id) for row in await house.rows(ClinicTaskRow)]
        assert made == [(RATING_TASK, "director", visit.id)] * tasks
        assert await house.desk.tasks.active_tasks() == []
        assert len(await house.desk.tasks.active_tasks(reader=HOUSE)) == tasks
        assert "Спасибо!" in await (await phone.get(path)).text()


async def test_a_rating_link_is_for_its_visit_and_for_a_while(house: House, tmp_path: Path, browse: Any) -> None:
    async with post(house, tmp_path) as mail:
        visit = await attended_visit(house)
        await mail.round()
        house.go_to(visit.ends_at + timedelta(hours=2))
        await mail.round()
        path, phone = link_in(mail.lines(), "rating"), await browse()
    other = await house.book(at(24, "15:00"), doctor="d2")
    signature = path.rpartition(".")[2]
    for forged in (f"/rate/{other.id}.{signature}", f"{path[:-1]}!", f"/rate/{visit.id}.", f"/rate/{visit.id}"):
        assert (await phone.post(forged, data={"score": "1"})).status == 404
    house.go_to(visit.ends_at + RATED_WITHIN - timedelta(seconds=1))
    assert (await phone.get(path)).status == 200
    house.go_to(visit.ends_at + RATED_WITHIN)
    assert (await phone.post(path, data={"score": "5"})).status == 410
    assert await house.rows(RatingRow) == []


async def test_a_visit_that_has_not_been_is_not_rated(house: House, browse: Any) -> None:
    visit = await house.book(at(24, "10:00"))
    path = rating_link("", SETTINGS.link_secret, visit.id)
    assert (await (await browse()).post(path, data={"score": "5"})).status == 410
    assert await house.rows(RatingRow) == []


@pytest.mark.parametrize(("told", "state", "tasks"), [("delivered", "delivered", 0), ("undelivered", "failed", 1)])
async def test_a_delivery_report_reaches_the_store_and_a_failed_one_people(
    house: House, tmp_path: Path, gateway: FakeGateway, aiohttp_client: Any, told: str, state: str, tasks: int
) -> None:
    sms = GatewaySettings(url=gateway.url, id_field="messages.0.id", report_secret=SECRET)
    async with post(house, tmp_path, replace(SETTINGS, sms=sms)) as mail:
        app = empty_api()
        add_sms_reports(app, SmsReports(gateway=sms, messages=mail.messages.service))
        client = await aiohttp_client(app)
        visit = await house.book(at(24, "10:00"))
        assert await mail.round() == {Step.SENT: 1}
        for _ in range(2):
            answer = await client.post(f"/sms/reports/{SECRET}", data={"id": "4711", "status": told})
            assert (answer.status, await answer.text()) == (200, "OK")
        assert (await client.post(f"/sms/reports/{SECRET}", data={"id": "1", "status": told})).status == 404
        [message] = await mail.about(visit)
        assert message.state is DeliveryState(state)
        found = await house.desk.tasks.active_tasks(owner="desk")
        assert [task.type for task in found] == [UNDELIVERED] * tasks


async def test_a_doctor_reads_the_notice_of_a_moved_visit_once(house: House, tmp_path: Path) -> None:
    notices, doctor = SqlNotices(house.clinic.ground), replace(HOUSE, doctor_id="d1")
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(24, "10:00"))
        house.go_to(at(23, "11:00"))
        await house.move(visit, at(26, "15:30"))
        await mail.round()
    [notice] = (await notices.notices(Asked(), reader=doctor)).items
    assert (notice.visit_id, notice.read) == (visit.id, False)
    assert [(await notices.read(notice.id, reader=doctor)).read for _ in range(2)] == [True, True]
    assert (await notices.notices(Asked(), reader=doctor)).items == []
    assert len((await notices.notices(Asked(), reader=doctor, seen=True)).items) == 1
    with pytest.raises(NotFound):
        await notices.read(notice.id, reader=replace(HOUSE, doctor_id="d2"))
