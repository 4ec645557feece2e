"""SMS through a gateway's HTTP interface, described by settings: any of the Russian ones will do."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp

from bot.notify.port import DeliveryError, DeliveryReport, DeliveryState, Message, Receipt
from bot.notify.settings import GatewaySettings

_KNOWN = frozenset({"phone", "digits", "text", "id"})
_BODIES = ("form", "json", "query")
_LONGEST_ANSWER = 64 * 1024


class GatewayError(ValueError):
    """The gateway's settings cannot be used; the text is Russian and names the setting."""


class HttpGateway:
    """Messenger over one gateway; needs `close`."""

    def __init__(self, settings: GatewaySettings) -> None:
        check_gateway(settings)
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message) -> Receipt:
        """One request. A lost reply counts as not taken: the same {id} lets the gateway tell the repeat."""
        values = {
            "phone": message.recipient,
            "digits": re.sub(r"\D", "", message.recipient),
            "text": message.text,
            "id": message.id,
        }
        status, answer, patience = await self._ask(values)
        if status == 429 or status >= 500:
            raise DeliveryError(f"SMS-шлюз ответил кодом {status}", retryable=True, retry_after=patience)
        if not 200 <= status < 300:
            raise DeliveryError(f"SMS-шлюз отказал: код {status}", retryable=False)
        return self._receipt(message, answer)

    async def close(self) -> None:
        """Close connections; safe twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, values: Mapping[str, str]) -> tuple[int, str, timedelta | None]:
        given = self._settings
        fields = {name: text.format_map(values) for name, text in given.fields.items()}
        headers = {name: text.format_map(values) for name, text in given.headers.items()}
        place = {"form": "data", "json": "json", "query": "params"}[given.body]
        arguments: dict[str, Any] = {place: fields}
        try:
            async with self._connected().request(
                given.method, given.url, headers=headers, allow_redirects=False, **arguments
            ) as response:
                body = await response.content.read(_LONGEST_ANSWER)
                return response.status, body.decode("utf-8", "replace"), _patience(response.headers)
        except TimeoutError:
            raise DeliveryError("SMS-шлюз не ответил вовремя", retryable=True) from None
        except (aiohttp.ClientError, OSError):
            # The original may carry the URL, and with it the phone.
            raise DeliveryError("SMS-шлюз недоступен", retryable=True) from None

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=self._settings.timeout_s)
            self._session = aiohttp.ClientSession(timeout=limit)
        return self._session

    def _receipt(self, message: Message, answer: str) -> Receipt:
        """What a 2xx says. A refusal there is about this message or our account: people must look, not we again."""
        given = self._settings
        if not given.success_field:
            if given.success_values and not any(value in answer for value in given.success_values):
                raise DeliveryError("SMS-шлюз не принял сообщение", retryable=False)
            if not given.id_field:
                return Receipt(provider_id=message.id)
        try:
            data = json.loads(answer)
        except ValueError:
            raise DeliveryError("SMS-шлюз ответил не в JSON", retryable=False) from None
        if given.success_field and _as_text(_at(data, given.success_field)) not in given.success_values:
            raise DeliveryError("SMS-шлюз не принял сообщение", retryable=False)
        theirs = _as_text(_at(data, given.id_field)) if given.id_field else ""
        return Receipt(provider_id=theirs[:128] or message.id)


def reported_id(settings: GatewaySettings, values: Mapping[str, Any]) -> str:
    """Which message a delivery report is about; empty when it does not say."""
    return _as_text(_at(values, settings.report_id))


def parse_report(settings: GatewaySettings, values: Mapping[str, Any]) -> DeliveryReport | None:
    """A delivery report, from the fields of its query, form or JSON; None for one that says nothing final."""
    provider_id = reported_id(settings, values)
    status = _as_text(_at(values, settings.report_status))
    if not provider_id:
        return None
    if status in settings.report_delivered:
        return DeliveryReport(provider_id=provider_id, state=DeliveryState.DELIVERED)
    if status in settings.report_failed:
        error = "Оператор не доставил сообщение"
        return DeliveryReport(provider_id=provider_id, state=DeliveryState.FAILED, error=error)
    return None


def check_gateway(settings: GatewaySettings) -> None:
    """Raises GatewayError that names the setting."""
    if not re.match(r"https?://", settings.url):
        raise GatewayError("notify.sms.url: нужен адрес шлюза, пример: https://sms.example.ru/send")
    if settings.body not in _BODIES:
        raise GatewayError(f"notify.sms.body: допустимо одно из: {', '.join(_BODIES)}")
    if settings.success_field and not settings.success_values:
        raise GatewayError("notify.sms.success_values: перечислите значения, при которых сообщение принято")
    used: set[str] = set()
    for part, texts in (("fields", settings.fields), ("headers", settings.headers)):
        for name, text in texts.items():
            used |= _variables(f"notify.sms.{part}.{name}", text)
    if not used & {"phone", "digits"} or "text" not in used:
        raise GatewayError("notify.sms.fields: нужны {text} и один из {phone}, {digits}")


def _variables(place: str, text: str) -> set[str]:
    try:
        found = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        raise GatewayError(f"{place}: непарная фигурная скобка; саму скобку удвойте") from None
    if wrong := sorted(found - _KNOWN):
        raise GatewayError(f"{place}: нет переменной {{{wrong[0]}}}; есть {', '.join(sorted(_KNOWN))}")
    return found


def _at(data: Any, path: str) -> Any:
    """The value at `messages.0.status`, None where there is no such place."""
    for part in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def _as_text(value: Any) -> str:
    """Numbers and true as a person writes them in the settings."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _patience(headers: Mapping[str, str]) -> timedelta | None:
    """Retry-After in seconds; a date is not looked at."""
    asked = headers.get("Retry-After", "")
    return timedelta(seconds=int(asked)) if asked.isdecimal() and len(asked) < 7 else None
