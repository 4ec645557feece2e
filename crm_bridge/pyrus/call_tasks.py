"""Calls that the clinic's people want to be made: open tasks of a form."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.phone import normalize_phone
from crm_bridge.foreign import ForeignTask
from crm_bridge.pyrus.api import Json
from crm_bridge.pyrus.forms import Forms
from crm_bridge.pyrus.mapping import CallTasks
from crm_bridge.pyrus.values import all_fields, read_moment, text, text_of, value_of

_log = logging.getLogger(__name__)


class CallTaskForm:
    """One clinic's form of calls to be made."""

    def __init__(self, forms: Forms, mapping: CallTasks, zone: ZoneInfo) -> None:
        self._forms = forms
        self._mapping = mapping
        self._zone = zone

    async def due(self, until: datetime) -> Sequence[ForeignTask]:
        """Open tasks due by `until`, soonest first; one without a phone or a date cannot be called and is logged."""
        found = []
        for raw in await self._forms.open_tasks(self._mapping.form, self._mapping.steps):
            task = self._task(raw)
            if task is None:
                _log.warning("a call task of pyrus has no phone or no date", extra={"task_id": raw.get("id")})
            elif task.due_at <= until:
                found.append(task)
        return sorted(found, key=lambda task: (task.due_at, int(task.id)))

    async def complete(self, task_id: str, outcome: str, comment: str) -> None:
        """Finish a task with the outcome; one that is finished is left alone."""
        task = await self._forms.task(task_id)
        if task.get("close_date"):
            return
        field = self._mapping.fields.outcome
        spoken = [comment] if field else [f"Итог: {outcome}", comment]
        await self._forms.comment(
            task_id,
            text="\n".join(part for part in spoken if part),
            field_updates=text(field, outcome),
            action="finished",
        )

    def _task(self, raw: Json) -> ForeignTask | None:
        fields = self._mapping.fields
        phone = normalize_phone(text_of(raw, fields.phone))
        dates = (value_of(raw, fields.due), raw.get("due"), raw.get("due_date"), raw.get("create_date"))
        due_at = next((at for value in dates if (at := read_moment(value, self._zone))), None)
        if phone is None or due_at is None:
            return None
        return ForeignTask(
            id=str(raw["id"]),
            phone=phone,
            full_name=text_of(raw, fields.full_name),
            due_at=due_at,
            comment=text_of(raw, fields.comment),
            fields={
                **{str(field["id"]): field.get("value") for field in all_fields(raw.get("fields") or ())},
                "doctor": text_of(raw, fields.doctor),
                "service": text_of(raw, fields.service),
                "specialty": text_of(raw, fields.specialty),
            },
        )
