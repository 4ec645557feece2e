"""Holds and visits: what registrar, doctor, accountant and programmes do with them."""

from __future__ import annotations

from bot.domain.clinic import Hold, Visit
from bot.web.api import bodies, queries
from bot.web.api.facts import GivenService
from bot.web.api.route import Call
from crm_bridge.paging import Page


async def hold(call: Call[bodies.TakeHold, None]) -> Hold:
    body = call.body
    owner = f"{call.by}:{body.owner}"
    return await call.deps.clinic.hold(body.opening_id, owner=owner, service_id=body.service_id, by=call.by)


async def release(call: Call[None, None]) -> None:
    await call.deps.clinic.release(call.id, by=call.by)


async def listed(call: Call[None, queries.Visits]) -> Page[Visit]:
    query = call.query
    return await call.deps.registers.visits(
        call.asked(),
        starts_from=query.starts_from,
        starts_before=query.starts_before,
        status=query.status,
        patient_id=query.patient_id,
        doctor_id=query.doctor_id,
        branch_id=query.branch_id,
    )


async def one(call: Call[None, None]) -> Visit:
    return await call.deps.clinic.visit(call.id)


async def book(call: Call[bodies.BookVisit, None]) -> Visit:
    body = call.body
    return await call.deps.clinic.book(
        body.hold_id,
        patient_id=body.patient_id,
        call_id=None,
        service_id=body.service_id,
        funding=body.funding,
        comment=body.comment,
        by=call.by,
        source=body.source,
        checked=body.checked,
        course_id=body.course_id,
    )


async def move(call: Call[bodies.MoveVisit, None]) -> Visit:
    return await call.deps.clinic.move(call.id, call.body.hold_id, call_id=None, by=call.by)


async def cancel(call: Call[bodies.CancelVisit, None]) -> Visit:
    body = call.body
    return await call.deps.clinic.cancel_visit(
        call.id,
        cancelled_by=body.cancelled_by.value,
        reason_id=body.reason_id,
        follow_up=body.follow_up,
        by=call.by,
    )


async def confirm(call: Call[None, None]) -> Visit:
    return await call.deps.clinic.confirm(call.id, call_id=None, by=call.by)


async def check(call: Call[None, None]) -> Visit:
    return await call.deps.clinic.check(call.id, by=call.by)


async def approve_need(call: Call[None, None]) -> Visit:
    return await call.deps.clinic.approve(call.id, "doctor", by=call.by)


async def approve_money(call: Call[None, None]) -> Visit:
    return await call.deps.clinic.approve(call.id, "money", by=call.by)


async def attend(call: Call[bodies.AttendVisit, None]) -> Visit:
    given = [GivenService(**one.model_dump()) for one in call.body.given]
    return await call.deps.attendance.attend(call.id, by=call.by, given=given, comment=call.body.comment)


async def no_show(call: Call[None, None]) -> Visit:
    return await call.deps.clinic.no_show(call.id, by=call.by)


async def prep_told(call: Call[None, None]) -> Visit:
    await call.deps.clinic.visit(call.id)
    await call.deps.clinic.prep_told(call.id, call_id=None, by=call.by)
    return await call.deps.clinic.visit(call.id)
