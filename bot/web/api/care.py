"""Prescriptions and leads: who is to come back, who answers for it."""

from __future__ import annotations

from bot.domain.follow_up import Lead, Prescription
from bot.web.api import bodies, queries, views
from bot.web.api.route import Answer, Call, Route
from bot.web.problems import Problem
from crm_bridge.paging import Page
from crm_bridge.rules.rights import LEADS_ASSIGN, PRESCRIPTIONS_WRITE, VISITS_MANAGE, VISITS_READ


async def prescribe(call: Call[bodies.Prescribe, None]) -> Prescription:
    body = call.body
    if call.who.doctor_id and body.doctor_id != call.who.doctor_id:
        raise Problem(403, "Чужое назначение", "Врач назначает только от своего имени.")
    return await call.deps.leads.prescribe(
        patient_id=body.patient_id,
        doctor_id=body.doctor_id,
        title=body.title,
        due_on=body.due_on,
        by=call.by,
        service_id=body.service_id,
        visit_id=body.visit_id,
        event_key=body.event_key,
    )


async def move_prescription(call: Call[bodies.MovePrescription, None]) -> Prescription:
    return await call.deps.leads.move_prescription(call.id, call.body.due_on, by=call.by)


async def leads(call: Call[None, queries.Leads]) -> Page[Lead]:
    query = call.query
    return await call.deps.registers.leads(
        call.asked(), stage=query.stage, owner=query.owner, patient_id=query.patient_id
    )


async def lead(call: Call[None, None]) -> Lead:
    return await call.deps.leads.lead(call.id)


async def assign(call: Call[bodies.Assign, None]) -> Lead:
    return await call.deps.leads.assign(call.id, call.body.owner, by=call.by)


async def refuse(call: Call[bodies.RefuseLead, None]) -> Lead:
    body = call.body
    return await call.deps.leads.refuse(call.id, reason_id=body.reason_id, answers=body.answers, by=call.by)


TAG = "Назначения и лиды"
ROUTES = (
    Route(
        method="POST",
        path="/prescriptions",
        name="prescribe",
        summary="Назначить; лид и задача позвонить появятся сами",
        tag=TAG,
        handler=prescribe,
        right=PRESCRIPTIONS_WRITE,
        body=bodies.Prescribe,
        view=views.PrescriptionView,
        status=201,
        scope=(("doctor", "doctor_id"), ("visit", "visit_id")),
    ),
    Route(
        method="POST",
        path="/prescriptions/{id}/move",
        name="movePrescription",
        summary="Перенести срок назначения",
        tag=TAG,
        handler=move_prescription,
        right=PRESCRIPTIONS_WRITE,
        body=bodies.MovePrescription,
        view=views.PrescriptionView,
        scope=(("prescription", "id"),),
    ),
    Route(
        method="GET",
        path="/leads",
        name="listLeads",
        summary="Лиды",
        tag=TAG,
        handler=leads,
        right=VISITS_READ,
        query=queries.Leads,
        view=views.LeadView,
        answer=Answer.PAGE,
        order="ts",
    ),
    Route(
        method="GET",
        path="/leads/{id}",
        name="getLead",
        summary="Лид",
        tag=TAG,
        handler=lead,
        right=VISITS_READ,
        view=views.LeadView,
        scope=(("lead", "id"),),
    ),
    Route(
        method="POST",
        path="/leads/{id}/assign",
        name="assignLead",
        summary="Назначить ответственного: сотрудника или bot",
        tag=TAG,
        handler=assign,
        right=LEADS_ASSIGN,
        body=bodies.Assign,
        view=views.LeadView,
        scope=(("lead", "id"),),
    ),
    Route(
        method="POST",
        path="/leads/{id}/refuse",
        name="refuseLead",
        summary="Провал с причиной",
        tag=TAG,
        handler=refuse,
        right=VISITS_MANAGE,
        body=bodies.RefuseLead,
        view=views.LeadView,
        scope=(("lead", "id"),),
    ),
)
