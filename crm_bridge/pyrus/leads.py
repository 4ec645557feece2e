"""Leads as tasks of a form; the stage is a field with choices."""

from __future__ import annotations

from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import LeadDraft
from crm_bridge.pyrus.forms import Forms
from crm_bridge.pyrus.mapping import Leads
from crm_bridge.pyrus.values import choice, choice_of, text


class LeadForm:
    """One clinic's form of leads."""

    def __init__(self, forms: Forms, mapping: Leads) -> None:
        self._forms = forms
        self._mapping = mapping

    async def open(self, draft: LeadDraft) -> str:
        """The task of this lead, found or made."""
        fields = self._mapping.fields
        content = [
            *text(fields.request_id, draft.request_id),
            *text(fields.full_name, draft.full_name),
            *text(fields.phone, draft.phone),
            *text(fields.title, draft.title),
            *text(fields.comment, draft.comment),
            *choice(fields.stage, self._mapping.stages[LeadStage.NEW]),
        ]
        async with self._forms.one_at_a_time(draft.request_id):
            known = await self.find(draft.request_id)
            return known or await self._forms.create(self._mapping.form, content)

    async def find(self, request_id: str) -> str | None:
        return await self._forms.find(self._mapping.form, self._mapping.fields.request_id, request_id)

    async def move(self, lead_id: str, stage: LeadStage, *, comment: str, reason: str | None) -> None:
        """Set the stage and say why; what is there and said already is left alone, so that a repeat does no harm."""
        fields, task = self._mapping.fields, await self._forms.task(lead_id)
        number = self._mapping.stages[stage]
        finish, finished = stage in self._mapping.close_on, bool(task.get("close_date"))
        untold = f"Причина: {reason}" if reason and not fields.reason else ""
        said = "\n".join(part for part in (comment, untold) if part)
        known = not said or any(one.get("text") == said for one in task.get("comments") or ())
        if known and choice_of(task, fields.stage) == number and finish == finished:
            return
        await self._forms.comment(
            lead_id,
            text=said,
            field_updates=[*choice(fields.stage, number), *text(fields.reason, reason or "")],
            action="finished" if finish else "reopened" if finished else None,
        )
