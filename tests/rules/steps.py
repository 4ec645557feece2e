"""What people, the bot and time itself may do in a walk; a step picks its own subject and may well be refused."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import select

from bot.domain.clinic import Funding, RequestKind, VisitStatus
from bot.domain.follow_up import BOT, BOT_OWNER, PLANNED, FollowUp, Need, WaitlistType, Wish
from crm_bridge.local.route import DOCTOR_SIDE, MONEY_SIDE, Given
from crm_bridge.local.tables import (
    ClinicTaskRow,
    LeadRow,
    PaymentRow,
    PrescriptionRow,
    StrikeRow,
    VisitRow,
    WaitlistRow,
)
from crm_bridge.port import NotFound
from tests.rules.forgetting import COMING, SERVICES, Walk
from tests.rules.house import ACCOUNTANT, DIRECTOR, DOCTOR, REGISTRAR, SURGEON, THERAPIST

STAFF = (REGISTRAR, DOCTOR, ACCOUNTANT)
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


async def book(walk: Walk) -> None:
    opening = await walk.opening()
    service = walk.service_at(opening)
    hold = await walk.clinic.hold(opening.id, owner=f"call-{walk.chance.randrange(3)}", service_id=service)
    walk.holds.append(hold.id)
    if walk.maybe(0.1):
        return  # hung up: time takes the hold back
    funding = walk.chance.choices(list(Funding), (6, 2, 1))[0]
    await walk.clinic.book(
        hold.id,
        patient_id=walk.anybody().id,
        call_id=None,
        service_id=service,
        funding=funding,
        by=walk.chance.choice((BOT, REGISTRAR)),
        checked=walk.maybe(0.85),
    )


async def book_an_old_hold(walk: Walk) -> None:
    if not walk.holds:
        raise NotFound("no hold")
    hold_id = walk.chance.choice(list(walk.holds))
    if walk.maybe(0.3):
        await walk.clinic.release(hold_id)
    else:
        await walk.clinic.book(hold_id, patient_id=walk.anybody().id, call_id=None)


async def move(walk: Walk) -> None:
    visit, opening = await walk.visit(), await walk.opening()
    hold = await walk.clinic.hold(opening.id, owner="mover")
    moved = await walk.clinic.move(visit.id, hold.id, call_id=None, by=REGISTRAR)
    assert visit.status in COMING, f"moved although {visit.status}"
    assert moved.id == visit.id
    assert visit.status != VisitStatus.REQUESTED or moved.status is VisitStatus.REQUESTED, "moving is not checking"


async def cancel_by_bot(walk: Walk) -> None:
    visit = await walk.visit()
    await walk.clinic.cancel(visit.id, reason=walk.chance.choice([*walk.reasons, "", "передумал"]), call_id=None)


async def cancel(walk: Walk) -> None:
    visit = await walk.visit()
    reason = walk.chance.choice([*walk.reasons, None])
    follow_up = walk.chance.choice([*FollowUp, None])
    by, actor = walk.chance.choice(("patient", "patient", "clinic")), walk.chance.choice((BOT, REGISTRAR))
    cancelled = await walk.clinic.cancel_visit(
        visit.id, cancelled_by=by, reason_id=reason, by=actor, follow_up=follow_up
    )
    assert reason is not None, "cancelled without a reason"
    if visit.status == "cancelled":
        return
    if walk.reasons[reason] != "needs_visit" and by == "patient":
        return
    assert by == "clinic" or follow_up not in (None, FollowUp.NONE), "needs a visit and has no follow-up"
    task = await _open(walk, visit.patient_id)
    coming = await walk.clinic.visits_of([visit.patient_id])
    waits = await walk.desk.waitlist.waitlist(patient_id=visit.patient_id)
    assert task or coming or waits or cancelled.undecided, "a cancelled visit that nobody will follow"


async def _open(walk: Walk, patient_id: str) -> bool:
    return bool(await walk.desk.tasks.tasks_of(patient_id))


async def confirm(walk: Walk) -> None:
    visit = await walk.visit()
    await walk.clinic.confirm(visit.id, call_id=None)
    assert visit.status in ("booked", "confirmed"), f"confirmed although {visit.status}"


async def check(walk: Walk) -> None:
    visit = await _waiting(walk, "requested")
    await walk.clinic.check(visit.id, by=REGISTRAR)
    assert visit.status == "requested"


async def approve(walk: Walk) -> None:
    visit = await _waiting(walk, "awaiting_approval")
    await walk.clinic.approve(visit.id, walk.chance.choice((DOCTOR_SIDE, MONEY_SIDE)), by=walk.chance.choice(STAFF))
    assert visit.status == "awaiting_approval"


async def withdraw_too_soon(walk: Walk) -> None:
    visit = await walk.visit()
    after = await walk.clinic.withdraw(visit.id, "expired", by=REGISTRAR)
    assert after.status == visit.status or (visit.deadline_at and visit.deadline_at <= walk.now)


async def _waiting(walk: Walk, status: str) -> VisitRow:
    if walk.maybe(0.2):
        return await walk.visit()
    visit_id = await walk.one_of(select(VisitRow.id).where(VisitRow.status == status).order_by(VisitRow.id))
    if visit_id is None:
        raise NotFound("nobody waits")
    async with walk.database.read() as session:
        row = await session.get(VisitRow, visit_id)
        assert row is not None
        return row


async def attend(walk: Walk) -> None:
    visit = await _past(walk)
    given = [Given(service_id=walk.chance.choice(SERVICES), quantity=1)] if walk.maybe(0.4) else []
    await walk.clinic.attend(visit.id, by=DOCTOR, given=given)
    assert visit.starts_at <= walk.now
    assert visit.status in ("booked", "confirmed", "no_show", "completed"), f"attended although {visit.status}"


async def miss(walk: Walk) -> None:
    visit = await _past(walk)
    await walk.clinic.no_show(visit.id, by=REGISTRAR)
    assert visit.starts_at <= walk.now
    assert visit.status in ("booked", "confirmed", "no_show"), f"missed although {visit.status}"


async def _past(walk: Walk) -> VisitRow:
    """Begun, and not yet over; or a no-show who may have come after all; or any."""
    if walk.maybe(0.1):
        return await walk.visit()
    begun = (VisitRow.starts_at <= walk.now, VisitRow.status.in_(("booked", "confirmed", "no_show")))
    visit_id = await walk.one_of(select(VisitRow.id).where(*begun).order_by(VisitRow.starts_at.desc()), 5)
    if visit_id is None:
        # someone who waits for their time: let it come, so that a visit may take place
        visit = await walk.visit(any_status=0)
        walk.house.go_to(max(walk.now, visit.starts_at + timedelta(minutes=5)))
        visit_id = visit.id
    async with walk.database.read() as session:
        row = await session.get(VisitRow, visit_id)
        assert row is not None
        return row


async def pay(walk: Walk) -> None:
    token = await walk.one_of(
        select(PaymentRow.token).where(PaymentRow.token.is_not(None)).order_by(PaymentRow.created_at.desc())
    )
    if token is None:
        raise NotFound("nothing to pay")
    await walk.desk.payments.accept_offer_terms(token, by=REGISTRAR)
    await walk.desk.payments.paid(token, provider_id=f"pay-{token}", by=REGISTRAR)


async def pay_at_desk(walk: Walk) -> None:
    visit = await walk.visit(any_status=0.5)
    amount = walk.chance.choice((0, 500, visit.price - visit.paid))
    await walk.desk.payments.pay_at_desk(visit.id, amount, by=REGISTRAR)


async def invoice(walk: Walk) -> None:
    visit = await walk.visit()
    await walk.desk.payments.invoice(visit.id, walk.chance.choice((0, 700, 1500)), by=REGISTRAR)


async def prescribe(walk: Walk) -> None:
    due = walk.today + timedelta(days=walk.chance.choice((-1, 0, 1, 5, 14, 40)))
    await walk.desk.leads.prescribe(
        patient_id=walk.anybody().id,
        doctor_id=walk.chance.choice(("d1", "d2")),
        title="повторный приём",
        due_on=due if walk.maybe(0.95) else None,
        service_id=walk.chance.choice([None, *SERVICES]),
        by=DOCTOR,
        event_key=f"e{walk.chance.randrange(400)}" if walk.maybe(0.3) else None,
    )
    assert due >= walk.today


async def move_prescription(walk: Walk) -> None:
    known = await walk.one_of(select(PrescriptionRow.id).order_by(PrescriptionRow.created_at.desc()))
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
    linked = await walk.one_of(select(VisitRow.id).where(VisitRow.undecided)) if walk.maybe(0.3) else None
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
        visit = await walk.visit()
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
    patient = await walk.one_of(select(StrikeRow.patient_id).where(StrikeRow.lifted_at.is_(None)))
    if patient is None or walk.maybe(0.5):
        raise NotFound("nobody to forgive")
    await walk.desk.policy.lift_strikes(patient, "впервые за год", by=DIRECTOR)
    assert not (await walk.desk.policy.booking_policy(patient, by=DIRECTOR)).prepayment


async def time_passes(walk: Walk) -> None:
    """Minutes mostly, sometimes days, once in a while a quiet season; then the clock-driven rules."""
    minutes = walk.chance.choices((2, 16, 60, 300, 1440, 4 * 1440, 20 * 1440, 70 * 1440), (9, 9, 9, 7, 7, 2, 0.5, 0.2))[
        0
    ]
    walk.house.go_to(walk.now + timedelta(minutes=minutes))
    await walk.open_hours()
    await walk.desk.sweep.tick()


STEPS = (
    (book, 20),
    (book_an_old_hold, 2),
    (move, 6),
    (cancel_by_bot, 3),
    (cancel, 7),
    (confirm, 4),
    (check, 4),
    (approve, 7),
    (withdraw_too_soon, 1),
    (attend, 7),
    (miss, 2),
    (pay, 5),
    (pay_at_desk, 5),
    (invoice, 2),
    (prescribe, 5),
    (move_prescription, 1),
    (assign, 2),
    (refuse, 2),
    (write_task, 4),
    (postpone, 2),
    (complete, 2),
    (give, 1),
    (wait, 7),
    (accept, 4),
    (decline, 2),
    (wait_no_more, 1),
    (ask, 1),
    (forgive, 1),
    (time_passes, 10),
)
"""Every step with its weight."""
