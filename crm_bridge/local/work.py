"""One unit of work on the clinic: a transaction, who acts, the rules in force, and what is told afterwards."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.follow_up import Actor, Need
from bot.storage.outbox import publish
from crm_bridge.local.tables import AuditRow, BranchRow, DoctorRow, HolidayRow, PatientRow, RuleSettingRow, ServiceRow
from crm_bridge.port import NotFound
from crm_bridge.rules.refusals import NO_PATIENT
from crm_bridge.rules.settings import RuleSettings, with_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every rule needs; made by `LocalPart.work`, gone with its transaction."""

    session: AsyncSession
    now: datetime
    by: Actor
    settings: RuleSettings
    holidays: Container[date]
    new_id: Callable[[], str]
    call_id: str | None = None
    locked: dict[str, PatientRow] = field(default_factory=dict)

    def publish(self, topic: str, **ids: str | None) -> None:
        """Tell whoever must hear of it, if the transaction is committed."""
        publish(self.session, topic, {**ids, "by": str(self.by)}, self.now)

    def audit(self, action: str, subject: str, subject_id: str, **detail: Any) -> None:
        """Write who did what; `detail` holds ids and numbers, never names."""
        write_audit(self.session, self.now, self.by, action, subject, subject_id, **detail)

    def note(self, rule: str, text: str) -> dict[str, str]:
        """A line of a task's or lead's history: when, who, by which rule."""
        return {"at": self.now.isoformat(timespec="seconds"), "by": str(self.by), "rule": rule, "text": text}

    async def today(self, branch_id: str | None) -> date:
        """The branch's own day; without a branch, the clinic's first."""
        if branch_id:
            branch = await self.session.get(BranchRow, branch_id)
            zone = branch.timezone if branch else None
        else:
            zone = await self.session.scalar(select(BranchRow.timezone).order_by(BranchRow.ordinal).limit(1))
        return self.now.astimezone(ZoneInfo(zone)).date() if zone else self.now.date()

    async def lock_patient(self, patient_id: str) -> PatientRow:
        """Only one at a time changes what is to follow for a patient. Raises NotFound.

        The lock leaves the key alone (FOR NO KEY UPDATE): a visit or payment that was just written refers to it, and
        two who have both written one would otherwise wait for each other.
        """
        if patient_id in self.locked:
            return self.locked[patient_id]
        wanted = select(PatientRow).where(PatientRow.id == patient_id)
        row = await self.session.scalar(wanted.with_for_update(key_share=True))
        if row is None:
            raise NotFound(NO_PATIENT)
        self.locked[patient_id] = row
        return row

    async def whole(self, need: Need) -> Need:
        """The need with the profession of its doctor or service: the doctor wins, the profession informs (I9)."""
        if need.specialty and not need.doctor_id:
            return need
        doctor = await self.session.get(DoctorRow, need.doctor_id) if need.doctor_id else None
        service = await self.session.get(ServiceRow, need.service_id) if need.service_id else None
        if (need.doctor_id and doctor is None) or (need.service_id and service is None):
            raise NotFound("Врач или услуга не найдены")
        specialty = doctor.specialty if doctor else service.specialty if service else need.specialty
        duration = need.duration_min or (service.duration_min if service else None)
        return replace(need, specialty=specialty or need.specialty, duration_min=duration)


def write_audit(
    session: AsyncSession, at: datetime, by: Actor, action: str, subject: str, subject_id: str, /, **detail: Any
) -> None:
    """A line of the audit where no rule is applied and no Work is needed."""
    session.add(AuditRow(at=at, actor=str(by), action=action, subject=subject, subject_id=subject_id, detail=detail))


async def rule_settings(session: AsyncSession) -> RuleSettings:
    """The clinic's own numbers over the defaults."""
    rows = await session.execute(select(RuleSettingRow.key, RuleSettingRow.value))
    return with_values(dict(rows.all()))


async def holidays(session: AsyncSession) -> frozenset[date]:
    """Days off of the production calendar."""
    return frozenset(await session.scalars(select(HolidayRow.day)))
