"""What people, the bot and time itself may do to visits in a walk; a step picks its own subject, may be refused."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.domain.clinic import Funding, VisitStatus
from bot.domain.follow_up import BOT, FollowUp
from crm_bridge.local.route import DOCTOR_SIDE, MONEY_SIDE, Given
from crm_bridge.local.tables import PaymentRow
from crm_bridge.port import NotFound
from tests.rules import follow_up_steps as after
from tests.rules.forgetting import COMING, SERVICES, Seen, Walk
from tests.rules.house import ACCOUNTANT, DOCTOR, REGISTRAR

BEGUN = ("booked", "confirmed", "no_show")
STAFF = (REGISTRAR, DOCTOR, ACCOUNTANT)


async def book(walk: Walk) -> None:
    opening = walk.opening()
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
    visit, opening = walk.visit(), walk.opening()
    hold = await walk.clinic.hold(opening.id, owner="mover")
    moved = await walk.clinic.move(visit.id, hold.id, call_id=None, by=REGISTRAR)
    assert visit.status in COMING, f"moved although {visit.status}"
    assert moved.id == visit.id
    assert visit.status != VisitStatus.REQUESTED or moved.status is VisitStatus.REQUESTED, "moving is not checking"


async def cancel_by_bot(walk: Walk) -> None:
    visit = walk.visit()
    await walk.clinic.cancel(visit.id, reason=walk.chance.choice([*walk.reasons, "", "передумал"]), call_id=None)


async def cancel(walk: Walk) -> None:
    visit = walk.visit()
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
    visit = walk.visit()
    await walk.clinic.confirm(visit.id, call_id=None)
    assert visit.status in ("booked", "confirmed"), f"confirmed although {visit.status}"


async def check(walk: Walk) -> None:
    visit = _waiting(walk, "requested")
    await walk.clinic.check(visit.id, by=REGISTRAR)
    assert visit.status == "requested"


async def approve(walk: Walk) -> None:
    visit = _waiting(walk, "awaiting_approval")
    await walk.clinic.approve(visit.id, walk.chance.choice((DOCTOR_SIDE, MONEY_SIDE)), by=walk.chance.choice(STAFF))
    assert visit.status == "awaiting_approval"


async def withdraw_too_soon(walk: Walk) -> None:
    visit = walk.visit()
    after = await walk.clinic.withdraw(visit.id, "expired", by=REGISTRAR)
    assert after.status == visit.status or (visit.deadline_at and visit.deadline_at <= walk.now)


def _waiting(walk: Walk, status: str) -> Seen:
    if walk.maybe(0.2):
        return walk.visit()
    return walk.among([row for row in walk.visits.values() if row.status == status])


async def attend(walk: Walk) -> None:
    visit = _past(walk)
    given = [Given(service_id=walk.chance.choice(SERVICES), quantity=1)] if walk.maybe(0.4) else []
    await walk.clinic.attend(visit.id, by=DOCTOR, given=given)
    assert visit.starts_at <= walk.now
    assert visit.status in ("booked", "confirmed", "no_show", "completed"), f"attended although {visit.status}"


async def miss(walk: Walk) -> None:
    visit = _past(walk)
    await walk.clinic.no_show(visit.id, by=REGISTRAR)
    assert visit.starts_at <= walk.now
    assert visit.status in ("booked", "confirmed", "no_show"), f"missed although {visit.status}"


def _past(walk: Walk) -> Seen:
    """Begun, and not yet over; or a no-show who may have come after all; or any."""
    if walk.maybe(0.1):
        return walk.visit()
    begun = [row for row in walk.visits.values() if row.starts_at <= walk.now and row.status in BEGUN]
    if begun:
        return walk.chance.choice(begun)
    # nobody's time has come: let the next one's come, so that a visit may take place
    visit = min(
        (row for row in walk.visits.values() if row.status in COMING), key=lambda row: row.starts_at, default=None
    )
    if visit is None:
        raise NotFound("nobody")
    walk.house.go_to(max(walk.now, visit.starts_at + timedelta(minutes=5)))
    return visit


async def pay(walk: Walk) -> None:
    token = await walk.one_of(
        select(PaymentRow.token)
        .where(PaymentRow.token.is_not(None))
        .order_by(PaymentRow.created_at.desc(), PaymentRow.id)
    )
    if token is None:
        raise NotFound("nothing to pay")
    await walk.desk.payments.accept_offer_terms(token, by=REGISTRAR)
    await walk.desk.payments.paid(token, provider_id=f"pay-{token}", by=REGISTRAR)


async def pay_at_desk(walk: Walk) -> None:
    visit = walk.visit(any_status=0.5)
    amount = walk.chance.choice((0, 500, visit.price - visit.paid))
    await walk.desk.payments.pay_at_desk(visit.id, amount, by=REGISTRAR)


async def invoice(walk: Walk) -> None:
    visit = walk.visit()
    await walk.desk.payments.invoice(visit.id, walk.chance.choice((0, 700, 1500)), by=REGISTRAR)


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
    (after.prescribe, 5),
    (after.move_prescription, 1),
    (after.assign, 2),
    (after.refuse, 2),
    (after.write_task, 4),
    (after.postpone, 2),
    (after.complete, 2),
    (after.give, 1),
    (after.wait, 7),
    (after.accept, 4),
    (after.decline, 2),
    (after.wait_no_more, 1),
    (after.ask, 1),
    (after.forgive, 1),
    (time_passes, 10),
)
"""Every step with its weight."""
