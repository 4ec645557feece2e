"""Whether a spoken call came out right, and whether it wrote what nobody asked for: looks at the database only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.scenes import same_address
from bot.demo.spoken.plan import CallPlan, SeenVisit, WantedVisit
from bot.domain.clinic import ClinicRequest, RequestKind, VisitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the database has after a call: its outcome, the coming visits of everybody on this phone, its requests."""

    outcome: Mapping[str, Any]
    visits: Sequence[SeenVisit]
    requests: Sequence[ClinicRequest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`wrong` is what must never be: another person's record, another doctor, day, time or branch."""

    right: bool
    remark: str = ""
    wrong: str = ""


def judge(plan: CallPlan, seen: Seen) -> Verdict:
    """The verdict on one call."""
    wrong = "; ".join((*_wrong_visits(plan, seen.visits), *_wrong_requests(plan, seen.requests)))
    remark = wrong or _missing(plan, seen)
    return Verdict(right=not remark, remark=remark, wrong=wrong)


def _wrong_visits(plan: CallPlan, visits: Sequence[SeenVisit]) -> list[str]:
    """Visits that are neither as they were nor as they were wanted."""
    found = [_visit_fault(plan, visit) for visit in visits if not _as_before(plan, visit)]
    wrong = [fault for fault in found if fault]
    new = [visit for visit in visits if plan.before is None or visit.id != plan.before.id]
    if len(new) > 1:
        wrong.append(f"приёмов записано: {len(new)}")
    if plan.before is not None and plan.expected.keeps and plan.before.id not in {one.id for one in visits}:
        wrong.append("отменён приём, о котором не просили")
    return wrong


def _as_before(plan: CallPlan, visit: SeenVisit) -> bool:
    before = plan.before
    if before is None or visit.id != before.id:
        return False
    # coming or not, it is the same visit: who confirms has changed nothing that anybody could be sent to in vain
    return (visit.at, visit.doctor, visit.service, visit.branch_id) == (
        before.at,
        before.doctor,
        before.service,
        before.branch_id,
    )


def _visit_fault(plan: CallPlan, visit: SeenVisit) -> str:
    wanted = plan.expected.visit
    if wanted is None:
        return f"записан приём, о котором не просили: {_told(visit)}"
    if not _same_person(plan, visit):
        return "записан другой человек"
    return "" if _fits(wanted, visit) else f"записано не то: {_told(visit)}"


def _same_person(plan: CallPlan, visit: SeenVisit) -> bool:
    """Somebody new counts by birth date and phone: nobody's ear knows how they spell themselves."""
    who = plan.patient
    same = visit.birth_date == who.birth_date and visit.phone == who.phone
    return same and (not plan.known or visit.name == who.full_name)


def _fits(wanted: WantedVisit, visit: SeenVisit) -> bool:
    return (
        wanted.at in (None, visit.at)
        and (wanted.until is None or visit.at.date() <= wanted.until)
        and wanted.specialty in ("", visit.specialty)
        and wanted.doctor in ("", visit.doctor)
        and wanted.service in ("", visit.service)
        and wanted.branch_id in ("", visit.branch_id)
    )


def _wrong_requests(plan: CallPlan, requests: Sequence[ClinicRequest]) -> list[str]:
    """Requests that send a doctor somewhere or concern a certificate; a call-back task harms nobody."""
    wrong = []
    for request in requests:
        if request.kind is RequestKind.CALLBACK:
            continue
        if request.kind is not plan.expected.request:
            wrong.append(f"заявка, о которой не просили: {request.kind.value}")
        elif request.kind is RequestKind.HOME_VISIT:
            if not same_address(request.fields.get("address", ""), plan.expected.address):
                wrong.append(f"другой адрес: {request.fields.get('address')}")
            if request.fields.get("birth_date") != plan.patient.birth_date.isoformat():
                wrong.append("вызов другому человеку")
        elif request.fields.get("number") != plan.expected.sick_leave:
            wrong.append("другой больничный лист")
    return wrong


def _missing(plan: CallPlan, seen: Seen) -> str:
    """What should have come of the call and did not; empty when nothing is missing."""
    expected, name = plan.expected, str(seen.outcome.get("outcome") or "")
    if name not in expected.outcomes:
        return f"итог {name or 'не записан'}"
    if expected.visit is not None and not any(_fits(expected.visit, visit) for visit in seen.visits):
        return "приём не записан"
    if not expected.keeps and plan.before is not None and any(_as_before(plan, visit) for visit in seen.visits):
        return "прежний приём остался"
    if expected.status is not None and not _has_status(plan, seen, expected.status):
        return f"приём не {expected.status.value}"
    if expected.request is not None and not any(one.kind is expected.request for one in seen.requests):
        return "заявки нет"
    return ""


def _has_status(plan: CallPlan, seen: Seen, status: VisitStatus) -> bool:
    return any(plan.before is not None and one.id == plan.before.id and one.status is status for one in seen.visits)


def _told(visit: SeenVisit) -> str:
    return f"{visit.doctor or visit.service} {visit.at:%d.%m %H:%M}"
