"""Requests and facts that people at the clinic act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import ClinicRequest, RequestKind, RequestStatus, SickLeave, TestResult
from bot.domain.follow_up import DESK_OWNER, Actor
from bot.storage.upsert import insert_if_new
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import load_patients
from crm_bridge.local.tables import PatientRow, RequestRow, SickLeaveRow, TestResultRow
from crm_bridge.local.work import Work, rule_settings
from crm_bridge.port import IllegalStep, NotFound
from crm_bridge.rules.basics import OPEN_REQUESTS, phone_key, request_key
from crm_bridge.rules.refusals import NO_PATIENT


class LocalFollowUps(LocalPart):
    """FollowUps on SQL."""

    async def create_request(
        self,
        kind: RequestKind,
        fields: Mapping[str, str],
        *,
        call_id: str | None,
        phone: str | None,
        patient_id: str | None,
    ) -> ClinicRequest:
        request_id, key = self._new_id(), request_key(kind, fields, call_id, patient_id)
        async with self._write() as session:
            if patient_id and await session.get(PatientRow, patient_id) is None:
                raise NotFound(NO_PATIENT)
            made = await insert_if_new(
                session,
                RequestRow,
                id=request_id,
                dedup_key=key,
                kind=kind.value,
                created_at=self._clock.now(),
                call_id=call_id,
                phone=phone_key(phone) if phone else None,
                patient_id=patient_id,
                fields=dict(fields),
                status=RequestStatus.NEW.value,
                owner=DESK_OWNER,
                next_action_at=await self._due(session, kind),
                history=[],
            )
            if made:
                self._publish(session, "request.created", request_id=request_id, call_id=call_id)
        condition = RequestRow.id == request_id if made else RequestRow.dedup_key == key
        return (await self._requests(select(RequestRow).where(condition)))[0]

    async def _due(self, session: AsyncSession, kind: RequestKind) -> datetime:
        """By when somebody takes it up."""
        settings = await rule_settings(session)
        minutes = {
            RequestKind.HOME_VISIT: settings.home_visit_minutes,
            RequestKind.SICK_LEAVE: settings.sick_leave_minutes,
            RequestKind.CALLBACK: settings.callback_minutes,
        }[kind]
        return self._clock.now() + timedelta(minutes=minutes)

    async def take_request(self, request_id: str, owner: str, *, by: Actor) -> ClinicRequest:
        """Somebody takes it in hand, or it is given to somebody."""
        async with self._work(by) as work:
            row = await _lock_request(work, request_id)
            row.owner = owner
            if row.status == RequestStatus.NEW:
                row.status = RequestStatus.IN_WORK.value
            row.history = [*row.history, work.note("P9", f"ответственный: {owner}")]
            work.publish("request.changed", request_id=request_id)
        return await self.request(request_id)

    async def advance_request(
        self, request_id: str, status: RequestStatus, *, by: Actor, note: str = ""
    ) -> ClinicRequest:
        """On to `sent` (Госуслуги), `done` or `cancelled`; what is over stays so. Raises IllegalStep."""
        async with self._work(by) as work:
            row = await _lock_request(work, request_id)
            if status.value not in _NEXT[row.status]:
                raise IllegalStep(f"Заявка уже в состоянии «{row.status}»: перевести её в «{status.value}» нельзя")
            row.status = status.value
            row.history = [*row.history, work.note("TR4", note or status.value)]
            work.publish("request.changed", request_id=request_id)
            work.audit("request.advance", "request", request_id, status=status.value)
        return await self.request(request_id)

    async def request(self, request_id: str) -> ClinicRequest:
        """Raises NotFound."""
        found = await self._requests(select(RequestRow).where(RequestRow.id == request_id))
        if not found:
            raise NotFound("Заявка не найдена")
        return found[0]

    async def open_requests(self) -> Sequence[ClinicRequest]:
        statuses = [status.value for status in OPEN_REQUESTS]
        return await self._requests(select(RequestRow).where(RequestRow.status.in_(statuses)))

    async def requests_of(self, phone: str) -> Sequence[ClinicRequest]:
        return await self._requests(select(RequestRow).where(RequestRow.phone == phone_key(phone)))

    async def sick_leaves(self, *, number: str | None = None, patient_id: str | None = None) -> Sequence[SickLeave]:
        conditions = []
        if number is not None:
            conditions.append(SickLeaveRow.number == number)
        if patient_id is not None:
            conditions.append(SickLeaveRow.patient_id == patient_id)
        if not conditions:
            return []
        query = select(SickLeaveRow).where(*conditions).order_by(SickLeaveRow.starts_on.desc(), SickLeaveRow.number)
        async with self._read() as session:
            rows = (await session.scalars(query)).all()
            patients = await load_patients(session, (row.patient_id for row in rows))
        return [
            SickLeave(
                number=row.number,
                patient=patients[row.patient_id],
                doctor=row.doctor,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                status=row.status,
            )
            for row in rows
        ]

    async def test_results(self, patient_id: str) -> Sequence[TestResult]:
        query = select(TestResultRow).where(TestResultRow.patient_id == patient_id)
        async with self._read() as session:
            rows = (await session.scalars(query.order_by(TestResultRow.taken_on.desc(), TestResultRow.id))).all()
            patients = await load_patients(session, [patient_id])
        return [
            TestResult(patient=patients[patient_id], service=row.service, taken_on=row.taken_on, status=row.status)
            for row in rows
        ]

    async def _requests(self, query: Select[RequestRow]) -> Sequence[ClinicRequest]:
        async with self._read() as session:
            rows = (await session.scalars(query.order_by(RequestRow.created_at, RequestRow.id))).all()
            patients = await load_patients(session, (row.patient_id for row in rows if row.patient_id))
        return [
            ClinicRequest(
                id=row.id,
                kind=RequestKind(row.kind),
                created_at=row.created_at.astimezone(self._clock.now().tzinfo),
                call_id=row.call_id,
                phone=row.phone,
                patient=patients.get(row.patient_id or ""),
                fields=row.fields,
                status=RequestStatus(row.status),
                owner=row.owner,
                next_action_at=row.next_action_at.astimezone(self._clock.now().tzinfo) if row.next_action_at else None,
            )
            for row in rows
        ]


_R = RequestStatus
_NEXT = {
    _R.NEW.value: {_R.IN_WORK.value, _R.SENT.value, _R.DONE.value, _R.CANCELLED.value},
    _R.IN_WORK.value: {_R.SENT.value, _R.DONE.value, _R.CANCELLED.value},
    _R.SENT.value: {_R.DONE.value},
    _R.DONE.value: set[str](),
    _R.CANCELLED.value: set[str](),
}


async def _lock_request(work: Work, request_id: str) -> RequestRow:
    row = await work.session.scalar(select(RequestRow).where(RequestRow.id == request_id).with_for_update())
    if row is None:
        raise NotFound("Заявка не найдена")
    return row
