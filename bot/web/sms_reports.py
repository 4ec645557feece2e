"""Where an SMS gateway tells what became of a message: an address with a secret, fields as its settings name them."""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from bot.notify.gateway import parse_report, reported_id
from bot.notify.port import DeliveryReport
from bot.notify.settings import GatewaySettings
from bot.web.problems import Problem, problem_response

log = logging.getLogger(__name__)

PATH = "/sms/reports"
_MOST = 1000
_ID = r"[\x21-\x7e]{1,128}"


class Reported(Protocol):
    """Who is told of a message's end."""

    async def reported(self, report: DeliveryReport) -> bool:
        """False when it is about no message of ours. Raises whatever makes the task of a failed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsReports:
    """The gateway as it was set, and the messages."""

    gateway: GatewaySettings
    messages: Reported


_REPORTS = web.AppKey("sms_reports", SmsReports)


def add_sms_reports(app: web.Application, reports: SmsReports) -> None:
    """Put the address into an application; gateways come with GET as well as with POST."""
    app[_REPORTS] = reports
    for path in (PATH, f"{PATH}/{{secret}}"):
        app.router.add_get(path, take, allow_head=False)
        app.router.add_post(path, take)


async def take(request: web.Request) -> web.Response:
    """GET, POST /sms/reports/{secret}: one report, or a JSON list of them. The same one again changes nothing."""
    reports = request.app[_REPORTS]
    try:
        _require_secret(reports.gateway, request.match_info.get("secret", ""))
        told = [_read(reports.gateway, one) for one in await _values(request)]
        known = [await _pass_on(reports.messages, one) for one in told]
    except Problem as error:
        return problem_response(error.status, error.title, error.detail)
    except web.HTTPException:
        raise
    except Exception as error:
        # the driver's words may carry a phone; the gateway repeats what was not taken
        log.error("a delivery report could not be taken", extra={"fault": type(error).__name__})
        answer = problem_response(503, "Сейчас не получается", "Повторите отчёт через минуту: ничего не записано.")
        answer.headers["Retry-After"] = "60"
        return answer
    if not all(known):
        return problem_response(
            404, "Сообщение не найдено", "Такого сообщения мы не отправляли: проверьте поле номера."
        )
    return web.Response(text=reports.gateway.report_answer)


def _require_secret(gateway: GatewaySettings, given: str) -> None:
    if not gateway.report_secret:
        raise Problem(404, "Отчёты не принимаются", "Задайте notify.sms.report_secret и перезапустите службу.")
    if not hmac.compare_digest(gateway.report_secret.encode(), given.encode()):
        raise Problem(401, "Неверный секрет", "Проверьте адрес отчётов в кабинете SMS-шлюза: notify.sms.report_secret.")


async def _values(request: web.Request) -> Sequence[Mapping[str, Any]]:
    """The fields of each report: of the query, of a form, or of JSON. Raises Problem 400."""
    try:
        if request.content_type == "application/json":
            data = json.loads(await request.read())
        else:
            data = dict(request.query) | dict((await request.post()).items())
    except (ValueError, LookupError, RecursionError):
        raise Problem(400, "Отчёт не понят", "Тело отчёта не читается: проверьте вид и кодировку.") from None
    found = data if isinstance(data, list) else [data]
    if not found or len(found) > _MOST or not all(isinstance(one, Mapping) for one in found):
        raise Problem(400, "Отчёт не понят", f"Нужен отчёт или список отчётов, не больше {_MOST}.")
    return found


def _read(gateway: GatewaySettings, values: Mapping[str, Any]) -> DeliveryReport | None:
    """None for a state on the way. Raises Problem 400."""
    if not re.fullmatch(_ID, reported_id(gateway, values)):
        raise Problem(400, "Отчёт не понят", f"Нет номера сообщения в поле «{gateway.report_id}».")
    return parse_report(gateway, values)


async def _pass_on(messages: Reported, report: DeliveryReport | None) -> bool:
    return report is None or await messages.reported(report)
