"""Makes the session of a leg: everything that one call needs, from what all calls share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.calls.conversation import Conversation
from bot.calls.desks import Desk
from bot.calls.facts import NOTHING, About
from bot.calls.handover import Handover, HandoverRules
from bot.calls.hearing import Hearing
from bot.calls.player import Player
from bot.calls.ports import EventSink, Journal, Prompts, RecordedPrompts
from bot.calls.scribe import Scribe
from bot.calls.session import CallSession, SessionLimits, kept_version
from bot.domain.call import CallRecord
from bot.domain.clock import Clock
from bot.domain.phone import normalize_phone
from speech.listener import Listener
from speech.port import Voice
from telephony.port import CallLeg

log = logging.getLogger(__name__)

JOURNAL_S = 2.0
"""A caller who stayed through a restart hears nothing until it is known which script they were in."""


class MakeConversation(Protocol):
    """Begins a talk; `about` is what an outbound call is about, `version` the script's that a call goes on with."""

    def __call__(
        self, *, call_id: str, caller: str | None, direction: str, script: str, version: int | None, about: About
    ) -> Conversation: ...


class AboutTask(Protocol):
    """What the call of a task is about."""

    async def __call__(self, task_id: str) -> About: ...


class TaskFinished(Protocol):
    """Settles a task whose call went on after a restart."""

    async def __call__(self, task_id: str, call_id: str, outcome: Mapping[str, Any], /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRunner:
    """Shared parts of all calls; `run` leads one leg with a script to its outcome."""

    line: str
    clock: Clock
    journal: Journal
    events: EventSink
    prompts: Prompts
    voice: Voice
    make_listener: Callable[[], Listener]
    make_conversation: MakeConversation
    about_task: AboutTask
    task_finished: TaskFinished
    desks: Sequence[Desk]
    busy_desks: Callable[[], Sequence[str]]
    rules: HandoverRules
    limits: SessionLimits
    duck_gain: float
    recordings: RecordedPrompts | None = None
    live: set[str] = field(default_factory=set)
    """Ids of the calls that are being led now."""

    async def run_adopted(self, leg: CallLeg) -> Mapping[str, Any]:
        """Lead a leg that came by itself: a new caller, or a call that a restart interrupted, in its own script."""
        known = await self._known(leg) if leg.resumed_state else None
        script = known.script if known else "inbound"
        task_id = known.task_id if known else None
        outcome = await self.run(leg, script, task_id)
        if task_id:
            await self.task_finished(task_id, leg.call_id, outcome)
        return outcome

    async def _known(self, leg: CallLeg) -> CallRecord | None:
        """What is written of a call that goes on; without an answer it is led as an inbound one."""
        try:
            async with asyncio.timeout(JOURNAL_S):
                return await self.journal.call(leg.call_id)
        except Exception:
            log.exception("The journal does not know a call that goes on", extra={"call_id": leg.call_id})
            return None

    async def run(self, leg: CallLeg, script: str, task_id: str | None) -> Mapping[str, Any]:
        """Lead a call by the named script; the dialer's port."""
        about = await self.about_task(task_id) if task_id else NOTHING
        conversation = self.make_conversation(
            call_id=leg.call_id,
            caller=normalize_phone(leg.caller),
            direction=leg.direction.value,
            script=script,
            version=kept_version(leg.resumed_state) if leg.resumed_state else None,
            about=about,
        )
        session = CallSession(
            leg=leg,
            conversation=conversation,
            hearing=Hearing(leg, self.make_listener(), self.events, conversation.foresee),
            player=Player(leg.media, self.prompts, self.voice, self.duck_gain, self.recordings),
            handover=Handover(self.desks, self.rules, self.prompts, self.voice, clock=self.clock, busy=self.busy_desks),
            scribe=Scribe(
                record=self._record(leg, conversation.script.version, script, task_id),
                journal=self.journal,
                events=self.events,
                clock=self.clock,
            ),
            limits=self.limits,
        )
        self.live.add(leg.call_id)
        try:
            return await session.run()
        finally:
            self.live.discard(leg.call_id)

    def _record(self, leg: CallLeg, version: int, script: str, task_id: str | None) -> CallRecord:
        return CallRecord(
            id=leg.call_id,
            direction=leg.direction.value,
            caller=leg.caller,
            called=leg.called,
            started_at=self.clock.now(),
            script=script,
            script_version=version,
            line=self.line,
            task_id=task_id,
        )
