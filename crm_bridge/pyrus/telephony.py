"""The record of calls in Pyrus: a task for each call, what became of it, the recording.

Sources: the vendor's page «Telephony» and C# client for `POST /integrations/call` (there the numbers are `from_number`
and `to_number`, not `from` and `to` as in a third-party client) and `/integrations/attachcallrecord`. UNVERIFIED:
that `external_id` alone keeps a repeated call from becoming two, `account_id` in `attachcallrecord`, and that a
recording shows among the attachments of the task's comments. So a call is first looked for by our id, in a text field
of the telephony form, and its end is written as an ordinary comment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_bridge.foreign import CallFinished, CallStarted, WriteUnknown
from crm_bridge.port import Refused
from crm_bridge.pyrus.api import Json, PyrusApi
from crm_bridge.pyrus.forms import Forms
from crm_bridge.pyrus.mapping import ACCEPTED_RECORDINGS, Telephony
from crm_bridge.pyrus.values import written

_LONGEST_VALUE = 300  # of a mapping; the vendor's page


class CallTasksOfTelephony:
    """Calls of one telephony extension."""

    def __init__(self, api: PyrusApi, forms: Forms, mapping: Telephony, zone: ZoneInfo) -> None:
        self._api = api
        self._forms = forms
        self._mapping = mapping
        self._zone = zone

    async def started(self, call: CallStarted) -> str:
        """The task of this call, found or made."""
        async with self._forms.one_at_a_time(call.call_id):
            known = await self._forms.find(self._mapping.form, self._mapping.call_id_field, call.call_id)
            if known is not None:
                return known
            made = await self._api.write("/integrations/call", self._call(call))
        if not made.get("task_id"):
            raise WriteUnknown("Pyrus не назвал задачу звонка")
        return str(made["task_id"])

    async def finished(self, reference: str, result: CallFinished) -> None:
        """Write how the call ended, once."""
        ended = result.ended_at.astimezone(self._zone).strftime("%d.%m.%Y %H:%M")
        minutes, seconds = divmod(result.duration_s, 60)
        text = f"Звонок {result.call_id} окончен {ended}, {minutes} мин {seconds} с. Итог: {result.outcome}"
        task = await self._forms.task(reference)
        if all(comment.get("text") != text for comment in task.get("comments") or ()):
            await self._forms.comment(reference, text=text)

    async def attach(self, reference: str, recording: Path) -> None:
        """Attach the recording, once; it is known by its name, and recordings are named after their call."""
        if recording.suffix.lower() not in ACCEPTED_RECORDINGS:
            raise Refused(f"Pyrus не принимает записи {recording.suffix or 'без расширения'}")
        task = await self._forms.task(reference)
        if any(attachment.get("name") == recording.name for attachment in _attachments(task)):
            return
        guid = await self._api.upload(recording)
        body = {"account_id": self._mapping.account_id, "task_id": int(reference), "record_file": guid}
        await self._api.write("/integrations/attachcallrecord", body)

    def _call(self, call: CallStarted) -> Json:
        values = {
            self._mapping.call_id_code: call.call_id,
            "CallStartTime": written(call.started_at),
            "PhoneNumberFrom": call.number_from,
            "PhoneNumberTo": call.number_to,
        }
        return {
            "account_id": self._mapping.account_id,
            "from_number": call.number_from,
            "to_number": call.number_to,
            "external_id": call.call_id,
            "mappings": [{"code": code, "value": value[:_LONGEST_VALUE]} for code, value in values.items() if value],
        }


def _attachments(task: Json) -> Iterator[Json]:
    yield from task.get("attachments") or ()
    for comment in task.get("comments") or ():
        yield from comment.get("attachments") or ()
