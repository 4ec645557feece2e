"""Only the local page may read: other sites open in the same browser are turned away."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from bot.web.deps import DEPS
from bot.web.problems import Handler, Problem

_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}


@web.middleware
async def own_page_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign host names (DNS rebinding) and requests that another site's page makes."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if host not in request.app[DEPS].hosts:
        raise Problem(403, "Доступ закрыт", f"Адрес «{host}» не разрешён. Откройте http://127.0.0.1 с портом службы.")
    origin = request.headers.get("Origin")
    foreign_origin = origin is not None and urlsplit(origin).netloc != request.host
    foreign_fetch = request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"} and request.path != "/"
    if foreign_origin or foreign_fetch:
        raise Problem(403, "Доступ закрыт", "Запрос пришёл с другого сайта. Откройте страницу регистратуры напрямую.")
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer; the page's own files are checked for news at each load, the rest is never stored."""
    response.headers.update(_HEADERS)
    own_file = request.path == "/" or request.path.startswith("/static/")
    response.headers.setdefault("Cache-Control", "no-cache" if own_file else "no-store")
