"""GET and POST /sms/reports/{secret}: what a gateway tells later of a message that it took."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.notify.port import DeliveryReport, DeliveryState
from bot.notify.settings import GatewaySettings
from bot.web.api.app import LARGEST_BODY, empty_api
from bot.web.sms_reports import SmsReports, add_sms_reports

SECRET = "a-secret-of-16-signs"
GATEWAY = GatewaySettings(
    url="https://sms.example",
    report_secret=SECRET,
    report_id="sms.id",
    report_status="sms.state",
    report_delivered=("1", "DELIVRD"),
    report_failed=("20",),
    report_answer="100",
)
FLAT = replace(GATEWAY, report_id="id", report_status="state")
HERE = f"/sms/reports/{SECRET}"
DELIVERED = DeliveryReport(provider_id="m1", state=DeliveryState.DELIVERED)


class Messages:
    """Knows m1 and m2; `outage` is raised by the next report."""

    def __init__(self) -> None:
        self.told: list[DeliveryReport] = []
        self.outage: Exception | None = None

    async def reported(self, report: DeliveryReport) -> bool:
        if self.outage is not None:
            raise self.outage
        if report.provider_id not in {"m1", "m2"}:
            return False
        self.told.append(report)
        return True


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def gateway(aiohttp_client: Any, messages: Messages) -> Any:
    """A gateway's client; the settings as given."""

    async def connect(settings: GatewaySettings = FLAT) -> Any:
        app = empty_api()
        add_sms_reports(app, SmsReports(gateway=settings, messages=messages))
        return await aiohttp_client(app)

    return connect


async def test_query_form_and_json_are_read_as_the_settings_name_them(gateway: Any, messages: Messages) -> None:
    client = await gateway()
    given = {"id": "m1", "state": "DELIVRD"}
    for answer in (
        await client.get(HERE, params=given),
        await client.post(HERE, params=given),
        await client.post(HERE, data=given),
        await client.post(HERE, json=given),
        await client.post(HERE, json={"id": "m1", "state": 1}),
    ):
        assert (answer.status, await answer.text()) == (200, "100")
    assert messages.told == [DELIVERED] * 5
    inside = await gateway(GATEWAY)
    assert (await inside.post(HERE, json={"sms": {"id": "m1", "state": 1}})).status == 200
    assert messages.told[-1] == DELIVERED


async def test_a_failure_is_told_and_what_is_on_its_way_is_not(gateway: Any, messages: Messages) -> None:
    client = await gateway()
    assert (await client.get(HERE, params={"id": "m1", "state": "on the way"})).status == 200
    assert messages.told == []
    assert (await client.get(HERE, params={"id": "m1", "state": "20"})).status == 200
    assert [one.state for one in messages.told] == [DeliveryState.FAILED]


async def test_a_list_of_reports_is_taken_whole(gateway: Any, messages: Messages) -> None:
    client = await gateway()
    both = [{"id": "m1", "state": 1}, {"id": "m2", "state": 20}]
    assert (await client.post(HERE, json=both)).status == 200
    assert [one.provider_id for one in messages.told] == ["m1", "m2"]


@pytest.mark.parametrize("path", ["/sms/reports", "/sms/reports/guess", f"/sms/reports/{SECRET}x", "/sms/reports/жжж"])
async def test_without_the_secret_nothing_is_told(gateway: Any, messages: Messages, path: str) -> None:
    client = await gateway()
    answer = await client.post(path, data={"id": "m1", "state": "1"})
    told = await answer.json(content_type="application/problem+json")
    assert (answer.status, told["title"]) == (401, "Неверный секрет")
    assert SECRET not in str(told)
    assert messages.told == []


async def test_where_no_secret_is_set_there_is_no_such_address(gateway: Any, messages: Messages) -> None:
    client = await gateway(replace(FLAT, report_secret=""))
    for path in ("/sms/reports", "/sms/reports/any"):
        answer = await client.get(path, params={"id": "m1", "state": "1"})
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
    assert messages.told == []


@pytest.mark.parametrize(
    "given",
    [
        {"json": {"state": "1"}},
        {"json": {"id": "", "state": "1"}},
        {"json": {"id": "m\x00", "state": "1"}},
        {"json": {"id": "m" * 200, "state": "1"}},
        {"json": [1]},
        {"json": []},
        {"json": "m1"},
        {"json": [{"id": "m1", "state": "1"}] * 1001},
        {"data": b"{", "headers": {"Content-Type": "application/json"}},
        {"data": b"\xff", "headers": {"Content-Type": "application/json; charset=utf-8"}},
        {"data": b"id=m1&state=1", "headers": {"Content-Type": "application/x-www-form-urlencoded; charset=strange"}},
        {},
    ],
)
async def test_what_is_no_report_is_400(gateway: Any, messages: Messages, given: dict[str, Any]) -> None:
    client = await gateway()
    answer = await client.post(HERE, **given)
    told = await answer.json(content_type="application/problem+json")
    assert (answer.status, told["title"]) == (400, "Отчёт не понят")
    assert messages.told == []


async def test_an_unknown_message_is_404(gateway: Any, messages: Messages) -> None:
    client = await gateway()
    answer = await client.post(HERE, json=[{"id": "m1", "state": 1}, {"id": "other", "state": 1}])
    told = await answer.json(content_type="application/problem+json")
    assert (answer.status, told["title"]) == (404, "Сообщение не найдено")
    assert messages.told == [DELIVERED]


async def test_an_outage_asks_the_gateway_to_repeat_and_tells_no_phone(
    gateway: Any, messages: Messages, caplog: pytest.LogCaptureFixture
) -> None:
    client = await gateway()
    messages.outage = RuntimeError("+79161110001")
    answer = await client.get(HERE, params={"id": "m1", "state": "1"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "+7916" not in await answer.text() + caplog.text


async def test_a_huge_report_and_another_method_are_problems(gateway: Any) -> None:
    client = await gateway()
    huge = await client.post(HERE, data=b'"' + b"x" * LARGEST_BODY, headers={"Content-Type": "application/json"})
    other = await client.delete(HERE)
    assert (huge.status, other.status) == (413, 405)
    assert {huge.content_type, other.content_type} == {"application/problem+json"}
