"""The SMS adapter against a gateway that may be slow, busy, rude or gone."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.notify.gateway import GatewayError, HttpGateway, check_gateway, parse_report
from bot.notify.port import DeliveryError, DeliveryState
from bot.notify.settings import GatewaySettings
from tests.integration.notify.letters import message
from tests.integration.notify.sms_gateway import FakeGateway

PLAIN = GatewaySettings(url="http://127.0.0.1:9/send", timeout_s=10)
"""A slow machine must not look like an outage: only where the answer never comes is the wait short."""
HASTY_S = 0.3
JSON = replace(PLAIN, success_field="status", success_values=("OK",), id_field="messages.0.id")


@asynccontextmanager
async def over(gateway: FakeGateway, settings: GatewaySettings = JSON) -> AsyncIterator[HttpGateway]:
    adapter = HttpGateway(replace(settings, url=gateway.url))
    try:
        yield adapter
    finally:
        await adapter.close()
        await adapter.close()


@pytest.mark.parametrize("body", ["form", "json", "query"])
async def test_the_fields_arrive_as_the_settings_say(gateway: FakeGateway, body: str) -> None:
    settings = replace(
        JSON,
        method="GET" if body == "query" else "POST",
        body=body,
        fields={"to": "{digits}", "from": "Clinic", "message": "{text}", "ref": "{id}", "number": "{phone}"},
        headers={"Authorization": "Bearer k3y", "X-Request-Id": "{id}"},
    )
    async with over(gateway, settings) as adapter:
        receipt = await adapter.send(message())
    [asked] = gateway.asked
    assert asked.fields == {
        "to": "79161110001",
        "from": "Clinic",
        "message": "Здоровье: вы записаны & ждём",
        "ref": "m1",
        "number": "+79161110001",
    }
    assert (asked.headers["Authorization"], asked.headers["X-Request-Id"]) == ("Bearer k3y", "m1")
    assert receipt.provider_id == "4711"


async def test_without_an_id_of_theirs_ours_is_kept(gateway: FakeGateway) -> None:
    async with over(gateway, PLAIN) as adapter:
        assert (await adapter.send(message())).provider_id == "m1"


@pytest.mark.parametrize(
    ("fault", "retryable", "said"),
    [
        (429, True, "кодом 429"),
        (500, True, "кодом 500"),
        (503, True, "кодом 503"),
        ("timeout", True, "не ответил вовремя"),
        ("dropped", True, "недоступен"),
        (400, False, "код 400"),
        (401, False, "код 401"),
        (302, False, "код 302"),
        (web.json_response({"status": "ERROR"}), False, "не принял"),
        (web.json_response([]), False, "не принял"),
        (web.Response(text="OK"), False, "не в JSON"),
    ],
    ids=lambda value: value if isinstance(value, (int, str)) else "answer",
)
async def test_each_fault_is_told_as_an_outage_or_a_refusal(
    gateway: FakeGateway, fault: Any, retryable: bool, said: str
) -> None:
    gateway.faults = [fault]
    if fault == "timeout":
        async with over(gateway, replace(JSON, timeout_s=HASTY_S)) as hasty:
            with pytest.raises(DeliveryError, match=said) as caught:
                await hasty.send(message())
        assert caught.value.retryable
        return
    async with over(gateway) as adapter:
        with pytest.raises(DeliveryError, match=said) as caught:
            await adapter.send(message())
        assert caught.value.retryable is retryable
        assert "7916" not in str(caught.value)
        assert caught.value.__cause__ is None
        # the gateway is well again, and so are we
        assert (await adapter.send(message())).provider_id == "4711"


async def test_a_gateway_that_is_not_there(unused_tcp_port_factory: Callable[[], int]) -> None:
    async with over(FakeGateway(url=f"http://127.0.0.1:{unused_tcp_port_factory()}/send")) as adapter:
        with pytest.raises(DeliveryError, match="недоступен") as caught:
            await adapter.send(message())
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("header", "patience"), [("120", timedelta(minutes=2)), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
async def test_its_own_patience_is_read(gateway: FakeGateway, header: str, patience: timedelta | None) -> None:
    gateway.faults, gateway.retry_after = [429], header
    async with over(gateway) as adapter:
        with pytest.raises(DeliveryError) as caught:
            await adapter.send(message())
    assert caught.value.retry_after == patience


@pytest.mark.parametrize(("text", "taken"), [("100\n4711", True), ("ERROR=2", False)])
async def test_a_gateway_that_answers_in_plain_text(gateway: FakeGateway, text: str, taken: bool) -> None:
    gateway.faults = [web.Response(text=text)]
    async with over(gateway, replace(PLAIN, success_values=("100",))) as adapter:
        if taken:
            assert (await adapter.send(message())).provider_id == "m1"
        else:
            with pytest.raises(DeliveryError, match="не принял"):
                await adapter.send(message())


async def test_nothing_of_it_reaches_the_log(gateway: FakeGateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    gateway.faults = [500, 400, "dropped", "timeout"]
    async with over(gateway, replace(JSON, timeout_s=HASTY_S)) as adapter:
        for _ in range(4):
            with pytest.raises(DeliveryError):
                await adapter.send(message())
    assert "7916" not in caplog.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "sms.example.ru"}, r"notify\.sms\.url"),
        ({"body": "xml"}, r"notify\.sms\.body: .*form, json, query"),
        ({"fields": {"to": "{phone}"}}, r"notify\.sms\.fields: нужны \{text\}"),
        ({"fields": {"text": "{text}"}}, r"notify\.sms\.fields: нужны"),
        ({"fields": {"to": "{phones}", "text": "{text}"}}, r"notify\.sms\.fields\.to: нет переменной \{phones\}"),
        ({"fields": {"to": "{phone", "text": "{text}"}}, r"notify\.sms\.fields\.to: непарная"),
        ({"headers": {"X": "{key}"}}, r"notify\.sms\.headers\.X: нет переменной \{key\}"),
        ({"success_field": "status"}, r"notify\.sms\.success_values"),
    ],
)
def test_a_faulty_setting_is_named(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(GatewayError, match=said):
        check_gateway(replace(PLAIN, **changed))


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"id": "4711", "status": "delivered"}, DeliveryState.DELIVERED),
        ({"id": 4711, "status": "undelivered"}, DeliveryState.FAILED),
        ({"id": "4711", "status": "accepted"}, None),
        ({"id": "4711"}, None),
        ({"status": "delivered"}, None),
    ],
)
def test_reports_are_read(values: dict[str, Any], state: DeliveryState | None) -> None:
    report = parse_report(PLAIN, values)
    assert (report.state if report else None) is state
    assert report is None or report.provider_id == "4711"


def test_a_report_of_another_shape_is_read() -> None:
    settings = replace(PLAIN, report_id="sms.id", report_status="sms.ok", report_delivered=("true",))
    report = parse_report(settings, {"sms": {"id": "x", "ok": True}})
    assert report is not None
    assert (report.provider_id, report.state) == ("x", DeliveryState.DELIVERED)
