"""GET and POST /rate/{token}: one to five stars and a comment, once a visit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from crm_bridge.port import CrmUnavailable, IllegalStep
from tests.unit.web.patient_pages.patients_desk import TOKEN, VISIT, PatientsDesk

RATE = f"/rate/{TOKEN}"


async def test_it_asks_for_stars_and_a_comment(browse: Any) -> None:
    answer = await (await browse()).get(RATE)
    page = await answer.text()
    assert answer.status == 200
    assert "Приём 23 ноября в 07:00" in page
    assert re.findall(r'type="radio" name="score" id="\w+" value="(\d)"', page) == ["1", "2", "3", "4", "5"]
    # every star has a name for who does not see it
    assert len(re.findall(r'<label for="score\d">', page)) == 5
    assert '<label class="text" for="text">' in page
    assert "<textarea" in page
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("score", ["1", "5"])
async def test_a_rating_is_written_and_thanked_for(browse: Any, desk: PatientsDesk, score: str) -> None:
    phone = await browse()
    answer = await phone.post(RATE, data={"score": score, "text": " Всё\r\nхорошо \x00\x1b"})
    page = await answer.text()
    assert (answer.status, answer.url.path) == (200, RATE)
    assert "Спасибо!" in page
    assert "<form" not in page
    assert desk.ratings == [(int(score), "Всё\nхорошо")]


async def test_a_visit_is_rated_once(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    first = await phone.post(RATE, data={"score": "5"}, allow_redirects=False)
    second = await phone.post(RATE, data={"score": "1"}, allow_redirects=False)
    assert (first.status, second.status) == (303, 409)
    assert "Оценка уже получена, спасибо" in await second.text()
    assert desk.ratings == [(5, "")]


@pytest.mark.parametrize("score", ["", "0", "6", "-1", "5.0", "пять", "05"])
async def test_without_a_star_it_asks_again_and_keeps_the_comment(browse: Any, desk: PatientsDesk, score: str) -> None:
    phone = await browse()
    answer = await phone.post(RATE, data={"score": score, "text": "<b>долго ждали"})
    page = await answer.text()
    assert answer.status == 422
    assert 'role="alert">Выберите от одной до пяти звёзд.' in page
    assert "&lt;b&gt;долго ждали</textarea>" in page
    assert desk.ratings == []


async def test_a_long_comment_is_kept_to_what_fits_and_a_huge_one_refused(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    assert (await phone.post(RATE, data={"score": "4", "text": "а" * 20_000})).status == 413
    assert (await phone.post(RATE, data={"score": "4", "text": "a" * 2_500})).status == 200
    assert [(score, len(text)) for score, text in desk.ratings] == [(4, 2000)]


async def test_what_cannot_be_rated_any_more_says_so(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    desk.rated = replace(VISIT, open=False)
    for answer in (await phone.get(RATE), await phone.post(RATE, data={"score": "5"})):
        assert answer.status == 410
        assert "уже нельзя оценить" in await answer.text()
    assert desk.ratings == []


async def test_what_changes_between_page_and_tap_is_told(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()

    async def refuse(token: str, score: int, text: str) -> None:
        raise IllegalStep("Оценить можно только состоявшийся приём")

    desk.rate = refuse  # type: ignore[method-assign]
    assert (await phone.post(RATE, data={"score": "5"})).status == 410


async def test_a_forged_link_is_met_kindly(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    for answer in (await phone.get("/rate/v1.forged"), await phone.post("/rate/v1.forged", data={"score": "1"})):
        assert answer.status == 404
        assert "+7 (495) 123-45-67" in await answer.text()
    assert desk.ratings == []


async def test_an_outage_asks_to_come_back(browse: Any, desk: PatientsDesk) -> None:
    phone = await browse()
    desk.outage = CrmUnavailable("нет базы")
    assert (await phone.get(RATE)).status == 503
