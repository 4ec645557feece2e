"""The clinic's numbers, its patients' standing, and who has changed what (C15, C16, C26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from bot.domain.follow_up import Actor
from crm_bridge.local.part import LocalPart
from crm_bridge.local.strike_book import lift_all, must_prepay, strike_count
from crm_bridge.local.tables import AuditRow, HolidayRow, RuleSettingRow
from crm_bridge.local.work import rule_settings
from crm_bridge.port import Refused
from crm_bridge.rules.settings import SETTINGS, RuleSettings, checked, info


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingPolicy:
    """What a patient's next booking meets."""

    strikes: int
    prepayment: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of the audit."""

    at: datetime
    actor: str
    action: str
    subject: str
    subject_id: str
    detail: Mapping[str, Any]


class LocalPolicy(LocalPart):
    """Settings, strikes and audit on SQL."""

    async def settings(self) -> RuleSettings:
        """The numbers in force."""
        async with self._read() as session:
            return await rule_settings(session)

    async def values(self) -> Mapping[str, int]:
        """Every setting by its key."""
        now = await self.settings()
        return {key: getattr(now, one.name) for key, one in SETTINGS.items()}

    async def set(self, key: str, value: int, *, by: Actor) -> None:
        """Change a number; audited with what it was. Raises RuleSettingError."""
        value = checked(key, value)
        async with self._work(by) as work:
            before = getattr(work.settings, info(key).name)
            await work.session.merge(RuleSettingRow(key=key, value=value, updated_at=work.now, updated_by=str(by)))
            work.audit("setting.set", "setting", key, before=before, after=value)

    async def set_holidays(self, days: Mapping[Any, str], *, by: Actor) -> None:
        """Replace the production calendar's days off: day -> what it is."""
        async with self._work(by) as work:
            await work.session.execute(delete(HolidayRow))
            work.session.add_all(HolidayRow(day=day, title=title) for day, title in days.items())
            work.audit("holidays.set", "setting", "holidays", count=len(days))

    async def booking_policy(self, patient_id: str, *, by: Actor) -> BookingPolicy:
        """Strikes that count now, and whether the next booking must be prepaid."""
        async with self._work(by) as work:
            return BookingPolicy(
                strikes=await strike_count(work, patient_id), prepayment=await must_prepay(work, patient_id)
            )

    async def lift_strikes(self, patient_id: str, why: str, *, by: Actor) -> None:
        """The director forgives, with a reason; audited (C16)."""
        if not why.strip():
            raise Refused("Напишите, почему предоплата снята")
        async with self._work(by) as work:
            await lift_all(work, patient_id, why.strip())

    async def audit_of(self, subject: str, subject_id: str) -> Sequence[Change]:
        """What was done to something, oldest first."""
        query = select(AuditRow).where(AuditRow.subject == subject, AuditRow.subject_id == subject_id)
        async with self._read() as session:
            return [
                Change(
                    at=row.at.astimezone(self._clock.now().tzinfo),
                    actor=row.actor,
                    action=row.action,
                    subject=row.subject,
                    subject_id=row.subject_id,
                    detail=row.detail,
                )
                for row in await session.scalars(query.order_by(AuditRow.id))
            ]
