"""What people and the bot may do in a walk to what is to follow: leads, tasks, the waiting list, requests, strikes."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import select

from bot.domain.clinic import RequestKind
from bot.domain.follow_up import BOT, BOT_OWNER, PLANNED, Need, WaitlistType, Wish
from crm_bridge.local.tables import ClinicTaskRow, LeadRow, PrescriptionRow, StrikeRow, VisitRow, WaitlistRow
from crm_bridge.port import NotFound
from tests.rules.forgetting import SERVICES, Walk
from tests.rules.house import DIRECTOR, DOCTOR, REGISTRAR, SURGEON, THERAPIST

NEEDS = (
    Need(specialty=THERAPIST),
    Need(specialty=SURGEON),
    Need(doctor_id="d1"),
    Need(service_id="consult"),
    Need(service_id="surgery"),
    Need(service_id="ecg"),
    Need(service_id="xray"),
    Need(),
)


async def prescribe(walk: Walk) -> None:
    due = walk.today + timedelta(days=walk.chance.choice((-1, 0, 1, 5, 14, 40)))
    key = f"e{walk.chance.randrange(400)}" if walk.maybe(0.3) else None
    await walk.desk.leads.prescribe(
        patient_id=walk.anybody().id,
        doctor_id=walk.chance.choice(("d1", "d2")),
        title="повторный приём",
        due_on=due if walk.maybe(0.95) else None,
        service_id=walk.chance.choice([None, *SERVICES]),
        by=DOCTOR,
        event_key=key,
    )
    # what was told before is answered as it was then
    assert key or due >= walk.today


async def move_prescription(walk: Walk) -> None:
    known = await walk.one_of(
        select(PrescriptionRow.id).order_by(PrescriptionRow.created_at.desc(), PrescriptionRow.id)
    )
    day = walk.today + timedelta(days=walk.chance.choice((-3, 2, 9, 30)))
    await walk.desk.leads.move_prescription(known or "?", day, by=DOCTOR)


async def _lead(walk: Walk) -> str:
    return await walk.one_of(select(LeadRow.id).order_by(LeadRow.updated_at.desc(), LeadRow.id), 25) or "?"


async def assign(walk: Walk) -> None:
    await walk.desk.leads.assign(await _lead(walk), walk.chance.choice((BOT_OWNER, "anna", "olga")), by=REGISTRAR)


async def refuse(walk: Walk) -> None:
    reason = walk.chance.choice([None, "expensive", "elsewhere", "refused"])
    await walk.desk.leads.refuse(await _lead(walk), reason_id=reason, by=REGISTRAR, answers={"Записать?": "нет"})
    assert reason is not None, "a lead was lost without a reason"


async def _task(walk: Walk) -> str:
    query = select(ClinicTaskRow.id).order_by(ClinicTaskRow.created_at.desc(), ClinicTaskRow.id)
    return await walk.one_of(query if walk.maybe(0.2) else query.where(ClinicTaskRow.status == "open"), 25) or "?"


async def write_task(walk: Walk) -> None:
    linked = (
        await walk.one_of(select(VisitRow.id).where(VisitRow.undecided).order_by(VisitRow.id))
        if walk.maybe(0.3)
        else None
    )
    await walk.desk.tasks.create_task(
        patient_id=walk.anybody().id if walk.maybe(0.95) else None,
        need=walk.chance.choice(NEEDS),
        comment=walk.chance.choice(("Позвонить", "")) if walk.maybe(0.1) else "Перезвонить через неделю",
        in_days=walk.chance.choice((None, 0, 7, 10)),
        type=walk.chance.choice((PLANNED, PLANNED, PLANNED, "no_such_type")),
        visit_id=linked,
        by=REGISTRAR,
    )


async def postpone(walk: Walk) -> None:
    day = walk.today + timedelta(days=walk.chance.choice((-2, 1, 7)))
    await walk.desk.tasks.postpone(await _task(walk), day, by=BOT)


async def complete(walk: Walk) -> None:
    outcome = walk.chance.choice(("", "refused", "booked", "told"))
    reason = walk.chance.choice((None, "refused"))
    await walk.desk.tasks.complete(await _task(walk), outcome, by=BOT, reason_id=reason)
    assert outcome
    assert outcome != "refused" or reason


async def give(walk: Walk) -> None:
    await walk.desk.tasks.give(await _task(walk), walk.chance.choice((BOT_OWNER, "anna")), by=REGISTRAR)


async def wait(walk: Walk) -> None:
    kind = walk.chance.choices(list(WaitlistType), (5, 2, 3))[0]
    patient_id, visit_id = walk.anybody().id, None
    if kind is WaitlistType.EARLIER:
        visit = walk.visit()
        visit_id, patient_id = visit.id, visit.patient_id if walk.maybe(0.9) else patient_id
    wish = Wish(weekdays=frozenset({1, 2, 3}), time_from=time(12)) if walk.maybe(0.3) else Wish()
    await walk.desk.waitlist.add_to_waitlist(
        patient_id=patient_id,
        need=walk.chance.choice(NEEDS),
        comment="" if walk.maybe(0.05) else "в любой день",
        by=BOT,
        type=kind,
        wish=wish,
        acute=walk.maybe(0.2),
        visit_id=visit_id,
        close_task_id=await _task(walk) if walk.maybe(0.15) else None,
    )


async def _entry(walk: Walk) -> str:
    query = select(WaitlistRow.id).order_by(WaitlistRow.created_at.desc(), WaitlistRow.id)
    return await walk.one_of(query if walk.maybe(0.15) else query.where(WaitlistRow.status == "offered"), 25) or "?"


async def accept(walk: Walk) -> None:
    await walk.desk.waitlist.accept_offer(await _entry(walk), by=BOT)


async def decline(walk: Walk) -> None:
    await walk.desk.waitlist.decline_offer(await _entry(walk), by=BOT)


async def wait_no_more(walk: Walk) -> None:
    await walk.desk.waitlist.close_waitlist(await _entry(walk), "нашёл сам", by=REGISTRAR)


async def ask(walk: Walk) -> None:
    kind = walk.chance.choice(list(RequestKind))
    await walk.clinic.create_request(
        kind, {"reason": "перезвонить"}, call_id=None, phone="+79161110001", patient_id=walk.anybody().id
    )


async def forgive(walk: Walk) -> None:
    patient = await walk.one_of(
        select(StrikeRow.patient_id).where(StrikeRow.lifted_at.is_(None)).order_by(StrikeRow.visit_id)
    )
    if patient is None or walk.maybe(0.5):
        raise NotFound("nobody to forgive")
    await walk.desk.policy.lift_strikes(patient, "впервые за год", by=DIRECTOR)
    assert not (await walk.desk.policy.booking_policy(patient, by=DIRECTOR)).prepayment
