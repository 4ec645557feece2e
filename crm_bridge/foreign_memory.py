"""Somebody else's system in memory: every port of a connector, for rehearsals and for tests of what uses connectors."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

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
    UntrustedWebhook,
    WriteUnknown,
)
from crm_bridge.port import CrmUnavailable, NotFound, Refused

T = TypeVar("T")
Fault = Literal["down", "lost", "refused"]
"""Not reached; written, but the answer is lost; refused for good."""

EVERYTHING = ForeignCapabilities(
    name="memory",
    booking="request",
    call_tasks=True,
    leads=True,
    call_journal=True,
    recordings=True,
    webhooks=True,
    signed_webhooks=True,
)


@dataclass
class ForeignLead:
    """A lead over there and the steps it was moved through."""

    draft: LeadDraft
    steps: list[tuple[LeadStage, str, str | None]] = field(default_factory=list)


@dataclass
class ForeignCall:
    """A call in the journal over there."""

    started: CallStarted
    finished: CallFinished | None = None
    recordings: list[Path] = field(default_factory=list)


class MemoryForeign:
    """All ports of a connector over dictionaries; `faults` are met by the next operations, one each."""

    def __init__(self, *, can: ForeignCapabilities = EVERYTHING, secret: str = "memory") -> None:
        self._can = can
        self._secret = secret
        self._requests: dict[str, str] = {}
        self._seen: set[str] = set()
        self.faults: deque[Fault] = deque()
        self.wishes: list[BookingWish] = []
        self.leads: dict[str, ForeignLead] = {}
        self.calls: dict[str, ForeignCall] = {}
        self.tasks: dict[str, ForeignTask] = {}
        self.outcomes: dict[str, tuple[str, str]] = {}
        self.closed = False

    @property
    def capabilities(self) -> ForeignCapabilities:
        return self._can

    async def close(self) -> None:
        self.closed = True

    async def request_booking(self, wish: BookingWish) -> str:
        with self._operation():
            return self._once(wish.request_id, "wish", lambda _: self.wishes.append(wish))

    async def find_request(self, request_id: str) -> str | None:
        with self._operation():
            return self._requests.get(request_id)

    async def due_call_tasks(self, until: datetime) -> Sequence[ForeignTask]:
        with self._operation():
            open_tasks = [task for task in self.tasks.values() if task.id not in self.outcomes and task.due_at <= until]
            return sorted(open_tasks, key=lambda task: task.due_at)

    async def complete_task(self, task_id: str, outcome: str, comment: str) -> None:
        with self._operation():
            _known(self.tasks, task_id)
            self.outcomes.setdefault(task_id, (outcome, comment))

    async def open_lead(self, draft: LeadDraft) -> str:
        def keep(reference: str) -> None:
            self.leads[reference] = ForeignLead(draft)

        with self._operation():
            return self._once(draft.request_id, "lead", keep)

    async def move_lead(self, lead_id: str, stage: LeadStage, *, comment: str, reason: str | None) -> None:
        with self._operation():
            lead, step = _known(self.leads, lead_id), (stage, comment, reason)
            if step not in lead.steps:
                lead.steps.append(step)

    async def call_started(self, call: CallStarted) -> str:
        def keep(reference: str) -> None:
            self.calls[reference] = ForeignCall(call)

        with self._operation():
            return self._once(f"call:{call.call_id}", "call", keep)

    async def call_finished(self, reference: str, result: CallFinished) -> None:
        with self._operation():
            _known(self.calls, reference).finished = result

    async def attach_recording(self, reference: str, recording: Path) -> None:
        with self._operation():
            call = _known(self.calls, reference)
            if recording not in call.recordings:
                call.recordings.append(recording)

    def parse(self, request: RawWebhook) -> Sequence[CrmEvent]:
        """One event of JSON with `key`, `topic`, `object_id`, `payload`; trusted by the header `x-secret`."""
        if request.headers.get("x-secret") != self._secret:
            raise UntrustedWebhook("Неверный секрет")
        event = CrmEvent(**json.loads(request.body))
        if event.key in self._seen:
            raise UntrustedWebhook("Это сообщение уже приходило")
        self._seen.add(event.key)
        return [event]

    def webhook(self, event: CrmEvent) -> RawWebhook:
        """The request by which this system would tell of an event."""
        fields = {name: getattr(event, name) for name in ("key", "topic", "object_id")}
        body = json.dumps({**fields, "payload": dict(event.payload)}, ensure_ascii=False)
        return RawWebhook(headers={"x-secret": self._secret}, body=body.encode())

    def _once(self, request_id: str, kind: str, keep: Callable[[str], None]) -> str:
        if request_id not in self._requests:
            self._requests[request_id] = f"{kind}-{len(self._requests) + 1}"
            keep(self._requests[request_id])
        return self._requests[request_id]

    @contextmanager
    def _operation(self) -> Iterator[None]:
        fault = self.faults.popleft() if self.faults else None
        if fault == "down":
            raise CrmUnavailable("Система не отвечает")
        if fault == "refused":
            raise Refused("Система отказала")
        yield
        if fault == "lost":
            raise WriteUnknown("Ответ потерян")


def _known(things: dict[str, T], key: str) -> T:
    if key not in things:
        raise NotFound(f"В другой системе нет {key}")
    return things[key]
