"""Carries the foreign outbox to the foreign systems: nothing is lost, nothing is blindly repeated."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.clock import Clock
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import BookingWish, CallFinished, CallStarted, LeadDraft, WriteUnknown
from crm_bridge.foreign_outbox import ForeignOutbox, ForeignWrite, WriteKind, WriteState
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.port import CrmError

log = logging.getLogger(__name__)

SAFE_TWICE = frozenset({WriteKind.CALL_STARTED, WriteKind.CALL_FINISHED, WriteKind.TASK_DONE, WriteKind.LEAD_MOVED})
"""Writes that say where something stands, or that a port promises to take once: a repetition changes nothing."""
_NOT_TAKEN = "Другая система не принимает запись дольше отведённого срока"
_NO_PREDECESSOR = "Не удалась запись, на которую эта опирается"
_UNKNOWN = "Неизвестно, принята ли запись, и спросить об этом нельзя"
_NOBODY = "Такой записи никто не принимает: проверьте, какая система подключена"

GivenUp = Callable[[ForeignWrite], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """Patience: the first pause doubles up to the longest; after `give_up_after` a write is left to people.

    `lease` is how long one attempt may take before another worker looks for what has become of it.
    """

    first_pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(minutes=10)
    give_up_after: timedelta = timedelta(hours=24)
    lease: timedelta = timedelta(minutes=2)


class ForeignRelay:
    """One round at a time; `given_up` is told of each write that people must see to."""

    def __init__(
        self,
        outbox: ForeignOutbox,
        systems: Sequence[ForeignSystem],
        clock: Clock,
        *,
        given_up: GivenUp,
        settings: RelaySettings | None = None,
    ) -> None:
        self._outbox = outbox
        self._systems: Mapping[str, ForeignSystem] = {system.name: system for system in systems}
        self._clock = clock
        self._given_up = given_up
        self._settings = settings or RelaySettings()

    async def round(self, limit: int = 100) -> int:
        """Try each write that is due once; returns how many were taken."""
        taken = 0
        for write in await self._outbox.due(self._clock.now(), limit=limit):
            if await self._outbox.claim(write, until=self._clock.now() + self._settings.lease):
                taken += await self._try(write)
        return taken

    async def _try(self, write: ForeignWrite) -> bool:
        try:
            reference = await self._found_or_sent(write)
        except WriteUnknown:
            await self._again(write, WriteState.SENT)
        except CrmError as error:
            if not error.retryable:
                await self._leave(write, str(error))
            else:
                # An outage while looking for a lost write tells nothing of that write.
                await self._again(write, write.state)
        except Exception:
            # A fault of ours, in the middle of who knows what: nothing may be lost, nothing sent twice.
            log.exception("a foreign write failed", extra={"write_id": write.id, "system": write.system})
            await self._again(write, WriteState.SENT)
        else:
            await self._outbox.done(write.id, reference)
            return True
        return False

    async def _found_or_sent(self, write: ForeignWrite) -> str:
        system = self._systems.get(write.system)
        if system is None:
            raise CrmError(_NOBODY)
        if write.state is WriteState.SENT and write.kind not in SAFE_TWICE:
            if system.booking is None:
                raise CrmError(_UNKNOWN)
            found = await system.booking.find_request(write.id)
            if found is not None:
                return found
        reference = ""
        if write.after is not None:
            before = await self._outbox.get(write.after)
            if before is None or before.state is not WriteState.DONE:
                raise CrmError(_NO_PREDECESSOR)
            reference = before.reference
        return await send(system, write, reference)

    async def _again(self, write: ForeignWrite, state: WriteState) -> None:
        now = self._clock.now()
        if now - write.created_at >= self._settings.give_up_after:
            await self._leave(write, _NOT_TAKEN)
            return
        pause = min(self._settings.first_pause * 2 ** min(write.attempts, 16), self._settings.longest_pause)
        await self._outbox.again(write.id, at=now + pause, state=state)

    async def _leave(self, write: ForeignWrite, fault: str) -> None:
        log.error("a foreign write was left to people", extra={"write_id": write.id, "system": write.system})
        # Told first: a crash between the two tells twice, the other order would tell nobody.
        await self._given_up(write)
        await self._outbox.give_up(write.id, fault)


async def send(system: ForeignSystem, write: ForeignWrite, reference: str) -> str:
    """Hand one write to its port; `reference` is what the write before it has got. Returns its own, if any."""
    content: dict[str, Any] = dict(write.content)
    match write.kind:
        case WriteKind.BOOKING if system.booking:
            at = content.pop("wished_at", None)
            wished_at = datetime.fromisoformat(at) if at else None
            return await system.booking.request_booking(
                BookingWish(request_id=write.id, wished_at=wished_at, **content)
            )
        case WriteKind.LEAD_OPENED if system.leads:
            return await system.leads.open_lead(LeadDraft(request_id=write.id, **content))
        case WriteKind.LEAD_MOVED if system.leads:
            stage = LeadStage(content["stage"])
            await system.leads.move_lead(reference, stage, comment=content["comment"], reason=content["reason"])
        case WriteKind.TASK_DONE if system.tasks:
            await system.tasks.complete_task(content["task_id"], content["outcome"], content["comment"])
        case _:
            return await _send_call(system, write.kind, content, reference)
    return reference


async def _send_call(system: ForeignSystem, kind: WriteKind, content: dict[str, Any], reference: str) -> str:
    calls = system.calls
    match kind:
        case WriteKind.CALL_STARTED if calls:
            started_at = datetime.fromisoformat(content.pop("started_at"))
            return await calls.call_started(CallStarted(started_at=started_at, **content))
        case WriteKind.CALL_FINISHED if calls:
            ended_at = datetime.fromisoformat(content.pop("ended_at"))
            await calls.call_finished(reference, CallFinished(ended_at=ended_at, **content))
        case WriteKind.RECORDING if calls:
            await calls.attach_recording(reference, Path(content["path"]))
        case _:
            raise CrmError(_NOBODY)
    return reference
