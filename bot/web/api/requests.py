"""Requests that people act on: a doctor to the home, sick leave, a call back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.clinic import ClinicRequest
from bot.web.api import bodies, script_views, views
from bot.web.api.route import Answer, Call, Route
from bot.web.problems import Problem
from crm_bridge.rules.rights import REQUESTS_WRITE, VISITS_READ


async def listed(call: Call[None, None]) -> Sequence[ClinicRequest]:
    return await call.deps.clinic.open_requests()


async def types(call: Call[None, None]) -> Sequence[Any]:
    return await call.deps.request_types.kinds()


async def make(call: Call[bodies.MakeRequest, None]) -> ClinicRequest:
    """The same fields and validators as the bot's own requests have."""
    body = call.body
    faults = await call.deps.request_types.faults(
        body.kind, body.fields, patient=body.patient_id is not None, phone=body.phone is not None
    )
    if faults:
        raise Problem(409, "Заявка заполнена не так", "Исправьте поля, перечисленные в errors.", faults)
    return await call.deps.clinic.create_request(
        body.kind, body.fields, call_id=None, phone=body.phone, patient_id=body.patient_id
    )


async def take(call: Call[bodies.Assign, None]) -> ClinicRequest:
    return await call.deps.clinic.take_request(call.id, call.body.owner, by=call.by)


async def advance(call: Call[bodies.AdvanceRequest, None]) -> ClinicRequest:
    return await call.deps.clinic.advance_request(call.id, call.body.status, by=call.by, note=call.body.note)


TAG = "Заявки"
ROUTES = (
    Route(
        method="GET",
        path="/request-types",
        name="listRequestTypes",
        summary="Виды заявок: поля, проверки, кому и к какому сроку",
        tag=TAG,
        handler=types,
        view=script_views.RequestTypeView,
        answer=Answer.LIST,
    ),
    Route(
        method="GET",
        path="/requests",
        name="listRequests",
        summary="Открытые заявки, старые первыми",
        tag=TAG,
        handler=listed,
        right=VISITS_READ,
        view=views.RequestView,
        answer=Answer.LIST,
    ),
    Route(
        method="POST",
        path="/requests",
        name="makeRequest",
        summary="Завести заявку",
        tag=TAG,
        handler=make,
        right=REQUESTS_WRITE,
        body=bodies.MakeRequest,
        view=views.RequestView,
        status=201,
        audit="request.create",
    ),
    Route(
        method="POST",
        path="/requests/{id}/take",
        name="takeRequest",
        summary="Взять заявку или передать её",
        tag=TAG,
        handler=take,
        right=REQUESTS_WRITE,
        body=bodies.Assign,
        view=views.RequestView,
        audit="request.take",
    ),
    Route(
        method="POST",
        path="/requests/{id}/advance",
        name="advanceRequest",
        summary="Перевести заявку дальше: отправлена, сделана, отменена",
        tag=TAG,
        handler=advance,
        right=REQUESTS_WRITE,
        body=bodies.AdvanceRequest,
        view=views.RequestView,
    ),
)
