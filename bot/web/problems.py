"""Errors as problem+json (RFC 9457): Russian, and each says what to do next."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_WORDS = {
    400: ("Запрос не понят", "Обновите страницу и повторите действие."),
    403: ("Доступ закрыт", "Откройте страницу по её собственному адресу на этом компьютере."),
    404: ("Ничего не найдено", "Проверьте адрес или вернитесь на главную страницу."),
    405: ("Так обращаться нельзя", "Обновите страницу и повторите действие."),
    413: ("Слишком длинный запрос", "Сократите текст и отправьте ещё раз."),
}


class Problem(Exception):
    """An error that the person at the page is told of."""

    def __init__(self, status: int, title: str, detail: str, errors: Sequence[tuple[str, str]] = ()) -> None:
        """`errors` are fields and what is wrong with each."""
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)


def problem_response(status: int, title: str, detail: str) -> web.Response:
    """Return the error as application/problem+json."""
    body = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    return web.Response(
        status=status, text=json.dumps(body, ensure_ascii=False), content_type="application/problem+json"
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem; an unforeseen one is logged and never shown."""
    try:
        return await handler(request)
    except Problem as error:
        return problem_response(error.status, error.title, error.detail)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return problem_response(error.status, *_WORDS.get(error.status, _WORDS[400]))
    except Exception:
        log.exception("a page request failed", extra={"path": request.path})
        detail = "Повторите через минуту. Если не поможет, покажите администратору журнал службы."
        return problem_response(500, "Внутренняя ошибка", detail)
