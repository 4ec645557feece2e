"""Bookings as requests, calls to be made, leads and the call journal over the signed contract."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.clock import Clock
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import (
    BookingWish,
    CallFinished,
    CallStarted,
    CrmEvent,
    ForeignCapabilities,
    ForeignTask,
    LeadDraft,
    RawWebhook,
    WriteUnknown,
)
from crm_bridge.generic_http.client import SignedClient
from crm_bridge.generic_http.signing import MAX_AGE
from crm_bridge.generic_http.webhooks import SignedWebhooks
from crm_bridge.port import Refused
from crm_bridge.rules.basics import phone_key

log = logging.getLogger(__name__)

OFFERS = frozenset({"requests", "leads", "calls", "recordings", "call_tasks", "webhooks"})
_NOBODY = "registratura-check"
"""A write that was never made."""
_TASK_FIELDS = ("id", "phone", "full_name", "due_at", "comment")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericOptions:
    """What the clinic writes of the other system; `offers` names the parts of the contract that it has.

    `secrets` holds the one that signs, then any that incoming requests may still be signed with. Raises ValueError.
    """

    base_url: str
    secrets: tuple[str, ...]
    name: str = "generic_http"
    offers: frozenset[str] = OFFERS
    timeout_s: float = 10.0
    max_age: timedelta = MAX_AGE

    def __post_init__(self) -> None:
        if not self.secrets or not all(self.secrets):
            raise ValueError("Нужен секрет для подписи запросов")
        unknown = self.offers - OFFERS
        if unknown:
            raise ValueError(f"Неизвестные части договора: {', '.join(sorted(unknown))}")


class GenericHttp:
    """All the ports of crm_bridge.foreign; close it at the end.

    Every write carries an id of ours, by which the other system takes it once and finds it again. What the other
    system does not offer raises Refused.
    """

    def __init__(self, options: GenericOptions, clock: Clock) -> None:
        self._options = options
        self._client = SignedClient(options.base_url, options.secrets[0], clock, timeout_s=options.timeout_s)
        self._webhooks = SignedWebhooks(options.secrets, clock, max_age=options.max_age, name=options.name)

    @property
    def capabilities(self) -> ForeignCapabilities:
        offers = self._options.offers
        return ForeignCapabilities(
            name=self._options.name,
            booking="request" if "requests" in offers else "none",
            call_tasks="call_tasks" in offers,
            leads="leads" in offers,
            call_journal="calls" in offers,
            recordings={"calls", "recordings"} <= offers,
            webhooks="webhooks" in offers,
            signed_webhooks="webhooks" in offers,
        )

    async def close(self) -> None:
        await self._client.close()

    def _require(self, *parts: str) -> None:
        missing = set(parts) - self._options.offers
        if missing:
            raise Refused(f"Система {self._options.name} этого не умеет: {', '.join(sorted(missing))}")

    async def request_booking(self, wish: BookingWish) -> str:
        self._require("requests")
        content = asdict(wish)
        del content["request_id"]
        content["wished_at"] = _moment(wish.wished_at)
        return _reference(await self._client.write("requests", request_id=wish.request_id, content=content))

    async def find_request(self, request_id: str) -> str | None:
        """Any write of ours, by its id: a booking, a lead, a call."""
        found = await self._client.read("requests", request_id, request_id=request_id)
        return None if found is None else _reference(found)

    async def due_call_tasks(self, until: datetime) -> Sequence[ForeignTask]:
        """Soonest first; a task that cannot be read is left out and logged."""
        self._require("call_tasks")
        moment = until.isoformat()
        answer = await self._client.read("call-tasks", request_id=f"call-tasks:{moment}", query={"until": moment})
        rows = answer.get("tasks") if isinstance(answer, dict) else None
        tasks = [task for row in rows or () if (task := _task(row)) is not None]
        return sorted((task for task in tasks if task.due_at <= until), key=lambda task: task.due_at)

    async def complete_task(self, task_id: str, outcome: str, comment: str) -> None:
        self._require("call_tasks")
        content = {"outcome": outcome, "comment": comment}
        await self._client.write("call-tasks", task_id, "result", request_id=f"task:{task_id}", content=content)

    async def open_lead(self, draft: LeadDraft) -> str:
        self._require("leads")
        content = asdict(draft)
        del content["request_id"]
        return _reference(await self._client.write("leads", request_id=draft.request_id, content=content))

    async def move_lead(self, lead_id: str, stage: LeadStage, *, comment: str, reason: str | None) -> None:
        """The same step with the same comment twice is one."""
        self._require("leads")
        content = {"stage": stage.value, "comment": comment, "reason": reason}
        step = hashlib.sha256("\0".join((lead_id, stage.value, comment, reason or "")).encode()).hexdigest()
        await self._client.write("leads", lead_id, "stage", request_id=f"step:{step[:32]}", content=content)

    async def call_started(self, call: CallStarted) -> str:
        self._require("calls")
        content = asdict(call) | {"started_at": _moment(call.started_at)}
        return _reference(await self._client.write("calls", request_id=f"call:{call.call_id}", content=content))

    async def call_finished(self, reference: str, result: CallFinished) -> None:
        self._require("calls")
        content = asdict(result) | {"ended_at": _moment(result.ended_at)}
        request_id = f"call:{result.call_id}:end"
        await self._client.write("calls", reference, "finish", request_id=request_id, content=content)

    async def attach_recording(self, reference: str, recording: Path) -> None:
        """Raises FileNotFoundError when the recording has been deleted meanwhile."""
        self._require("calls", "recordings")
        sound = await asyncio.to_thread(recording.read_bytes)
        await self._client.upload(
            "calls",
            reference,
            "recordings",
            recording.name,
            request_id=f"recording:{reference}:{recording.name}",
            body=sound,
            content_type="audio/wav",
        )

    async def check(self) -> Sequence[str]:
        """What is wrong, in Russian; empty when it answers and takes our signature. Raises CrmUnavailable."""
        try:
            await self._client.read("requests", _NOBODY, request_id=_NOBODY)
        except Refused as error:
            return [str(error)]
        return []

    def parse(self, request: RawWebhook) -> Sequence[CrmEvent]:
        """One event. Raises UntrustedWebhook; Refused for a signed message that makes no sense."""
        self._require("webhooks")
        return self._webhooks.parse(request)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _reference(answer: Any) -> str:
    reference = answer.get("reference") if isinstance(answer, Mapping) else None
    if not reference:
        # It was taken, but as what? The question by our id tells.
        raise WriteUnknown("В ответе другой системы нет reference")
    return str(reference)


def _task(row: Any) -> ForeignTask | None:
    try:
        due_at = datetime.fromisoformat(row["due_at"])
        if due_at.tzinfo is None:
            raise ValueError("a moment without its zone")
        return ForeignTask(
            id=str(row["id"]),
            phone=phone_key(str(row["phone"])),
            full_name=str(row.get("full_name") or ""),
            due_at=due_at,
            comment=str(row.get("comment") or ""),
            fields={key: value for key, value in row.items() if key not in _TASK_FIELDS},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        task_id = str(row.get("id"))[:64] if isinstance(row, Mapping) else ""
        log.warning("a call task of the other system cannot be read", extra={"task_id": task_id})
        return None
