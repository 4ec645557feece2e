"""One talk with one person: understanding, engine and effects together, the same for voice, text and tests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.calls.afterthought import Afterthought
from bot.calls.effects import Effects, writes
from bot.calls.facts import NOTHING, About, facts_of_call
from bot.calls.foresight import Foreseen
from bot.calls.kept import Kept
from bot.calls.reading import Reader
from bot.calls.reply import Reply, TransferRequest, transfer_of
from bot.calls.unclear import Keep, UnclearTurns
from bot.domain.clock import Clock
from crm_bridge.port import ClinicSystem
from dialogs.effects import UNAVAILABLE, UNDERSTAND
from dialogs.engine import DialogState, advance, asked_slots, compact, outcome_of, say_again
from dialogs.port import FALLBACK, Interpretation, Understands
from dialogs.script import Script
from dialogs.step import Effect, EffectDone, Event, Heard, HungUp, Keys, Say, Silence, Started, Step

__all__ = ["Conversation", "Direction", "Reply", "TransferRequest"]

log = logging.getLogger(__name__)

_MAX_EFFECTS = 30

Direction = Literal["inbound", "outbound"]


@dataclass(slots=True)
class _Work:
    """What one turn has gathered so far."""

    say: list[Say] = field(default_factory=list)
    effects: int = 0
    effect_ms: float = 0.0
    desk_changed: bool = False
    heard: Interpretation | None = None
    ready: Foreseen | None = None


class Conversation:
    """Leads a call from its start to its outcome. Nothing that the clinic's system does makes it raise."""

    def __init__(
        self,
        *,
        script: Script,
        understander: Understands,
        crm: ClinicSystem,
        clock: Clock,
        call_id: str,
        caller_phone: str | None,
        direction: Direction = "inbound",
        about: About = NOTHING,
        clinic_phone: str = "",
        effect_timeout_s: float = 4.0,
        keep_unclear: Keep | None = None,
    ) -> None:
        self._script = script
        self._crm = crm
        self._clock = clock
        self._call_id = call_id
        self._caller = caller_phone
        self._direction = direction
        self._about = about
        self._clinic_phone = clinic_phone
        self._timeout_s = effect_timeout_s
        self._effects = Effects(crm, clock, call_id=call_id, caller=caller_phone, timeout_s=effect_timeout_s)
        self._reader = Reader(
            understander,
            crm,
            clock,
            caller=caller_phone,
            directory=self._effects.directory,
            timeout_s=effect_timeout_s,
        )
        self._kept = Kept()
        self._state: DialogState | None = None
        self._said_state = "open"
        self._expected = "free"
        self._afterthought = Afterthought(clock)
        self._unclear = UnclearTurns(keep_unclear, clock, call_id) if keep_unclear is not None else None
        self._foreseen: Foreseen | None = None
        self._turns = asyncio.Lock()

    async def start(self) -> Reply:
        """Look up what is known and begin."""
        async with self._turns:
            return await self._turn(Started(facts=await self._facts()))

    async def heard(self, text: str, asr_confidence: float | None = None) -> Reply:
        """The caller said this; `asr_confidence` 0..1 of the recogniser, None for typed text."""
        async with self._turns:
            said = await self._understand(text)
            if asr_confidence is not None and self._state is not None:  # what is typed has no pauses in it
                if self._afterthought.is_one(said, self._expected):
                    return self._reply(say_again(self._script, self._state), _Work(heard=said))
                self._afterthought.heard(said)
            if self._unclear is not None:
                self._unclear.heard(said, state=self._said_state, directory=await self._reader.names())
            return await self._turn(Heard(interpretation=said, asr_confidence=asr_confidence), said)

    async def foresee(self, text: str) -> None:
        """These may be all the words of the turn: understand them, and look up what they ask for, in the pause."""
        async with self._turns:
            try:
                said = replace(await self._interpret(text), ms=0.0)  # nobody waits for it
                self._foreseen = Foreseen(text, self._said_state, said)
                if self._state is not None:
                    await self._foreseen.read_ahead(self._script, self._state, self._do)
            except Exception as error:
                log.warning("Nothing was foreseen", extra={"call_id": self._call_id, "error": type(error).__name__})

    async def unheard(self) -> Reply:
        """The caller spoke, but the words were lost on the way: ask again, then offer keys, then a person."""
        async with self._turns:
            lost = Interpretation(
                text="", normalized="", intent=FALLBACK, confidence=0.0, intents=(FALLBACK,), guard="unclear"
            )
            return await self._turn(Heard(interpretation=lost), lost)

    async def keys(self, digits: str) -> Reply:
        """The caller pressed these keys."""
        async with self._turns:
            return await self._turn(Keys(digits=digits))

    async def silence(self) -> Reply:
        """The caller said nothing in time."""
        async with self._turns:
            return await self._turn(Silence())

    async def transfer_result(self, result: str) -> Reply:
        """How the handover ended: `joined`, `not_reached` (the bot goes on) or `caller_gone`."""
        async with self._turns:
            if result == "caller_gone":
                return await self._turn(HungUp())
            joined = result == "joined"
            value = {"result": result} if joined else {"error": result}
            return await self._turn(EffectDone(name="transfer", ok=joined, value=value))

    async def hungup(self) -> dict[str, Any]:
        """The caller has gone: finish what was agreed, give back what was held; return the outcome."""
        async with self._turns:
            if self._state is not None and not self._state.ended:
                await self._turn(HungUp())
            return self.outcome()

    async def leave_callback(self, reason: str) -> bool:
        """Leave a call-back task outside the script, when the call itself broke; False when even that failed."""
        async with self._turns:
            done = await self._effects.perform(Effect(name="callback", args={"reason": reason}))
            return done.ok

    def outcome(self) -> dict[str, Any]:
        """The outcome at this moment, in the form of the outcome line; never empty."""
        return outcome_of(self._state)

    def snapshot(self) -> dict[str, Any]:
        """Return all that is needed to go on after a restart, as JSON data."""
        dialog = self._state.to_json() if self._state is not None else None
        return {"version": self._script.version, "state": self._said_state, "dialog": dialog}

    @property
    def script(self) -> Script:
        """What leads the talk."""
        return self._script

    def resume(self, snapshot: Mapping[str, Any]) -> Reply:
        """Take a snapshot up and say the last turn again."""
        dialog = snapshot.get("dialog")
        if not dialog:
            return Reply(state=self._said_state)
        self._state = DialogState.from_json(dialog)
        self._said_state = str(snapshot.get("state") or "open")
        return self._reply(say_again(self._script, self._state), _Work())

    async def _facts(self) -> dict[str, Any]:
        known = {
            "now": self._clock.now().isoformat(timespec="minutes"),
            "direction": self._direction,
            "caller": self._caller or "",
            "clinic_phone": self._clinic_phone,
        }
        try:
            async with asyncio.timeout(self._timeout_s):
                directory = await self._effects.directory()
                people = await self._crm.patients_by_phone(self._caller) if self._caller else ()
                self._reader.meet(people)
                return known | await facts_of_call(
                    self._crm, directory, people, direction=self._direction, about=self._about
                )
        except Exception as error:
            log.warning("The clinic's system is down", extra={"call_id": self._call_id, "error": type(error).__name__})
            return known | {"clinic": "", "known": 0, "crm_down": True}

    async def _understand(self, text: str) -> Interpretation:
        foreseen = self._foreseen  # of this turn: every turn clears it
        if foreseen is not None and (foreseen.text, foreseen.state) == (text, self._said_state):
            return foreseen.said
        return await self._interpret(text)

    async def _interpret(self, text: str) -> Interpretation:
        asked = asked_slots(self._script, self._state) if self._state is not None else ()
        return await self._reader.read(text, self._said_state, asked)

    async def _turn(self, event: Event, heard: Interpretation | None = None) -> Reply:
        """Advance until the caller, a person or nobody is awaited, performing effects on the way."""
        foreseen, self._foreseen = self._foreseen, None
        ready = foreseen if foreseen is not None and heard is foreseen.said else None
        work = _Work(heard=heard, ready=ready)
        step = self._advance(event, work)
        while step.effects and step.effects[0].name != "transfer":
            step = self._advance(await self._perform(step.effects[0], work), work)
        if step.effects and step.state.gone:
            step = self._advance(EffectDone(name="transfer", ok=False, value={"error": UNAVAILABLE}), work)
        if step.hangup:
            for left in self._kept.give_back():
                await self._effects.perform(left)
        return self._reply(step, work)

    async def _perform(self, effect: Effect, work: _Work) -> EffectDone:
        """Do one effect; a script that asks for them without end is told that the clinic does not answer."""
        work.effects += 1
        if work.effects > _MAX_EFFECTS:
            return EffectDone(name=effect.name, ok=False, value={"error": UNAVAILABLE})
        started = self._clock.monotonic()
        ready = work.ready.take(effect) if work.ready is not None else None
        done = ready or await self._do(effect)
        self._kept.note(effect, done)
        work.effect_ms += (self._clock.monotonic() - started) * 1000
        work.desk_changed = work.desk_changed or (done.ok and writes(effect.name))
        return done

    async def _do(self, effect: Effect) -> EffectDone:
        if effect.name != UNDERSTAND:
            return await self._effects.perform(effect)
        said = await self._reader.read_anew(str(effect.args["text"]))
        return EffectDone(name=effect.name, ok=True, value=compact(said, None))

    def _advance(self, event: Event, work: _Work) -> Step:
        step = advance(self._script, self._state, event)
        self._state = step.state
        work.say.extend(step.say)
        return step

    def _reply(self, step: Step, work: _Work) -> Reply:
        if step.listen is not None:
            self._said_state = step.listen.state
            self._expected = step.listen.expected
        transfer = transfer_of(step)
        heard = work.heard
        return Reply(
            say=tuple(work.say) or step.say,
            listen=step.listen,
            action="transfer" if transfer else "hangup" if step.hangup else None,
            transfer=transfer,
            state=self._said_state,
            intent=heard.intent if heard else None,
            confidence=round(heard.confidence, 3) if heard else None,
            slots=dict(heard.slots) if heard else {},
            effect_ms=work.effect_ms,
            nlu_ms=heard.ms if heard else 0.0,
            desk_changed=work.desk_changed,
        )
