"""GET and POST /pay/{token}: the sum, one button, and plain words for whatever else may be."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.web.patient_pages.ports import BillState
from crm_bridge.port import CrmUnavailable, Refused
from tests.unit.web.patient_pages.patients_desk import BILL, TOKEN, PatientsDesk

PAY = f"/pay/{TOKEN}"


async def test_it_shows_what_is_paid_and_one_button(browse: Any) -> None:
    answer = await (await browse(offer_url="https://clinic.example/offer")).get(PAY)
    page = await answer.text()
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "12\u00a0500&nbsp;₽" in page
    assert "Приём 24 ноября в 10:00, вторник" in page
    assert "23 ноября в 20:00" in page
    assert page.count("<button") == 1
    assert ">Оплатить</button>" in page
    assert 'href="https://clinic.example/offer"' in page
    assert 'href="tel:+74951234567"' in page
    # the local provider moves no money, and nobody shall believe it does
    assert "деньги не списываются" in page


async def test_a_tap_pays_and_shows_that_it_is_paid(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    first = await phone.post(PAY, allow_redirects=False)
    assert (first.status, first.headers["Location"], desk.paid) == (303, f"./{TOKEN}", 1)
    again = await phone.post(PAY)
    assert (again.status, again.url.path, desk.paid) == (200, PAY, 1)
    page = await again.text()
    assert "Спасибо, оплачено" in page
    assert "<button" not in page


async def test_two_taps_at_once_pay_once(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    answers = await asyncio.gather(*(phone.post(PAY, allow_redirects=False) for _ in range(2)))
    assert [one.status for one in answers] == [303, 303]
    assert desk.paid == 1


async def test_a_link_that_is_over_says_so(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    desk.current = replace(BILL, state=BillState.VOID)
    for answer in (await phone.get(PAY), await phone.post(PAY)):
        assert answer.status == 410
        page = await answer.text()
        assert "Ссылка больше не действует" in page
        assert "+7 (495) 123-45-67" in page
    assert desk.paid == 0


async def test_what_ends_between_page_and_tap_is_told(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()

    async def refuse(token: str) -> None:
        raise Refused("Этот платёж уже засчитан по другой ссылке")

    desk.pay = refuse  # type: ignore[method-assign]
    assert (await phone.post(PAY)).status == 410


@pytest.mark.parametrize("token", ["guessed", "", "%00", "a/b", "x" * 300, "%D0%B6%20", f"{TOKEN}%20"])
async def test_a_wrong_or_torn_link_is_met_kindly(browse: Any, desk: PatientsDesk, token: str) -> None:
    phone = await browse()
    for answer in (await phone.get(f"/pay/{token}"), await phone.post(f"/pay/{token}")):
        assert answer.status == 404
        page = await answer.text()
        assert "Ссылка не найдена" in page
        assert "+7 (495) 123-45-67" in page
    assert desk.paid == 0


async def test_a_clinic_without_the_local_provider_takes_money_at_the_desk(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse(pays=False)
    for answer in (await phone.get(PAY), await phone.post(PAY)):
        page = await answer.text()
        assert (answer.status, "<button" in page) == (200, False)
        assert "Оплатить можно в клинике" in page
        assert "деньги не списываются" not in page
    assert desk.paid == 0


async def test_without_a_number_the_patient_still_knows_what_to_do(browse: Any) -> None:
    page = await (await (await browse(phone="")).get("/pay/none")).text()
    assert "tel:" not in page
    assert "Позвоните в клинику" in page


async def test_no_script_nothing_from_elsewhere_and_no_trace(browse: Any) -> None:
    answer = await (await browse()).get(PAY)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = await answer.text()
    assert not re.search(r"<script|<img|src=|<link", page)
    assert '<html lang="ru">' in page
    assert "width=device-width" in page


async def test_what_the_clinic_is_called_is_text(browse: Any, desk: PatientsDesk) -> None:
    desk.current = replace(BILL, clinic="<script>alert(1)</script>", address='"><b>')
    page = await (await (await browse()).get(PAY)).text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_an_outage_asks_to_come_back(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    desk.outage = CrmUnavailable("база не отвечает")
    answer = await phone.post(PAY)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "база" not in await answer.text()


async def test_a_fault_shows_nothing_of_itself(
    browse: Any, desk: PatientsDesk, caplog: pytest.LogCaptureFixture
) -> None:
    phone = await browse()
    desk.outage = RuntimeError("Сидорова")
    answer = await phone.get(PAY)
    page = await answer.text()
    assert answer.status == 500
    assert "Сидорова" not in page
    assert TOKEN not in caplog.records[0].getMessage() + str(caplog.records[0].__dict__["page"])


async def test_who_asks_too_often_waits(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    for _ in range(40):
        assert (await phone.get("/pay/guess")).status == 404
    desk.clock.advance(timedelta(seconds=59, milliseconds=1))
    late = await phone.get(PAY)
    assert (late.status, late.headers["Retry-After"]) == (429, "1")
    assert "Подождите минуту" in await late.text()
    desk.clock.advance(timedelta(seconds=1))
    assert (await phone.get(PAY)).status == 200


async def test_behind_a_proxy_each_patient_is_counted_alone(browse: Any) -> None:
    phone = await browse(behind_proxy=True)
    for _ in range(41):
        # what a guesser writes before the proxy's own word does not count
        last = await phone.get(PAY, headers={"X-Forwarded-For": f"10.0.0.{_}, 2001:db8:1:2::{_:x}"})
    assert last.status == 429
    assert (await phone.get(PAY, headers={"X-Forwarded-For": "2001:db8:1:3::1"})).status == 200


async def test_without_a_proxy_nobody_chooses_their_address(browse: Any) -> None:
    phone = await browse()
    for number in range(41):
        last = await phone.get(PAY, headers={"X-Forwarded-For": f"10.0.0.{number}"})
    assert last.status == 429
