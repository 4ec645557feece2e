"""GET /api/live, /api/calls and what hangs below a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.web import sample, sample_talk
from bot.web.ports import Access, AuditEntry


async def test_live_calls_come_with_their_words_and_a_masked_number(page: Any, twin: Any) -> None:
    going = sample.call("now", begun=sample.NOW, caller="+79123456789", lines=sample_talk.BOOKING[:2])
    await twin.journal.start(going)
    answer = await (await page.get("/api/live")).json()
    (call,) = answer["calls"]
    assert call["id"] == "now"
    assert call["phone_masked"] == "…6789"
    assert call["ended_at"] is None
    said = call["turns"][1]
    assert (said["speaker"], said["intent"], said["confidence"]) == ("caller", "book_appointment", 0.97)
    assert said["offset_s"] == 7.0
    assert said["timings"]["decode"] == 112.4


async def test_past_calls_are_newest_first_and_show_no_whole_number(page: Any) -> None:
    response = await page.get("/api/calls")
    text = await response.text()
    answer = await response.json()
    assert [call["id"] for call in answer["calls"][:3]] == ["c0", "c1", "c2"]
    assert answer["more"] is False
    first = answer["calls"][0]
    assert first["outcome"]["outcome"] == "booked"
    assert first["outcome"]["at"] == "2026-11-24T10:20"
    assert first["duration_s"] == 74
    assert first["recorded"] is True
    assert (first["script"], first["script_version"]) == ("inbound", 2)
    assert "+7" not in text
    assert response.headers["Cache-Control"] == "no-store"


async def test_past_calls_are_read_page_by_page(page: Any) -> None:
    first = await (await page.get("/api/calls", params={"limit": "5"})).json()
    assert (len(first["calls"]), first["more"]) == (5, True)
    before = first["calls"][-1]["started_at"]
    second = await (await page.get("/api/calls", params={"limit": "200", "before": before})).json()
    assert [call["id"] for call in second["calls"]] == [f"c{number}" for number in range(5, 12)]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "-1"}, {"limit": "много"}, {"limit": "201"}])
async def test_says_which_number_of_calls_can_be_asked(page: Any, query: dict[str, str]) -> None:
    response = await page.get("/api/calls", params=query)
    assert response.status == 400
    assert "от 1 до 200" in (await response.json(content_type="application/problem+json"))["detail"]


@pytest.mark.parametrize("before", ["вчера", "2026-11-23T10:00:00"])
async def test_says_how_to_write_a_moment(page: Any, before: str) -> None:
    response = await page.get("/api/calls", params={"before": before})
    assert response.status == 400
    assert (await response.json(content_type="application/problem+json"))["title"] == "Дата не понята"


async def test_reading_a_transcript_is_recorded(page: Any, twin: Any) -> None:
    answer = await (await page.get("/api/calls/c0")).json()
    assert answer["turns"][1]["text"] == "Здравствуйте, запишите меня к лору на завтра"
    assert twin.audit.entries == [
        AuditEntry(at=sample.NOW, access=Access.TRANSCRIPT, call_id="c0", who="127.0.0.1"),
    ]


async def test_nothing_is_shown_when_the_reading_cannot_be_recorded(open_page: Callable[..., Awaitable[Any]]) -> None:
    class BrokenAudit:
        async def record(self, entry: AuditEntry) -> None:
            raise OSError("disk full")

    page = await open_page(audit=BrokenAudit())
    for path in ("/api/calls/c0", "/api/calls/c0/phone", "/api/calls/c0/recording"):
        response = await page.get(path)
        assert response.status == 500
        text = await response.text()
        assert "disk full" not in text
        assert "лору" not in text


async def test_revealing_a_number_is_recorded(page: Any, twin: Any) -> None:
    assert await (await page.get("/api/calls/c1/phone")).json() == {"phone": "+79161112233"}
    assert [entry.access for entry in twin.audit.entries] == [Access.PHONE]


@pytest.mark.parametrize("path", ["/api/calls/none", "/api/calls/none/phone", "/api/calls/none/recording"])
async def test_an_unknown_call_is_a_problem_in_russian(page: Any, twin: Any, path: str) -> None:
    response = await page.get(path)
    assert response.status == 404
    assert (await response.json(content_type="application/problem+json"))["title"] == "Звонок не найден"
    assert twin.audit.entries == []


async def test_plays_a_recording_whole_and_in_ranges(page: Any, twin: Any, tmp_path: Path) -> None:
    sound = (tmp_path / "call.wav").read_bytes()
    whole = await page.get("/api/calls/c0/recording")
    assert whole.status == 200
    assert whole.headers["Content-Type"] == "audio/wav"
    assert await whole.read() == sound
    part = await page.get("/api/calls/c0/recording", headers={"Range": "bytes=100-199"})
    assert part.status == 206
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(sound)}"
    assert await part.read() == sound[100:200]
    assert [entry.access for entry in twin.audit.entries] == [Access.RECORDING, Access.RECORDING]


async def test_a_range_behind_the_end_is_refused(page: Any) -> None:
    response = await page.get("/api/calls/c0/recording", headers={"Range": "bytes=99999999-"})
    assert response.status == 416


@pytest.mark.parametrize("recording", [None, "gone.wav"])
async def test_a_missing_recording_is_said_to_be_missing(page: Any, twin: Any, recording: str | None) -> None:
    await twin.journal.start(sample.call("odd", begun=sample.NOW, caller=""))
    await twin.journal.end("odd", sample.NOW + timedelta(seconds=9), {"outcome": "ended_by_caller"}, recording)
    response = await page.get("/api/calls/odd/recording")
    assert response.status == 404
    assert (await response.json(content_type="application/problem+json"))["title"] == "Записи нет"


async def test_a_withheld_number_stays_empty(page: Any, twin: Any) -> None:
    await twin.journal.start(replace(sample.call("hidden", begun=sample.NOW, caller=""), turns=()))
    answer = await (await page.get("/api/live")).json()
    assert answer["calls"][0]["phone_masked"] == ""
