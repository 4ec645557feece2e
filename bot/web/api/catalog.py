"""What the clinic is and what is free: branches, doctors, services, openings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.clinic import ClinicDirectory, Doctor, Opening, OpeningQuery, Service
from bot.web.api import queries, views
from bot.web.api.route import Answer, Call, Route
from crm_bridge.rules.rights import VISITS_READ


async def clinic(call: Call[None, None]) -> ClinicDirectory:
    return await call.deps.clinic.directory()


async def doctors(call: Call[None, None]) -> Sequence[Doctor]:
    found = (await call.deps.clinic.directory()).doctors
    return [one for one in found if call.who.reaches(one.branch_id)]


async def services(call: Call[None, None]) -> Sequence[Service]:
    found = (await call.deps.clinic.directory()).services
    return [one for one in found if call.who.reaches(one.branch_id or None)]


async def openings(call: Call[None, queries.Openings]) -> Sequence[Opening]:
    """Each branch within reach is asked apart, so that the limit is not used up by the others."""
    asked: dict[str, Any] = {name: getattr(call.query, name) for name in type(call.query).model_fields}
    branches: Sequence[str | None] = [asked["branch_id"]] if asked["branch_id"] else sorted(call.who.branches) or [None]
    found = [
        opening
        for branch in branches
        for opening in await call.deps.clinic.openings(OpeningQuery(**{**asked, "branch_id": branch}))
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.id))[: call.query.limit]


ROUTES = (
    Route(
        method="GET",
        path="/clinic",
        name="getClinic",
        summary="Клиника, её филиалы и специальности",
        tag="Справочники",
        handler=clinic,
        view=views.ClinicView,
    ),
    Route(
        method="GET",
        path="/doctors",
        name="listDoctors",
        summary="Врачи",
        tag="Справочники",
        handler=doctors,
        view=views.DoctorView,
        answer=Answer.LIST,
    ),
    Route(
        method="GET",
        path="/services",
        name="listServices",
        summary="Услуги",
        tag="Справочники",
        handler=services,
        view=views.ServiceView,
        answer=Answer.LIST,
    ),
    Route(
        method="GET",
        path="/openings",
        name="listOpenings",
        summary="Свободные окна, ближайшие первыми",
        tag="Расписание",
        handler=openings,
        right=VISITS_READ,
        query=queries.Openings,
        view=views.OpeningView,
        answer=Answer.LIST,
        scope=(("branch", "branch_id"),),
    ),
)
