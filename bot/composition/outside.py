"""What answers the clinic's own messages: patients' pages, and the address of the SMS gateway's reports."""

from __future__ import annotations

from aiohttp import web

from bot.composition.core import Core
from bot.composition.patient_pages import patient_pages
from bot.notify.service import MessageService
from bot.notify.settings import GatewaySettings
from bot.settings import Settings
from bot.web.patient_pages.app import add_patient_pages
from bot.web.sms_reports import SmsReports, add_sms_reports


def is_answered(settings: Settings) -> bool:
    """Whether there is anything to answer: a link in a message must lead somewhere, API or not."""
    notify = settings.notify
    return bool(notify.public_url) or bool(notify.sms and notify.sms.report_secret)


def add_answers(app: web.Application, core: Core, messages: MessageService | None) -> None:
    """Put what is switched on of it into an application."""
    settings = core.settings
    if settings.notify.public_url:
        add_patient_pages(app, patient_pages(core.desk, core.clock, settings))
    if messages is not None and settings.notify.sms is not None:
        gateway = GatewaySettings(**settings.notify.sms.model_dump())
        add_sms_reports(app, SmsReports(gateway=gateway, messages=messages))
