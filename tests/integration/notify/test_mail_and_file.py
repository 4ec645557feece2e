"""E-mail against a real SMTP conversation; the file against a real disk."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.clock import ManualClock
from bot.notify.mail import MailError, SmtpMail
from bot.notify.outbox_file import OutboxFile
from bot.notify.port import DeliveryError, MessageKind
from bot.notify.settings import MailSettings
from tests.integration.notify.letters import NOW, message
from tests.integration.notify.mail_server import FakeMail

LETTER = message(kind=MessageKind.EMAIL, recipient="maria@example.ru")


def settings(port: int) -> MailSettings:
    return MailSettings(
        host="127.0.0.1", port=port, sender="Здоровье <clinic@example.ru>", security="none", timeout_s=1.0
    )


async def test_a_letter_arrives_whole(mail: FakeMail) -> None:
    receipt = await SmtpMail(settings(mail.port)).send(LETTER)
    [letter] = mail.letters
    assert letter["To"] == "maria@example.ru"
    assert letter["From"] == "Здоровье <clinic@example.ru>"
    assert letter["Subject"] == "Запись на приём"
    assert letter["Message-ID"] == "<m1@example.ru>"
    assert letter.get_content().strip() == "Здоровье: вы записаны & ждём"
    assert receipt.provider_id == "m1"


async def test_it_logs_in_where_it_has_a_name(mail: FakeMail) -> None:
    await SmtpMail(replace(settings(mail.port), username="clinic", password="pass")).send(LETTER)
    assert len(mail.letters) == 1


@pytest.mark.parametrize(
    ("verb", "answer", "retryable", "said"),
    [
        ("AUTH", "535 no", False, "имя или пароль"),
        ("MAIL", "451 later", True, "код 451"),
        ("MAIL", "550 never", False, "код 550"),
        ("RCPT", "450 full", True, "код 450"),
        ("RCPT", "550 maria@example.ru unknown", False, "код 550"),
        ("DATA", "452 no room", True, "код 452"),
        (".", "554 spam", False, "код 554"),
    ],
)
async def test_each_refusal_is_for_now_or_for_good(
    mail: FakeMail, verb: str, answer: str, retryable: bool, said: str
) -> None:
    mail.refusals = {verb: answer}
    given = replace(settings(mail.port), username="clinic", password="pass")
    with pytest.raises(DeliveryError, match=said) as caught:
        await SmtpMail(given).send(LETTER)
    assert caught.value.retryable is retryable
    assert "maria" not in str(caught.value)


async def test_a_server_that_hangs_up(mail: FakeMail) -> None:
    mail.drop = "RCPT"
    with pytest.raises(DeliveryError, match="недоступен") as caught:
        await SmtpMail(settings(mail.port)).send(LETTER)
    assert caught.value.retryable


async def test_a_server_that_says_nothing(mail: FakeMail) -> None:
    mail.silent = True
    with pytest.raises(DeliveryError, match="недоступен") as caught:
        await SmtpMail(replace(settings(mail.port), timeout_s=0.2)).send(LETTER)
    assert caught.value.retryable


async def test_a_server_that_is_not_there(unused_tcp_port_factory: Callable[[], int]) -> None:
    with pytest.raises(DeliveryError, match="недоступен") as caught:
        await SmtpMail(settings(unused_tcp_port_factory())).send(LETTER)
    assert caught.value.retryable


async def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(mail: FakeMail) -> None:
    with pytest.raises(DeliveryError, match="не умеет"):
        await SmtpMail(replace(settings(mail.port), security="starttls")).send(LETTER)
    assert mail.letters == []


@pytest.mark.parametrize("recipient", ["maria@example.ru\r\nBcc: all@example.ru", "Мария"])
async def test_a_faulty_address_is_a_refusal(mail: FakeMail, recipient: str) -> None:
    mail.refusals = {"RCPT": "550 what"}
    with pytest.raises(DeliveryError) as caught:
        await SmtpMail(settings(mail.port)).send(replace(LETTER, recipient=recipient))
    assert not caught.value.retryable
    assert mail.letters == []


@pytest.mark.parametrize("changed", [{"security": "ssl3"}, {"host": ""}, {"sender": "clinic"}])
def test_a_faulty_mail_setting_is_named(changed: dict[str, str]) -> None:
    with pytest.raises(MailError, match=r"notify\.mail"):
        SmtpMail(replace(settings(25), **changed))  # type: ignore[arg-type]


async def test_the_file_gets_a_line_a_message(tmp_path: Path) -> None:
    path = tmp_path / "out" / "messages.jsonl"
    file = OutboxFile(path, ManualClock(NOW))
    await file.send(message())
    await file.send(message(id="m2", text="Вторая\nстрока"))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["m1", "m2"]
    assert lines[0] == {
        "at": "2026-11-23T12:00:00+03:00",
        "id": "m1",
        "kind": "sms",
        "recipient": "+79161110001",
        "template": "confirmation",
        "title": "Запись на приём",
        "text": "Здоровье: вы записаны & ждём",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(DeliveryError, match="нельзя писать") as caught:
        await OutboxFile(tmp_path / "taken", ManualClock(NOW)).send(message())
    assert caught.value.retryable
