"""Idempotency-Key: a request that is sent again does its work once and gets the first answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.web.api.errors import problem
from bot.web.api.route import API, Route
from bot.web.calls import json_answer
from bot.web.problems import Problem
from crm_bridge.rules.rights import Identity

HEADER = "Idempotency-Key"
PATTERN = r"^[\x21-\x7e]{1,200}$"
Run = Callable[[], Awaitable[tuple[int, dict[str, object] | None]]]
"""Does the work; the status and the answer."""


async def once(request: web.Request, route: Route, who: Identity, raw: bytes, run: Run) -> web.Response:
    """Run it, unless a request with this key has been run before. An error leaves the key unused."""
    key = request.headers.get(HEADER)
    if key is None or not route.writes or route.public:
        return respond(*await run())
    if not re.fullmatch(PATTERN, key):
        raise Problem(400, "Неверный Idempotency-Key", "Ключ — от 1 до 200 печатных латинских знаков без пробелов.")
    repeats, actor = request.app[API].repeats, str(who.actor)
    fingerprint = hashlib.sha256(f"{request.method} {request.path_qs}\n".encode() + raw).hexdigest()
    earlier = await repeats.begin(actor, key, fingerprint)
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            return problem(409, "Ключ уже использован", "С этим Idempotency-Key был другой запрос: возьмите новый.")
        if earlier.status is None:
            detail = "Первый запрос с этим ключом ещё выполняется или прервался: проверьте, что записано."
            return problem(409, "Запрос уже выполняется", detail, Retry_After="5")
        if route.secret:
            detail = "Запрос уже выполнен, а секрет показывают один раз: отзовите его и создайте новый."
            return problem(409, "Уже выполнено", detail)
        answer = respond(earlier.status, dict(earlier.body) if earlier.body is not None else None)
        answer.headers["Idempotency-Replayed"] = "true"
        return answer
    try:
        status, values = await run()
    except BaseException:
        await repeats.abandon(actor, key)
        raise
    await repeats.finish(actor, key, status, None if route.secret else values)
    return respond(status, values)


def respond(status: int, values: dict[str, object] | None) -> web.Response:
    """The answer as JSON, or none."""
    return web.Response(status=status) if values is None else json_answer(values, status=status)
