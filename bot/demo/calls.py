"""Whole conversations on a stage: somebody phones the bot, or the bot phones somebody who takes the call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.demo.person import Part, Person
from bot.demo.stage import Stage
from bot.demo.watch import WatchedCall
from telephony.phone import PhoneCall

CALL_SECONDS = 180.0
RING_SECONDS = 40.0
KNOWN_SECONDS = 30.0
"""How long the service's word about a call that is up, or has ended, may take."""


class NotRung(Exception):
    """The bot was to phone, and the telephone did not ring; the text is what the dialer made of the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """A call that is over, and the bot's outcome of it."""

    call_id: str
    outcome: Mapping[str, Any]


class Calls:
    """Leads calls with synthesised people, one person a call; `seconds` is the longest that one may take."""

    def __init__(self, stage: Stage, *, seconds: float = CALL_SECONDS) -> None:
        self._stage = stage
        self._seconds = seconds

    async def phone_in(self, part: Part) -> Talked:
        """A patient phones the registry."""
        known = len(self._stage.watch.calls)
        phone = await self._stage.make_patient(part.phone).dial(self._stage.registry)
        return await self._talk(part, phone, known)

    async def be_phoned(self, part: Part, task_id: str) -> Talked:
        """The bot carries out a task, and the patient takes the call. Raises NotRung."""
        known = len(self._stage.watch.calls)
        dialling = asyncio.create_task(self._stage.service.outbound.dialer.dial(task_id))
        waiting = asyncio.create_task(self._stage.called_patient(part.phone).next_call())
        await asyncio.wait({waiting, dialling}, timeout=RING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            raise NotRung(await self._why(dialling, task_id))
        talked = await self._talk(part, await waiting.result().answer(), known)
        await dialling
        return talked

    async def _talk(self, part: Part, phone: PhoneCall, known: int) -> Talked:
        async with asyncio.timeout(KNOWN_SECONDS):
            call = await self._stage.watch.call_of(part.phone, since=known)
        await self._converse(part, phone, call)
        async with asyncio.timeout(KNOWN_SECONDS):
            return Talked(call_id=call.call_id, outcome=await self._stage.watch.ended(call))

    async def _converse(self, part: Part, phone: PhoneCall, call: WatchedCall) -> None:
        person = Person(part, self._stage.voices, self._stage.watch)
        try:
            async with asyncio.timeout(self._seconds):
                await person.talk(phone, call)
                await phone.wait_over()
        except TimeoutError:
            await phone.hangup()

    async def _why(self, dialling: asyncio.Task[None], task_id: str) -> str:
        if dialling.done():
            dialling.result()
        task = await self._stage.service.tasks.get(task_id)
        return f"{task.status.value} {task.result or ''}".strip() if task else "задачи нет"
