"""How every operation is run: known, allowed, read, done once, recorded, shown."""

from __future__ import annotations

import logging
import re
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.web.api.auth import identify, require_right, require_scope, set_session
from bot.web.api.cursors import from_cursor, to_cursor
from bot.web.api.errors import CLINIC_ERRORS, of_clinic, of_fields, of_problem, problem
from bot.web.api.repeats import once
from bot.web.api.route import API, Answer, Call, Route
from bot.web.api.views import View
from bot.web.problems import Handler as WebHandler
from bot.web.problems import Problem
from crm_bridge.rules.rights import PATIENTS_READ, Identity

log = logging.getLogger(__name__)

PATH_ID = r"^[^\x00-\x20/]{1,80}$"


def web_handler(route: Route) -> WebHandler:
    """The operation as aiohttp's handler; whatever goes wrong is told as a problem."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await _handle(request, route)
        except Problem as error:
            return of_problem(error)
        except ValidationError as error:
            return of_fields(error)
        except CLINIC_ERRORS as error:
            return of_clinic(error)
        except web.HTTPRequestEntityTooLarge:
            return problem(413, "Слишком длинный запрос", "Сократите запрос или разделите его.")
        except web.HTTPException:
            raise
        except Exception:
            log.exception("an API request failed", extra={"operation": route.name})
            return problem(500, "Внутренняя ошибка", "Повторите через минуту; если не поможет, смотрите журнал службы.")

    return handle


async def _handle(request: web.Request, route: Route) -> web.Response:
    deps = request.app[API]
    who, secret = await identify(request, route)
    require_right(who, route)
    path = dict(request.match_info)
    if not all(re.fullmatch(PATH_ID, value) for value in path.values()):
        raise Problem(404, "Ничего не найдено", "Проверьте адрес.")
    raw = await _raw_body(request, route)
    body = route.body.model_validate_json(raw) if route.body else None
    query = read_query(request, route.query) if route.query else None
    await require_scope(deps, who, route, path, body, query)
    after = from_cursor(getattr(query, "cursor", None), route.order) if route.answer is Answer.PAGE else None
    call: Call[Any, Any] = Call(deps=deps, who=who, path=path, body=body, query=query, after=after, secret=secret)

    async def run() -> tuple[int, dict[str, object] | None]:
        found = await route.handler(call)
        if route.audit:
            subject_id = path.get("id") or str(getattr(found, "id", ""))
            await deps.office.record(who, route.audit, route.audit.partition(".")[0], subject_id)
        return route.status, shown(route, who, found)

    answer = await once(request, route, who, raw, run)
    for value in call.cookies:
        set_session(answer, value, secure=deps.secure_cookie)
    return answer


async def _raw_body(request: web.Request, route: Route) -> bytes:
    if route.body is None:
        return b""
    if request.content_type != "application/json":
        raise Problem(415, "Нужен JSON", "Передайте тело с заголовком Content-Type: application/json.")
    return await request.read()


def read_query(request: web.Request, model: type[BaseModel]) -> BaseModel:
    """The query as the model reads it; a parameter given twice is refused."""
    if len(set(request.query)) != len(request.query):
        raise Problem(422, "Данные не приняты", "Каждый параметр запроса указывают один раз.")
    return model.model_validate_strings(dict(request.query))


def shown(route: Route, who: Identity, found: Any) -> dict[str, object] | None:
    """What is answered, without whom it is about for those who may not know."""
    if route.view is None:
        return None
    if route.answer is Answer.ONE:
        return _one(route.view, who, found)
    if route.answer is Answer.LIST:
        return {"items": [_one(route.view, who, one) for one in found]}
    return {"items": [_one(route.view, who, one) for one in found.items], "next": to_cursor(found.next)}


def _one(view: type[View], who: Identity, value: Any) -> dict[str, object]:
    made = view.model_validate(value)
    if not who.may(PATIENTS_READ):
        made.conceal()
    return made.model_dump(mode="json")
