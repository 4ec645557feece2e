"""The settings of links and delivery reports: what reaches the messages, and what the doctor says of them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.composition.office import notify_settings
from bot.composition.outside import is_answered, link_faults
from bot.settings import ApiSettings, ClinicSettings, NotifySettings, Settings, SettingsError, load_settings

GOOD: dict[str, Any] = {
    "public_url": "https://clinic.ru",
    "link_secret": "0123456789abcdef",
    "payment": "desk",
    "sms": None,
}


def settings(*, phone: str = "+7 495 1234567", https: bool = True, **notify: Any) -> Settings:
    return load_settings(
        clinic=ClinicSettings(phone=phone), api=ApiSettings(https=https), notify=NotifySettings(**(GOOD | notify))
    )


def test_what_is_set_as_it_should_be_has_no_faults() -> None:
    assert list(link_faults(settings())) == []
    assert list(link_faults(settings(public_url="http://127.0.0.1:8081", https=False))) == []
    assert list(link_faults(settings(enabled=False, public_url=""))) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"public_url": ""}, "не отправляются"),
        ({"link_secret": "0123456789abcde"}, "подделать"),
        ({"public_url": "http://clinic.ru"}, "без шифрования"),
        ({"https": False}, "одним"),
        ({"phone": ""}, "нет телефона"),
        ({"payment": "local"}, "учебная"),
    ],
)
def test_each_fault_is_told_with_its_remedy(given: dict[str, Any], told: str) -> None:
    [(text, remedy)] = link_faults(settings(**given))
    assert told in text
    assert "Задайте" in remedy or "задайте" in remedy or "Поставьте" in remedy


def test_the_port_is_opened_for_links_and_reports_even_without_the_api() -> None:
    assert is_answered(settings())
    assert not is_answered(settings(public_url=""))
    sms = {"url": "https://sms.example", "report_secret": "a" * 16}
    assert is_answered(settings(public_url="", sms=sms))
    assert not is_answered(settings(public_url="", sms={"url": "https://sms.example"}))


def test_the_fields_of_reports_reach_the_gateway() -> None:
    sms = {"url": "https://sms.example", "report_secret": "a" * 16, "report_id": "num", "report_failed": ["20"]}
    made = notify_settings(settings(sms=sms)).sms
    assert made
    assert (made.report_secret, made.report_id, made.report_failed, made.report_answer) == (
        "a" * 16,
        "num",
        ("20",),
        "OK",
    )


@pytest.mark.parametrize(
    ("key", "value"), [("sms.report_secret", "short"), ("payment", "card"), ("offer_url", "javascript:alert(1)")]
)
def test_what_cannot_be_is_refused_by_name(key: str, value: str) -> None:
    notify: dict[str, Any] = {key: value}
    if key.startswith("sms."):
        notify = {"sms": {"url": "https://sms.example", key.removeprefix("sms."): value}}
    with pytest.raises(SettingsError, match=rf"notify\.{key}"):
        load_settings(notify=notify)
