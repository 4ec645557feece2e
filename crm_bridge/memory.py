"""The clinic's system in memory: the same behaviour as the bundled one, for rehearsals, chats and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from bot.domain.clinic import ClinicRequest, Patient, RequestKind, SickLeave, TestResult
from bot.domain.clock import Clock
from bot.domain.follow_up import BOT_OWNER, DESK_OWNER, PLANNED, ClinicTask, Errand, Need
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory_errands import MemoryErrands
from crm_bridge.memory_waitlist import MemoryWaitlist
from crm_bridge.names import name_words, same_person
from crm_bridge.port import CrmCapabilities, NotFound
from crm_bridge.rules.basics import HOLD_TTL, OPEN_REQUESTS, phone_key, request_key
from crm_bridge.rules.refusals import NO_PATIENT


class MemoryClinic(MemoryWaitlist, MemoryErrands):
    """ClinicSystem over dictionaries; `events` is what the bundled system would have put into its outbox."""

    def __init__(
        self,
        data: ClinicData,
        clock: Clock,
        *,
        hold_ttl: timedelta = HOLD_TTL,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        MemoryWaitlist.__init__(self, data, clock, hold_ttl=hold_ttl, new_id=new_id)
        MemoryErrands.__init__(self, clock)
        self._requests: dict[str, ClinicRequest] = {}
        self._sick_leaves = sorted(data.sick_leaves, key=lambda leave: leave.starts_on, reverse=True)
        self._test_results = sorted(data.test_results, key=lambda result: result.taken_on, reverse=True)

    @property
    def capabilities(self) -> CrmCapabilities:
        return CrmCapabilities(name="memory")

    async def patients_by_phone(self, phone: str) -> Sequence[Patient]:
        return [patient for patient in self._patients.values() if patient.phone == phone_key(phone)]

    async def find_patient(self, full_name: str, birth_date: date) -> Patient | None:
        matching = [
            patient
            for patient in self._patients.values()
            if patient.birth_date == birth_date and same_person(full_name, patient.full_name)
        ]
        exact = (patient for patient in matching if name_words(patient.full_name) == name_words(full_name))
        return next(exact, matching[0] if matching else None)

    async def register_patient(self, *, full_name: str, birth_date: date, phone: str | None) -> Patient:
        known = await self.find_patient(full_name, birth_date)
        if known and (known.phone or not phone):
            return known
        number = phone_key(phone) if phone else None
        if known:
            self._patients[known.id] = replace(known, phone=number)
            return self._patients[known.id]
        patient = Patient(id=self._new_id(), full_name=" ".join(full_name.split()), birth_date=birth_date, phone=number)
        self._patients[patient.id] = patient
        self._publish("patient.registered", patient_id=patient.id)
        return patient

    async def do_not_call(self, phone: str, *, call_id: str | None) -> None:
        if phone_key(phone) not in self._do_not_call:
            self._do_not_call.add(phone_key(phone))
            self._publish("do_not_call.added", call_id=call_id)

    async def is_do_not_call(self, phone: str) -> bool:
        return phone_key(phone) in self._do_not_call

    async def plan_errand(
        self, patient_id: str, need: Need, *, active_from: date, comment: str, call_id: str | None
    ) -> Errand:
        if patient_id not in self._patients:
            raise NotFound(NO_PATIENT)
        patient = self._patients[patient_id]
        doctor = next((one for one in self._directory.doctors if one.id == need.doctor_id), None)
        task = ClinicTask(
            id=self._new_id(),
            type=PLANNED,
            patient_id=patient_id,
            phone=patient.phone,
            need=need if doctor is None else replace(need, specialty=doctor.specialty),
            comment=comment,
            active_from=max(active_from, self._clock.now().date()),
            owner=BOT_OWNER if patient.phone else DESK_OWNER,
            status="open",
        )
        service = next((one for one in self._directory.services if one.id == need.service_id), None)
        errand = Errand(task=task, patient=patient, doctor=doctor, service=service)
        self.add_errand(errand)
        self._publish("task.created", task_id=task.id)
        return errand

    async def create_request(
        self,
        kind: RequestKind,
        fields: Mapping[str, str],
        *,
        call_id: str | None,
        phone: str | None,
        patient_id: str | None,
    ) -> ClinicRequest:
        if patient_id and patient_id not in self._patients:
            raise NotFound(NO_PATIENT)
        request_id = self._new_id()
        key = request_key(kind, fields, call_id, patient_id) or request_id
        if key in self._requests:
            return self._requests[key]
        request = ClinicRequest(
            id=request_id,
            kind=kind,
            created_at=self._clock.now(),
            call_id=call_id,
            phone=phone_key(phone) if phone else None,
            patient=self._patients.get(patient_id or ""),
            fields=dict(fields),
        )
        self._requests[key] = request
        self._publish("request.created", request_id=request_id, call_id=call_id)
        return request

    async def open_requests(self) -> Sequence[ClinicRequest]:
        return [request for request in self._requests.values() if request.status in OPEN_REQUESTS]

    async def requests_of(self, phone: str) -> Sequence[ClinicRequest]:
        return [request for request in self._requests.values() if request.phone == phone_key(phone)]

    async def sick_leaves(self, *, number: str | None = None, patient_id: str | None = None) -> Sequence[SickLeave]:
        if number is None and patient_id is None:
            return []
        return [
            leave
            for leave in self._sick_leaves
            if number in (None, leave.number) and patient_id in (None, leave.patient.id)
        ]

    async def test_results(self, patient_id: str) -> Sequence[TestResult]:
        return [result for result in self._test_results if result.patient.id == patient_id]
