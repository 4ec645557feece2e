"""What the public API stands on, of the bundled clinic's parts; and what sends its events out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.composition.learning import Learning, learning_parts
from bot.composition.scripting import script_desk
from bot.domain.clinic import Visit
from bot.domain.clock import Clock
from bot.domain.follow_up import Actor
from bot.notify.notices import SqlNotices
from bot.scripting.request_types import RequestTypes
from bot.settings import nlu_cache
from bot.storage.outbox import Handler
from bot.web.api.facts import GivenService
from bot.web.api.route import ApiDeps
from bot.webhooks.sender import WebhookSender
from bot.webhooks.service import WebhookService
from crm_bridge.local.access import LocalAccess
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.office_registers import LocalOfficeRegisters
from crm_bridge.local.ratings import LocalRatings
from crm_bridge.local.registers import LocalRegisters
from crm_bridge.local.repeats import LocalRepeats
from crm_bridge.local.reports import LocalReports, Period, Report
from crm_bridge.local.route import Given, LocalRoute
from crm_bridge.local.scope import LocalScope
from crm_bridge.local.secrets import PASSWORD_COST, PasswordCost
from crm_bridge.local.staff import LocalStaff
from crm_bridge.local.webhooks import LocalWebhooks


@dataclass(frozen=True, slots=True)
class _Attendance:
    """The fact of a visit, in the words of the bundled clinic."""

    route: LocalRoute

    async def attend(self, visit_id: str, *, by: Actor, given: Sequence[GivenService] = (), comment: str = "") -> Visit:
        done = [Given(service_id=one.service_id, quantity=one.quantity, materials=one.materials) for one in given]
        return await self.route.attend(visit_id, by=by, given=done, comment=comment)


@dataclass(frozen=True, slots=True)
class _Reports:
    """Reports, in the words of the bundled clinic."""

    reports: LocalReports

    async def report(self, name: str, start: date, end: date, branch_id: str | None) -> Report:
        return await self.reports.report(name, Period(start=start, end=end, branch_id=branch_id))


def api_parts(
    desk: LocalDesk,
    clock: Clock,
    *,
    learning: Learning | None = None,
    cost: PasswordCost = PASSWORD_COST,
    secure_cookie: bool = False,
) -> ApiDeps:
    """The API's ports over the clinic's desk; `cost` is how slow a password is to try."""
    ground = desk.clinic.ground
    scripts = script_desk(ground)
    return ApiDeps(
        clock=clock,
        clinic=desk.clinic,
        attendance=_Attendance(desk.clinic),
        leads=desk.leads,
        tasks=desk.tasks,
        waitlist=desk.waitlist,
        payments=desk.payments,
        rules=desk.policy,
        registers=LocalRegisters(ground),
        staff=LocalStaff(ground, cost=cost),
        access=LocalAccess(ground, cost=cost),
        ratings=LocalRatings(ground),
        notices=SqlNotices(ground),
        webhooks=LocalWebhooks(ground),
        office=LocalOfficeRegisters(ground),
        repeats=LocalRepeats(ground),
        scope=LocalScope(ground),
        reports=_Reports(desk.reports),
        control=desk.control,
        courses=desk.courses,
        learning=learning or learning_parts(desk.clinic, cache=nlu_cache()),
        scripts=scripts,
        request_types=RequestTypes(scripts, clock, desk.policy.values),
        secure_cookie=secure_cookie,
    )


def webhook_service(desk: LocalDesk, clock: Clock) -> WebhookService:
    """What sends events to subscribers, not yet started."""
    store = LocalWebhooks(desk.clinic.ground)
    return WebhookService(store, WebhookSender(store, clock))


def webhook_news(desk: LocalDesk) -> Handler:
    """A listener of the outbox that makes a delivery for every subscriber of an event."""
    return LocalWebhooks(desk.clinic.ground).take
