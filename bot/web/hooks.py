"""Where other systems send their webhooks: read whole, given to their inbox, answered by what became of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from bot.web.api.errors import problem
from bot.web.problems import Handler
from crm_bridge.foreign import RawWebhook, ReplayedWebhook, UntrustedWebhook
from crm_bridge.port import CrmError, CrmUnavailable, Refused

log = logging.getLogger(__name__)

PREFIX = "/hooks"
_AGAIN_S = "60"
_ANSWERS: Mapping[type[CrmError], tuple[int, str]] = {
    ReplayedWebhook: (409, "Сообщение уже принято"),
    UntrustedWebhook: (403, "Сообщению нельзя верить"),
    CrmUnavailable: (503, "Сейчас принять нельзя"),
    Refused: (400, "Сообщение не понято"),
}


class Inbox(Protocol):
    """Takes a message in (crm_bridge.foreign_inbox)."""

    async def receive(self, request: RawWebhook) -> None:
        """Raises UntrustedWebhook, ReplayedWebhook, Refused, CrmUnavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One address, `POST /hooks/{path}`, for bodies up to `largest` bytes.

    `untrusted` is the status for a message whose signature is wrong.
    """

    path: str
    inbox: Inbox
    largest: int
    untrusted: int = 403


class _TooLarge(Exception):
    """The body goes on beyond what is read."""


def add_hooks(app: web.Application, hooks: Sequence[Hook]) -> None:
    """Put the addresses into an application; its own limit of bodies does not count for them."""
    for hook in hooks:
        app.router.add_post(f"{PREFIX}/{hook.path}", _handler(hook))


def _handler(hook: Hook) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            await hook.inbox.receive(await _whole(request, hook.largest))
        except _TooLarge:
            return problem(413, "Слишком длинный запрос", f"Тело сообщения длиннее {hook.largest} байт.")
        except CrmError as error:
            return _refusal(hook, error)
        except Exception:
            log.exception("a webhook was not worked in", extra={"hook": hook.path})
            return problem(500, "Внутренняя ошибка", "Пришлите сообщение ещё раз; причина — в журнале службы.")
        # what is in the body may be taken for a comment (Pyrus)
        return web.json_response({})

    return handle


def _refusal(hook: Hook, error: CrmError) -> web.Response:
    status, title = next((told for kind, told in _ANSWERS.items() if isinstance(error, kind)), (409, "Не принято"))
    if status == 403:
        log.warning("a webhook was not believed", extra={"hook": hook.path})
        status = hook.untrusted
    if status == 503:
        return problem(status, title, str(error), Retry_After=_AGAIN_S)
    if status == 401:
        return problem(status, title, str(error), WWW_Authenticate="HMAC-SHA256")
    return problem(status, title, str(error))


async def _whole(request: web.Request, largest: int) -> RawWebhook:
    """The request as it came in, read no further than it may be long."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > largest:
            raise _TooLarge
    headers = {name.lower(): value for name, value in request.headers.items()}
    return RawWebhook(headers=headers, body=bytes(body), query=dict(request.query))
