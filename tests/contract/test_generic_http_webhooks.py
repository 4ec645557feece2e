"""What the other system tells over generic_http: believed only when signed, fresh and new."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.clock import MOSCOW, ManualClock
from crm_bridge.foreign import CrmEvent, RawWebhook, UntrustedWebhook
from crm_bridge.generic_http import SignedWebhooks
from crm_bridge.port import Refused
from tests.fakes.generic_http import SECRET, FakeGenericHttp

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def fake(clock: ManualClock) -> FakeGenericHttp:
    return FakeGenericHttp(clock)


@pytest.fixture
def receiver(clock: ManualClock) -> SignedWebhooks:
    return SignedWebhooks((SECRET, "прежний"), clock)


class TestWebhooks:
    def test_a_signed_event_is_believed(self, fake: FakeGenericHttp, receiver: SignedWebhooks) -> None:
        data = {"request_id": "visit:7", "at": "2026-11-25T10:00:00+03:00"}
        [event] = receiver.parse(fake.webhook("appointment.created", "A-7", data))
        assert event == CrmEvent(key="generic_http:m-1", topic="appointment.created", object_id="A-7", payload=data)

    def test_the_former_secret_while_it_is_replaced(self, fake: FakeGenericHttp, receiver: SignedWebhooks) -> None:
        assert receiver.parse(fake.webhook("call.finished", secret="прежний"))

    def test_forged(self, fake: FakeGenericHttp, receiver: SignedWebhooks) -> None:
        with pytest.raises(UntrustedWebhook):
            receiver.parse(fake.webhook("appointment.cancelled", secret="чужой"))

    def test_a_changed_body(self, fake: FakeGenericHttp, receiver: SignedWebhooks) -> None:
        sent = fake.webhook("appointment.cancelled", "A-1")
        with pytest.raises(UntrustedWebhook):
            receiver.parse(replace(sent, body=sent.body.replace(b"A-1", b"A-2")))

    def test_a_later_timestamp_on_an_old_signature(
        self, fake: FakeGenericHttp, receiver: SignedWebhooks, clock: ManualClock
    ) -> None:
        sent = fake.webhook("appointment.cancelled")
        clock.advance(timedelta(minutes=6))
        later = str(int(clock.now().timestamp()))
        with pytest.raises(UntrustedWebhook):
            receiver.parse(replace(sent, headers={**sent.headers, "x-registratura-timestamp": later}))

    @pytest.mark.parametrize("shift", [timedelta(minutes=5), timedelta(minutes=-5)])
    def test_five_minutes_are_fresh(self, fake: FakeGenericHttp, receiver: SignedWebhooks, shift: timedelta) -> None:
        assert receiver.parse(fake.webhook("call.finished", at=NOW + shift))

    @pytest.mark.parametrize("shift", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)])
    def test_a_second_more_is_not(self, fake: FakeGenericHttp, receiver: SignedWebhooks, shift: timedelta) -> None:
        with pytest.raises(UntrustedWebhook):
            receiver.parse(fake.webhook("call.finished", at=NOW + shift))

    def test_replayed_under_another_id(self, fake: FakeGenericHttp, receiver: SignedWebhooks) -> None:
        sent = fake.webhook("appointment.cancelled")
        receiver.parse(sent)
        with pytest.raises(UntrustedWebhook):
            receiver.parse(replace(sent, headers={**sent.headers, "x-registratura-id": "m-2"}))

    def test_header_and_body_must_name_one_id(self, fake: FakeGenericHttp, receiver: SignedWebhooks) -> None:
        sent = fake.webhook("appointment.cancelled")
        with pytest.raises(UntrustedWebhook, match="не совпадает"):
            receiver.parse(replace(sent, headers={**sent.headers, "x-registratura-id": "m-2"}))
        assert receiver.parse(sent)

    def test_a_forged_message_does_not_use_up_an_id(self, fake: FakeGenericHttp, receiver: SignedWebhooks) -> None:
        with pytest.raises(UntrustedWebhook):
            receiver.parse(fake.webhook("call.finished", secret="чужой"))
        assert receiver.parse(fake.webhook("call.finished"))

    @pytest.mark.parametrize("headers", [{}, {"x-registratura-signature": "ф", "x-registratura-timestamp": "١٢"}])
    def test_headers_of_nonsense(self, receiver: SignedWebhooks, headers: dict[str, str]) -> None:
        with pytest.raises(UntrustedWebhook):
            receiver.parse(RawWebhook(headers=headers, body=b"{}"))

    def test_signed_nonsense_is_refused_with_the_reason(self, fake: FakeGenericHttp, receiver: SignedWebhooks) -> None:
        with pytest.raises(Refused, match="Неизвестное событие"):
            receiver.parse(fake.webhook("appointment.eaten"))


def test_the_signature_of_the_reference_page() -> None:
    """The worked example that a vendor's programmer checks their code against."""
    page = (Path(__file__).parents[2] / "docs/reference/generic-http.md").read_text(encoding="utf-8")
    example = page.split("```json example\n", 1)[1].split("\n```", 1)[0]
    given = json.loads(example)
    fake = FakeGenericHttp(ManualClock(NOW))
    sent = fake.webhook(
        given["event"],
        given["object_id"],
        given["data"],
        message_id=given["id"],
        secret="secret",
        at=datetime.fromtimestamp(1764000000, MOSCOW),
    )
    assert sent.body.decode() in page
    assert sent.headers["x-registratura-signature"] in page
