"""What the page is made of: its ports over the service's real parts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.calls.conversation import Conversation, Reply
from bot.domain.clinic import ClinicRequest, RequestStatus, Visit
from bot.domain.follow_up import Actor, ActorKind
from bot.domain.task import CallTask
from bot.web.ports import AuditEntry, Chat, ChatReply, Condition, PartHealth
from crm_bridge.port import ClinicSystem

log = logging.getLogger(__name__)

PROBE_SECONDS = 1.5


AT_THE_PAGE = Actor(kind=ActorKind.SYSTEM, id="page")
"""Whoever sits at the clinic's own computer, until people sign in."""


class Advance(Protocol):
    """Moves a request on."""

    def __call__(self, request_id: str, status: RequestStatus, /, *, by: Actor) -> Awaitable[object]: ...


class Desk:
    """The port DeskView over the clinic's system and the tasks."""

    def __init__(
        self,
        clinic: ClinicSystem,
        tasks: Callable[[], Awaitable[Sequence[CallTask]]],
        zone: ZoneInfo,
        *,
        advance: Advance,
    ) -> None:
        self._clinic = clinic
        self._tasks = tasks
        self._zone = zone
        self._advance = advance

    async def visits_on(self, day: date) -> Sequence[Visit]:
        start = datetime.combine(day, clock_time(), tzinfo=self._zone)
        return await self._clinic.visits_between(start, start + timedelta(days=1), closed=True)

    async def open_requests(self) -> Sequence[ClinicRequest]:
        return await self._clinic.open_requests()

    async def open_tasks(self) -> Sequence[CallTask]:
        return await self._tasks()

    async def finish_request(self, request_id: str) -> None:
        await self._advance(request_id, RequestStatus.DONE, by=AT_THE_PAGE)


class TypedChat:
    """The port Chat over a Conversation: what a call would say, with the time of each stage."""

    def __init__(self, conversation: Conversation) -> None:
        self._talk = conversation
        self._over = False

    async def start(self) -> ChatReply:
        return await self._timed(self._talk.start())

    async def say(self, text: str) -> ChatReply:
        return await self._timed(self._talk.heard(text))

    async def keys(self, digits: str) -> ChatReply:
        return await self._timed(self._talk.keys(digits))

    async def silence(self) -> ChatReply:
        return await self._timed(self._talk.silence())

    async def hangup(self) -> ChatReply:
        self._over = True
        return ChatReply(bot=(), state="over", action="hangup", outcome=await self._talk.hungup())

    async def _timed(self, turn: Awaitable[Reply]) -> ChatReply:
        started = time.perf_counter()
        reply = await turn
        total = (time.perf_counter() - started) * 1000
        dialog = max(0.0, total - reply.nlu_ms - reply.effect_ms)
        return ChatReply(
            bot=tuple(say.text for say in reply.say),
            state=reply.state,
            intent=reply.intent,
            confidence=reply.confidence,
            slots=dict(reply.slots),
            action=reply.action,
            timings={"nlu": reply.nlu_ms, "crm": reply.effect_ms, "dialog": dialog, "total": total},
            outcome=await self._talk.hungup() if reply.action else None,
        )


class TypedChats:
    """The port ChatFactory."""

    def __init__(self, make: Callable[[str | None], Conversation]) -> None:
        self._make = make

    async def open(self, *, caller: str | None) -> Chat:
        return TypedChat(self._make(caller))


class RecordingFolder:
    """The port Recordings over the folders that the lines record into; anything outside them does not exist."""

    def __init__(self, *folders: Path) -> None:
        self._folders = [folder.resolve() for folder in folders]

    def path(self, recording: str) -> Path | None:
        file = Path(recording).resolve()
        inside = any(file.is_relative_to(folder) for folder in self._folders)
        return file if inside and file.is_file() else None


class LogAudit:
    """The port Audit as lines of an append-only file, until people sign in."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def record(self, entry: AuditEntry) -> None:
        line = f"{entry.at.isoformat()} {entry.who} {entry.access.value} {entry.call_id}\n"
        await asyncio.to_thread(self._append, line)

    def _append(self, line: str) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How to ask one part how it is: the answer is a detail, an exception means that it is in `fault`."""

    ask: Callable[[], Awaitable[str]]
    remedy: str
    fault: Condition = Condition.DOWN


class Health:
    """The port HealthCheck: every part asked at once, each with a time limit."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes

    async def check(self) -> Sequence[PartHealth]:
        return await asyncio.gather(*(self._one(name, probe) for name, probe in self._probes.items()))

    async def _one(self, name: str, probe: Probe) -> PartHealth:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return PartHealth(name=name, condition=Condition.OK, detail=await probe.ask())
        except Exception as error:
            log.warning("A part is down", extra={"part": name, "error": type(error).__name__})
            return PartHealth(name=name, condition=probe.fault, detail=probe.remedy)
