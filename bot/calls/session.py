"""One live call, from the first ring to the committed outcome: the turn loop, the same for both directions."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.calls.conversation import Conversation, Reply
from bot.calls.handover import NOBODY_NAMED, Handover, HandoverReport, HandoverResult
from bot.calls.hearing import Heard, Hearing, HearingLost, HungUpInput, Input, KeysPressed, NothingHeard, VoiceLost
from bot.calls.player import Player
from bot.calls.scribe import Scribe
from bot.calls.script_words import has_place, phrase_of
from dialogs.step import Say
from telephony.port import CallLeg, LegGone, LineError

log = logging.getLogger(__name__)


def pack(snapshot: Mapping[str, Any]) -> str:
    """A snapshot as short text: Cyrillic JSON outgrows what a channel variable holds."""
    text = json.dumps(snapshot, ensure_ascii=False, separators=(",", ":"))
    return base64.b85encode(zlib.compress(text.encode(), 9)).decode()


def kept_version(state: str) -> int | None:
    """The version of the script that a kept talk is led by."""
    version = unpack(state).get("version")
    return version if isinstance(version, int) else None


def unpack(state: str) -> dict[str, Any]:
    """What `pack` made; an unreadable state is an empty one, and the talk begins anew."""
    try:
        return dict(json.loads(zlib.decompress(base64.b85decode(state))))
    except (ValueError, zlib.error):
        log.warning("The kept state of a call is unreadable")
        return {}


class SpeechlessError(Exception):
    """No voice speaks: the caller has heard no question and needs a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Limits of one call (settings `call.*`)."""

    max_seconds: float = 1200


class CallSession:
    """Owns one leg until it ends; `run` never leaves the call without an outcome."""

    def __init__(
        self,
        *,
        leg: CallLeg,
        conversation: Conversation,
        hearing: Hearing,
        player: Player,
        handover: Handover,
        scribe: Scribe,
        limits: SessionLimits,
    ) -> None:
        self._leg = leg
        self._talk = conversation
        self._hearing = hearing
        self._player = player
        self._handover = handover
        self._scribe = scribe
        self._limits = limits
        self._keeping: asyncio.Task[None] | None = None

    async def run(self) -> dict[str, object]:
        """Lead the call to its end and return its outcome."""
        try:
            await self._scribe.opened()
            return await self._lead()
        finally:
            self._scribe.close()

    async def _lead(self) -> dict[str, object]:
        try:
            async with asyncio.timeout(self._limits.max_seconds):
                outcome = await self._talk_through()
        except asyncio.CancelledError:
            # The service is stopping: the caller stays at the exchange and is re-adopted by the next start.
            self._player.stop()
            await self._hearing.close()
            await self._settled()
            raise
        except LegGone:
            outcome = await self._talk.hungup()
        except Exception:
            log.exception("A call failed; the caller goes to a person", extra={"call_id": self._leg.call_id})
            outcome = await self._rescue()
        self._player.stop()
        await self._finish(outcome)
        return outcome

    async def _talk_through(self) -> dict[str, object]:
        if self._leg.with_person:
            return await self._wait_out()
        reply = await self._begin()
        while True:
            if reply.action == "hangup":
                return await self._say_and_end(reply)
            if reply.action == "transfer":
                next_reply = await self._transfer(reply)
            else:
                next_reply = await self._exchange(reply)
            if next_reply is None:
                return await self._talk.hungup()
            reply = next_reply

    async def _wait_out(self) -> dict[str, object]:
        """A restart in the middle of a talk with a registrar: there is nothing to do but to see its end."""
        self._hearing.start()
        snapshot = unpack(self._leg.resumed_state) if self._leg.resumed_state else {}
        if has_place(self._talk.script, snapshot):
            self._talk.resume(snapshot)
        await self._hearing.hung_up()
        return await self._talk.hungup()

    async def _begin(self) -> Reply:
        """Prepare the first words while the line is being answered."""
        first = None if self._leg.resumed_state else asyncio.create_task(self._talk.start())
        try:
            await self._leg.answer()
        except LegGone:
            if first is not None:
                await asyncio.wait({first})
            raise
        self._hearing.start()
        if first is not None:
            self._scribe.answered()
            return await first
        return (await self._taken_up()).preceded_by(self._own("resumed"))

    async def _taken_up(self) -> Reply:
        """The last turn again; the talk begins anew where its state was lost."""
        snapshot = unpack(self._leg.resumed_state or "")
        return self._talk.resume(snapshot) if has_place(self._talk.script, snapshot) else await self._talk.start()

    async def _exchange(self, reply: Reply) -> Reply | None:
        """Speak, listen, understand: one turn. None when the caller has hung up."""
        self._player.play(reply.say, self._bot_spoke)
        self._scribe.bot_speaks(reply)
        self._keep()
        heard = await self._hearing.next_input(reply.listen, self._player)
        self._bot_spoke()
        if isinstance(heard, HungUpInput):
            return None
        return await self._answer_to(heard)

    def _bot_spoke(self) -> None:
        self._scribe.bot_spoke(self._player.first_packet_at)

    async def _answer_to(self, heard: Input) -> Reply:
        match heard:
            case Heard() if heard.text:
                reply = await self._talk.heard(heard.text, heard.confidence)
            case Heard() | HearingLost():
                reply = await self._talk.unheard()
            case KeysPressed():
                reply = await self._talk.keys(heard.digits)
            case VoiceLost():
                raise SpeechlessError
            case NothingHeard() | HungUpInput():
                reply = await self._talk.silence()
        self._scribe.first(self._player.begun)
        self._scribe.caller_spoke(heard, reply)
        return reply

    async def _transfer(self, reply: Reply) -> Reply | None:
        """Say so, find a person, and be out of it; or come back with the bot's apology."""
        self._keep()
        await self._say(reply)
        asked = reply.transfer
        report = await self._until_hangup(asked.summary_text if asked else "", asked.fields if asked else {})
        self._scribe.handover(report)
        if report.result is HandoverResult.CALLER_GONE:
            return None
        back = await self._talk.transfer_result(report.result.value)
        if report.result is HandoverResult.JOINED:
            await self._hearing.hung_up()
            return None
        return back

    async def _until_hangup(self, summary: str, wanted: Mapping[str, str] = NOBODY_NAMED) -> HandoverReport:
        """Run the handover; a caller who hangs up cancels it, and no registrar's phone rings on."""
        told = f"{summary} {self._how_to_accept()}"
        search = asyncio.create_task(self._handover.run(self._leg, told, wanted))
        gone = asyncio.create_task(self._hearing.hung_up())
        await asyncio.wait({search, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if not search.done():
            search.cancel()
            await asyncio.gather(search, return_exceptions=True)
            return HandoverReport(result=HandoverResult.CALLER_GONE)
        return search.result()

    async def _say(self, reply: Reply) -> None:
        self._scribe.bot_speaks(reply)
        await self._tell(*reply.say)
        self._bot_spoke()

    async def _tell(self, *says: Say) -> None:
        """Speak to the end, or until the caller hangs up."""
        self._player.play(says)
        finished = asyncio.create_task(self._player.finished())
        gone = asyncio.create_task(self._hearing.hung_up())
        await asyncio.wait({finished, gone}, return_when=asyncio.FIRST_COMPLETED)
        finished.cancel()
        gone.cancel()

    async def _say_and_end(self, reply: Reply) -> dict[str, object]:
        await self._say(reply)
        return self._talk.outcome()

    def _keep(self) -> None:
        """Kept while the caller listens: nothing may stand between the decision and the first packet."""
        self._keeping = asyncio.create_task(self._keep_state(self._keeping))

    async def _keep_state(self, before: asyncio.Task[None] | None) -> None:
        """Keep the talk with the call; a call that cannot keep it goes on, it only could not be resumed."""
        await self._player.begun()
        state = pack(self._talk.snapshot())
        if before is not None:
            await asyncio.wait({before})
        try:
            await self._leg.save_state(state)
        except LegGone:
            return  # the turn loop hears of it too
        except (LineError, ValueError):
            log.warning("The state of a call was not kept", extra={"call_id": self._leg.call_id})

    async def _settled(self) -> None:
        """What was begun behind the call's back is done."""
        if self._keeping is not None:
            await asyncio.wait({self._keeping})
        await self._scribe.settled()

    def _own(self, name: str) -> Say:
        """What the call says outside the talk."""
        return Say(text=phrase_of(self._talk.script, name), prompt_id=name)

    def _how_to_accept(self) -> str:
        rules = self._handover.rules
        return phrase_of(self._talk.script, "accept", accept_key=rules.accept_key, decline_key=rules.decline_key)

    async def _rescue(self) -> dict[str, object]:
        """Something of ours broke: a person, else a call-back task; the caller is told either way."""
        try:
            self._hearing.start()
            await self._leg.hold(False)
            await self._tell(self._own("broken"))
            report = await self._until_hangup(phrase_of(self._talk.script, "broken_summary"))
            self._scribe.handover(report)
            if report.result is HandoverResult.JOINED:
                await self._hearing.hung_up()
                return {"outcome": "transferred", "reason": "technical", "happened": ["transferred"]}
            if report.result is HandoverResult.NOT_REACHED:
                await self._tell(self._own("nobody"))
        except LegGone:
            log.info("The caller went during the rescue", extra={"call_id": self._leg.call_id})
        except Exception:
            log.exception("The rescue of a call failed", extra={"call_id": self._leg.call_id})
        await self._talk.leave_callback("technical")
        return {"outcome": "transferred", "reason": "technical", "status": "callback", "happened": ["transferred"]}

    async def _finish(self, outcome: dict[str, object]) -> None:
        """Hang up, close the recording and the record; each step whatever became of the one before."""
        await self._hearing.close()
        if self._keeping is not None:
            self._keeping.cancel()
        try:
            await self._leg.hangup()
        except Exception:
            log.exception("Hanging up failed", extra={"call_id": self._leg.call_id})
        recording = None
        try:
            recording = await self._leg.finish_recording()
        except Exception:
            log.exception("Closing the recording failed", extra={"call_id": self._leg.call_id})
        await self._scribe.ended(outcome, recording)
