"""Leads as other systems are told of them."""

from __future__ import annotations

from crm_bridge.bridge import LeadNews
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import load_patients
from crm_bridge.local.tables import LeadRow, ReasonRow, ServiceRow
from crm_bridge.port import NotFound


class SqlLeadSource(LocalPart):
    """LeadSource on SQL: a lead with its patient's name and first phone."""

    async def lead_news(self, lead_id: str) -> LeadNews:
        async with self._read() as session:
            row = await session.get(LeadRow, lead_id)
            if row is None:
                raise NotFound("Лид не найден")
            patient = (await load_patients(session, [row.patient_id]))[row.patient_id]
            service = await session.get(ServiceRow, row.service_id) if row.service_id else None
            reason = await session.get(ReasonRow, row.reason_id) if row.reason_id else None
        return LeadNews(
            full_name=patient.full_name,
            phone=patient.phone or "",
            title=service.name if service else row.specialty or "Повторный визит",
            comment=row.comment,
            stage=row.stage,
            reason=reason.title if reason else None,
        )
