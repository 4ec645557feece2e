"""The desk's lists: today's visits, requests, calls to be made; and what the page says of the clinic."""

from __future__ import annotations

from aiohttp import web

from bot.web.calls import json_answer
from bot.web.deps import DEPS
from bot.web.problems import Problem
from bot.web.views import request_json, task_json, visit_json
from crm_bridge.port import CrmUnavailable, IllegalStep, NotFound


async def page_facts(request: web.Request) -> web.Response:
    """GET /api/page: the clinic's name, how to phone the bot, the server's clock."""
    deps = request.app[DEPS]
    return json_answer(
        {
            "clinic": deps.facts.clinic,
            "zone": deps.facts.zone,
            "phone": deps.facts.phone,
            "microphone": deps.voice is not None,
            "now": deps.clock.now().isoformat(),
        }
    )


async def visits(request: web.Request) -> web.Response:
    """GET /api/visits: today's visits by time."""
    deps = request.app[DEPS]
    today = deps.clock.now().date()
    found = await deps.desk.visits_on(today)
    return json_answer({"day": today.isoformat(), "visits": [visit_json(visit) for visit in found]})


async def requests(request: web.Request) -> web.Response:
    """GET /api/requests: open requests, oldest first."""
    found = await request.app[DEPS].desk.open_requests()
    return json_answer({"requests": [request_json(item) for item in found]})


async def finish_request(request: web.Request) -> web.Response:
    """POST /api/requests/{id}/done: somebody at the page has done it."""
    try:
        await request.app[DEPS].desk.finish_request(request.match_info["request_id"])
    except (NotFound, IllegalStep):
        raise Problem(409, "Заявка уже закрыта", "Её закрыл кто-то другой: в списке её больше нет.") from None
    except CrmUnavailable:
        raise Problem(503, "База не отвечает", "Повторите через минуту; ничего не записано.") from None
    return json_answer({})


async def tasks(request: web.Request) -> web.Response:
    """GET /api/tasks: calls to be made, by due time."""
    found = await request.app[DEPS].desk.open_tasks()
    return json_answer({"tasks": [task_json(task) for task in found]})
