"""Other sites, other names, wrong addresses, unforeseen errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from bot.domain.call import CallRecord


async def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status == status
    body: dict[str, Any] = await response.json(content_type="application/problem+json")
    assert set(body) == {"type", "status", "title", "detail"}
    return body


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_other_sites_read_nothing(page: Any, twin: Any, headers: dict[str, str]) -> None:
    for path in ("/api/calls/c0", "/api/calls/c0/recording", "/api/events", "/api/voice"):
        await problem(await page.get(path, headers=headers), 403)
    assert twin.audit.entries == []


async def test_the_page_itself_may_be_opened_from_a_link(page: Any) -> None:
    assert (await page.get("/", headers={"Sec-Fetch-Site": "cross-site"})).status == 200


async def test_its_own_requests_pass(page: Any) -> None:
    own = {"Origin": f"http://{page.host}:{page.port}", "Sec-Fetch-Site": "same-origin"}
    assert (await page.get("/api/calls", headers=own)).status == 200


async def test_a_clinic_may_name_its_own_host(open_page: Callable[..., Awaitable[Any]]) -> None:
    page = await open_page(hosts=frozenset({"bot.clinic.local"}))
    assert (await page.get("/api/page", headers={"Host": "bot.clinic.local:8080"})).status == 200
    await problem(await page.get("/api/page"), 403)


async def test_wrong_addresses_and_methods_are_problems_in_russian(page: Any) -> None:
    assert (await problem(await page.get("/api/weather"), 404))["title"] == "Ничего не найдено"
    assert (await problem(await page.delete("/api/calls"), 405))["title"] == "Так обращаться нельзя"


async def test_an_unforeseen_error_is_logged_and_not_shown(
    open_page: Callable[..., Awaitable[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    class BrokenJournal:
        async def live(self) -> Sequence[CallRecord]:
            raise RuntimeError("secret detail")

    page = await open_page(journal=BrokenJournal())
    body = await problem(await page.get("/api/live"), 500)
    assert "secret" not in str(body)
    assert "журнал службы" in body["detail"]
    assert any(record.exc_info for record in caplog.records)
