"""/health for people and watchdogs, /metrics for Prometheus."""

from __future__ import annotations

from aiohttp import web

from bot.web.calls import json_answer
from bot.web.deps import DEPS
from bot.web.metrics import METRICS
from bot.web.ports import Condition


async def health(request: web.Request) -> web.Response:
    """GET /health: the state of each part; 503 when one is down, so that a watchdog needs no JSON."""
    parts = await request.app[DEPS].health.check()
    conditions = {part.condition for part in parts}
    worst = next((state for state in (Condition.DOWN, Condition.DEGRADED) if state in conditions), Condition.OK)
    body = {
        "status": worst.value,
        "parts": {part.name: {"state": part.condition.value, "detail": part.detail} for part in parts},
    }
    return json_answer(body, status=503 if worst is Condition.DOWN else 200)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: text exposition format 0.0.4."""
    live = await request.app[DEPS].journal.live()
    return web.Response(
        text=request.app[METRICS].text(live_calls=len(live)),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )
