"""The API as an aiohttp application of its own, or as routes of one that is there already."""

from __future__ import annotations

from aiohttp import web

from bot.web.api.errors import problem
from bot.web.api.route import API, ApiDeps
from bot.web.api.run import web_handler
from bot.web.api.schema import openapi
from bot.web.api.table import PREFIX, ROUTES
from bot.web.calls import json_answer
from bot.web.problems import Handler

LARGEST_BODY = 256 * 1024
_WORDS = {
    404: ("Ничего не найдено", "Такого адреса нет: список — GET /api/v1/openapi.json."),
    405: ("Так обращаться нельзя", "По этому адресу такого действия нет: смотрите заголовок Allow."),
}


def add_api(app: web.Application, deps: ApiDeps) -> None:
    """Put every operation and the document under /api/v1 of an application."""
    app[API] = deps
    document = openapi(ROUTES, PREFIX)

    async def show(request: web.Request) -> web.StreamResponse:
        return json_answer(document)

    app.router.add_get(f"{PREFIX}/openapi.json", show, allow_head=False)
    for route in ROUTES:
        app.router.add_route(route.method, PREFIX + route.path, web_handler(route))


def create_api(deps: ApiDeps) -> web.Application:
    """An application that is nothing but the API; whoever runs it decides where it listens."""
    app = empty_api()
    add_api(app, deps)
    return app


def empty_api() -> web.Application:
    """An application that tells what it does not know as the API does, and knows nothing yet."""
    app = web.Application(middlewares=[_unknown_addresses], client_max_size=LARGEST_BODY)
    app.on_response_prepare.append(_headers)
    return app


@web.middleware
async def _unknown_addresses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What no operation takes is told as a problem, too; `Allow` stays."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        title, detail = _WORDS.get(error.status, ("Запрос не понят", "Проверьте адрес и заголовки запроса."))
        answer = problem(error.status, title, detail)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
