"""What answers the clinic's own messages: patients' pages, and the address of the SMS gateway's reports."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from aiohttp import web

from bot.composition.core import Core
from bot.composition.patient_pages import patient_pages
from bot.notify.service import MessageService
from bot.notify.settings import GatewaySettings
from bot.settings import Settings
from bot.web.patient_pages.app import add_patient_pages
from bot.web.sms_reports import SmsReports, add_sms_reports

_SHORTEST_SECRET = 16
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def is_answered(settings: Settings) -> bool:
    """Whether there is anything to answer: a link in a message must lead somewhere, API or not."""
    notify = settings.notify
    return bool(notify.public_url) or bool(notify.sms and notify.sms.report_secret)


def link_faults(settings: Settings) -> Iterator[tuple[str, str]]:
    """What keeps the links in messages from doing their work: Russian, each with its remedy."""
    notify, parts = settings.notify, urlsplit(settings.notify.public_url)
    if not notify.enabled:
        return
    if not parts.netloc:
        yield "ссылки на оплату и оценку не отправляются", "Задайте notify.public_url: docs/how-to/messages.md."
        return
    if len(notify.link_secret) < _SHORTEST_SECRET:
        yield "оценить приём не просим или ссылку легко подделать", "Задайте notify.link_secret: openssl rand -hex 24."
    if parts.scheme != "https" and parts.hostname not in _OWN_MACHINE:
        yield "ссылки открываются без шифрования", "Поставьте прокси с TLS и впишите https:// в notify.public_url."
    if parts.scheme == "https" and not settings.api.https:
        yield "за прокси все пациенты считаются одним", "Задайте api.https = true."
    if not settings.clinic.phone:
        yield "на страницах для пациентов нет телефона", "Задайте clinic.phone."
    if notify.payment == "local":
        yield (
            "оплата по ссылке учебная, деньги не списываются",
            'Без платёжного сервиса задайте notify.payment = "desk".',
        )


def add_answers(app: web.Application, core: Core, messages: MessageService | None) -> None:
    """Put what is switched on of it into an application."""
    settings = core.settings
    if settings.notify.public_url:
        add_patient_pages(app, patient_pages(core.desk, core.clock, settings))
    if messages is not None and settings.notify.sms is not None:
        gateway = GatewaySettings(**settings.notify.sms.model_dump())
        add_sms_reports(app, SmsReports(gateway=gateway, messages=messages))
