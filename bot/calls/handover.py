"""The way to a person: hold music, registrars rung in turn, a summary only they hear, accept or decline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.calls.desks import Desk, in_turn
from bot.calls.ports import Prompts
from bot.domain.clock import Clock
from dialogs.speech_text import spoken_abbreviations
from speech.port import Voice, VoiceUnavailable
from telephony.port import CallLeg, LegGone, PersonLeg, PersonNotReached

log = logging.getLogger(__name__)

NOBODY_NAMED: Mapping[str, str] = {}


class HandoverResult(StrEnum):
    """How the way to a person ended."""

    JOINED = "joined"
    NOT_REACHED = "not_reached"
    CALLER_GONE = "caller_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRules:
    """How long to ring, how long a person may think, which keys they press (settings `handover.*`)."""

    ring_seconds: float = 20
    accept_seconds: float = 15
    rounds: int = 1
    accept_key: str = "1"
    decline_key: str = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverReport:
    """The result, who took the call, and what each registrar's phone answered."""

    result: HandoverResult
    registrar: str | None = None
    attempts: tuple[tuple[str, str], ...] = ()


class Handover:
    """One state machine: holding -> ringing -> briefing -> joined, or back to the bot."""

    def __init__(
        self,
        desks: Sequence[Desk],
        rules: HandoverRules,
        prompts: Prompts,
        voice: Voice,
        *,
        clock: Clock,
        busy: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """`busy` tells which endpoints ring or talk now: those are passed over."""
        self._desks = desks
        self._clock = clock
        self._busy = busy
        self._rules = rules
        self._prompts = prompts
        self._voice = voice
        self._attempts: list[tuple[str, str]] = []

    async def run(self, leg: CallLeg, summary: str, wanted: Mapping[str, str] = NOBODY_NAMED) -> HandoverReport:
        """Find a person for this caller, first whom the fields `wanted` name.

        Meanwhile the caller hears music, and the bot again if nobody comes.
        Cancelling (the caller hung up) leaves no phone ringing.
        """
        try:
            briefing = await self._briefing(summary)
            await leg.hold(True)
            for _ in range(self._rules.rounds):
                for desk in in_turn(self._desks, wanted, self._clock.now()):
                    if desk.endpoint not in self._busy() and await self._try(leg, desk, briefing):
                        return self._report(HandoverResult.JOINED, desk.name)
            await leg.hold(False)
            return self._report(HandoverResult.NOT_REACHED)
        except LegGone:
            return self._report(HandoverResult.CALLER_GONE)

    async def _try(self, leg: CallLeg, desk: Desk, briefing: bytes) -> bool:
        try:
            person = await leg.ring(desk.endpoint, timeout_s=self._rules.ring_seconds, caller_name="Регистратура")
        except PersonNotReached as error:
            self._attempts.append((desk.name, error.cause.value))
            log.info("Registrar not reached", extra={"call_id": leg.call_id, "cause": error.cause.value})
            return False
        try:
            accepted = await self._brief(person, briefing)
            if accepted:
                await leg.join(person)
            else:
                await person.hangup()
        except PersonNotReached:
            accepted = False  # they hung up in the moment of joining; the caller is still on hold
        except BaseException:
            await asyncio.shield(person.hangup())
            raise
        self._attempts.append((desk.name, "accepted" if accepted else "declined"))
        return accepted

    async def _brief(self, person: PersonLeg, briefing: bytes) -> bool:
        """Play the summary until a key is pressed; no key in time, another key or hanging up declines."""
        playing = asyncio.create_task(person.play(briefing))
        try:
            limit = self._rules.accept_seconds + len(briefing) / 16000
            return await person.key(limit) == self._rules.accept_key
        except LegGone:
            return False
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)

    async def _briefing(self, summary: str) -> bytes:
        sound = bytearray()
        try:
            async for chunk in self._prompts.render(spoken_abbreviations(summary), self._voice):
                sound += chunk
        except VoiceUnavailable:
            log.error("No voice for the summary; the registrar hears none")
        return bytes(sound)

    def _report(self, result: HandoverResult, registrar: str | None = None) -> HandoverReport:
        return HandoverReport(result=result, registrar=registrar, attempts=tuple(self._attempts))

    @property
    def rules(self) -> HandoverRules:
        """Which keys accept and decline, among others."""
        return self._rules
