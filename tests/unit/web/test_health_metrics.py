"""GET /health and /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import CallEnded, LiveEvent, Numbered
from bot.web import sample, sample_talk
from bot.web.metrics import Metrics, StageTimes, follow
from bot.web.ports import Condition, PartHealth


async def test_health_names_each_part_and_what_to_do(page: Any) -> None:
    response = await page.get("/health")
    body = await response.json()
    assert (response.status, body["status"]) == (200, "degraded")
    assert list(body["parts"]) == ["line", "database", "redis", "recogniser", "voice"]
    assert body["parts"]["recogniser"] == {
        "state": "degraded",
        "detail": "Whisper: Vosk с русской моделью не найден",
    }


@pytest.mark.parametrize(
    ("condition", "status", "word"), [(Condition.OK, 200, "ok"), (Condition.DOWN, 503, "down")], ids=["ok", "down"]
)
async def test_a_watchdog_needs_no_json(page: Any, twin: Any, condition: Condition, status: int, word: str) -> None:
    twin.health.parts = (
        PartHealth(name="line", condition=condition),
        PartHealth(name="voice", condition=Condition.OK),
    )
    response = await page.get("/health")
    assert (response.status, (await response.json())["status"]) == (status, word)


async def test_metrics_count_calls_by_outcome_and_times_by_stage(page: Any, twin: Any) -> None:
    for number, outcome in enumerate(["booked", "booked", "transferred"]):
        going = sample.call(f"m{number}", begun=sample.NOW, caller="", lines=sample_talk.BOOKING[:2])
        await twin.journal.start(going)
        await twin.journal.turn(going.id, going.turns[1])
        await twin.journal.end(going.id, sample.NOW + timedelta(seconds=30), {"outcome": outcome})
        await asyncio.sleep(0)
    await twin.journal.start(sample.call("live", begun=sample.NOW, caller="", direction="outbound"))
    response = await page.get("/metrics")
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = (await response.text()).splitlines()
    assert "registratura_live_calls 1" in lines
    assert 'registratura_calls_total{outcome="booked"} 2' in lines
    assert 'registratura_calls_total{outcome="transferred"} 1' in lines
    assert 'registratura_calls_started_total{direction="inbound"} 3' in lines
    assert 'registratura_turn_seconds_count{stage="nlu"} 3' in lines
    assert 'registratura_turn_seconds_bucket{stage="decode",le="0.1"} 0' in lines
    assert 'registratura_turn_seconds_bucket{stage="decode",le="0.2"} 3' in lines


def test_a_histogram_is_cumulative_and_its_bounds_are_inclusive() -> None:
    times = StageTimes()
    for seconds in (0.01, 0.3, 99.0):
        times.observe(seconds)
    lines = times.lines("x", 'stage="nlu"')
    assert lines[0] == 'x_bucket{stage="nlu",le="0.01"} 1'
    assert 'x_bucket{stage="nlu",le="0.35"} 2' in lines
    assert lines[-3:] == [
        'x_bucket{stage="nlu",le="+Inf"} 3',
        'x_sum{stage="nlu"} 99.310000',
        'x_count{stage="nlu"} 3',
    ]


def test_an_outcome_cannot_break_the_format() -> None:
    metrics = Metrics()
    metrics.observe(CallEnded(call_id="c", at=sample.NOW, outcome={"outcome": 'booked"} 9\nevil'}))
    assert 'registratura_calls_total{outcome="booked___9_evil"} 1' in metrics.text(live_calls=0).splitlines()


async def test_counting_goes_on_after_the_feed_fails() -> None:
    class Weak:
        tries = 0

        async def latest(self) -> int:
            return 0

        async def subscribe(self, after: int | None) -> AsyncIterator[Numbered]:
            self.tries += 1
            if self.tries == 1:
                raise OSError("redis is down")
            event: LiveEvent = CallEnded(call_id="c", at=sample.NOW, outcome={"outcome": "booked"})
            yield Numbered(number=1, event=event)

    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise asyncio.CancelledError

    metrics = Metrics()
    with pytest.raises(asyncio.CancelledError):
        await follow(Weak(), metrics, pause)
    assert 'registratura_calls_total{outcome="booked"} 1' in metrics.text(live_calls=0)
