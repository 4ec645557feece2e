"""Who asks, and whether they may: Bearer token or key, or the session's cookie; then rights, then branches."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from bot.domain.follow_up import Actor, ActorKind
from bot.web.api.route import API, ApiDeps, Route
from bot.web.problems import Problem
from crm_bridge.rules.rights import RIGHTS, Identity

COOKIE = "registratura_session"
COOKIE_PATH = "/api/v1"
_NOBODY = Identity(actor=Actor(kind=ActorKind.API), name="", rights=frozenset())


async def identify(request: web.Request, route: Route) -> tuple[Identity, str]:
    """Whoever asks, and the secret that said so. Raises Problem 401, or 403 for a cookie that another site sent."""
    if route.public:
        return _NOBODY, ""
    secret = _bearer(request)
    if secret is None:
        secret = request.cookies.get(COOKIE)
        if secret is not None and route.writes:
            _require_own_page(request)
    who = await request.app[API].access.identify(secret) if secret else None
    if who is None or secret is None:
        raise Problem(401, "Нужен вход", "Войдите снова или передайте действующий ключ: Authorization: Bearer …")
    return who, secret


def _bearer(request: web.Request) -> str | None:
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is None:
        return None
    scheme, _, secret = header.partition(" ")
    return secret.strip() if scheme.casefold() == "bearer" else ""


def _require_own_page(request: web.Request) -> None:
    """A cookie comes by itself, so another site's page must not be able to use it."""
    origin = request.headers.get(hdrs.ORIGIN)
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        raise Problem(403, "Доступ закрыт", "Запрос пришёл с другого сайта. Откройте страницу регистратуры напрямую.")


def require_right(who: Identity, route: Route) -> None:
    """Raise Problem 403."""
    if route.right is not None and not who.may(route.right):
        raise Problem(403, "Нет права", f"Нужно право «{RIGHTS[route.right]}»: его даёт администратор.")


async def require_scope(deps: ApiDeps, who: Identity, route: Route, path: dict[str, str], *given: Any) -> None:
    """Raise Problem 403 for what is of a branch out of reach; `given` are body and query."""
    if not who.branches:
        return
    for kind, name in route.scope:
        value = path.get(name) or next((found for one in given if (found := getattr(one, name, None))), None)
        if value is None:
            continue
        branch = value if kind == "branch" else await deps.scope.branch_of(kind, value)
        if not who.reaches(branch):
            raise Problem(403, "Другой филиал", "Это относится к филиалу, к которому у вас нет доступа.")


def set_session(answer: web.Response, token: str, *, secure: bool) -> None:
    """Give the browser its session's cookie, or take it away with an empty one; it ends with the browser."""
    if token:
        answer.set_cookie(COOKIE, token, path=COOKIE_PATH, httponly=True, samesite="Strict", secure=secure)
    else:
        answer.del_cookie(COOKIE, path=COOKIE_PATH)
