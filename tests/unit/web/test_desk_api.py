"""GET /, /static, /api/page, /api/visits, /api/requests, /api/tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.web import sample


async def test_serves_the_page_and_its_files_and_lets_nobody_frame_it(page: Any) -> None:
    response = await page.get("/")
    assert response.status == 200
    assert "<!doctype html>" in (await response.text()).lower()
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-cache"
    script = await page.get("/static/js/main.js")
    assert script.status == 200
    assert "javascript" in script.headers["Content-Type"]


async def test_does_not_list_folders_or_leave_them(page: Any) -> None:
    assert (await page.get("/static/")).status in {403, 404}
    assert (await page.get("/static/..%2fapp.py")).status in {403, 404}


async def test_tells_the_clinic_the_phone_and_the_clock(page: Any) -> None:
    assert await (await page.get("/api/page")).json() == {
        "clinic": "Клиника «Ромашка»",
        "zone": "Europe/Moscow",
        "phone": "sip:bot@127.0.0.1:5060",
        "microphone": True,
        "now": "2026-11-23T10:00:00+03:00",
    }


async def test_tells_that_there_is_no_microphone(open_page: Callable[..., Awaitable[Any]]) -> None:
    page = await open_page(voice=None)
    assert (await (await page.get("/api/page")).json())["microphone"] is False


async def test_visits_are_those_of_the_clocks_day(page: Any, twin: Any) -> None:
    today = await (await page.get("/api/visits")).json()
    assert today["day"] == "2026-11-23"
    assert [visit["starts_at"][11:16] for visit in today["visits"]][:3] == ["08:20", "09:00", "09:40"]
    visit = today["visits"][3]
    assert visit["patient"]["name"] == "Смирнова Ольга Викторовна"
    assert (visit["specialty"], visit["status"]) == ("лор", "confirmed")
    assert today["visits"][5]["service"] == "узи брюшной полости"
    twin.clock.advance(timedelta(hours=14))
    assert (await (await page.get("/api/visits")).json()) == {"day": "2026-11-24", "visits": []}


async def test_requests_show_what_the_desk_needs_to_act(page: Any) -> None:
    first, second, promised = (await (await page.get("/api/requests")).json())["requests"]
    assert (first["kind"], first["phone"]) == ("home_visit", "+79031237788")
    assert first["fields"]["address"] == "проспект Победы, 15, корп 2, кв 48"
    assert first["patient"]["birth_date"] == "2019-10-21"
    assert second["status"] == "in_work"
    assert (promised["kind"], promised["fields"]["reason"]) == ("callback", "waitlist")


async def test_a_request_that_is_done_leaves_the_list_once(page: Any, twin: Any) -> None:
    first, *others = [request.id for request in await twin.desk.open_requests()]
    assert (await page.post(f"/api/requests/{first}/done", json={})).status == 200
    left = (await (await page.get("/api/requests")).json())["requests"]
    assert [request["id"] for request in left] == others
    again = await page.post(f"/api/requests/{first}/done", json={})
    assert again.status == 409
    assert (await again.json(content_type="application/problem+json"))["title"] == "Заявка уже закрыта"


async def test_another_site_closes_no_request(page: Any, twin: Any) -> None:
    first = (await twin.desk.open_requests())[0].id
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert (await page.post(f"/api/requests/{first}/done", json={}, headers=elsewhere)).status == 403
    assert first in [request.id for request in await twin.desk.open_requests()]


async def test_tasks_come_by_due_time(page: Any) -> None:
    tasks = (await (await page.get("/api/tasks")).json())["tasks"]
    assert [task["id"] for task in tasks] == ["t1", "t3", "t2"]
    assert (tasks[2]["attempts"], tasks[2]["result"]) == (1, "busy")


@pytest.mark.parametrize(("path", "key"), [("/api/requests", "requests"), ("/api/tasks", "tasks")])
async def test_empty_lists_are_empty(page: Any, twin: Any, path: str, key: str) -> None:
    twin.desk.requests = twin.desk.tasks = ()
    assert await (await page.get(path)).json() == {key: []}


async def test_a_request_of_a_stranger_has_no_person(page: Any, twin: Any) -> None:
    twin.desk.requests = (replace(sample.requests()[0], patient=None),)
    assert (await (await page.get("/api/requests")).json())["requests"][0]["patient"] is None
