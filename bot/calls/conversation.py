"""One talk with one person: understanding, engine and effects together, the same for voice, text and tests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.calls import whois
from bot.calls.afterthought import Afterthought
from bot.calls.effects import Effects, writes
from bot.calls.facts import NOTHING, About, facts_of_call, nlu_directory
from bot.calls.reply import Reply, TransferRequest, transfer_of
from bot.domain.clinic import Patient
from bot.domain.clock import Clock
from crm_bridge.port import ClinicSystem
from dialogs.effects import UNAVAILABLE
from dialogs.engine import DialogState, advance, asked_slots, outcome_of, say_again
from dialogs.port import FALLBACK, Directory, Intent, Interpretation, NluContext, Understands
from dialogs.script import Script
from dialogs.step import Effect, EffectDone, Event, Heard, HungUp, Keys, Say, Silence, Started, Step

__all__ = ["Conversation", "Direction", "Reply", "TransferRequest"]

log = logging.getLogger(__name__)

_MAX_EFFECTS = 30

Direction = Literal["inbound", "outbound"]

NAME_KNOWN = 0.9
"""Confidence of a name that is almost letter for letter one that the clinic has under this phone."""


@dataclass(slots=True)
class _Work:
    """What one turn has gathered so far."""

    say: list[Say] = field(default_factory=list)
    effects: int = 0
    effect_ms: float = 0.0
    desk_changed: bool = False
    heard: Interpretation | None = None


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
    ) -> None:
        self._script = script
        self._understander = understander
        self._crm = crm
        self._clock = clock
        self._call_id = call_id
        self._caller = caller_phone
        self._direction = direction
        self._about = about
        self._clinic_phone = clinic_phone
        self._timeout_s = effect_timeout_s
        self._effects = Effects(crm, clock, call_id=call_id, caller=caller_phone, timeout_s=effect_timeout_s)
        self._state: DialogState | None = None
        self._said_state = "open"
        self._expected = "free"
        self._afterthought = Afterthought(clock)
        self._directory: Directory | None = None
        self._people: Sequence[Patient] | None = None
        self._foreseen: tuple[str, str, Interpretation] | None = None
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
            return await self._turn(Heard(interpretation=said, asr_confidence=asr_confidence), said)

    async def foresee(self, text: str) -> None:
        """These may be all the words of the turn: understand them while the silence after them still runs."""
        async with self._turns:
            try:
                self._foreseen = (text, self._said_state, await self._interpret(text))
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
                self._people = people
                return known | await facts_of_call(
                    self._crm, directory, people, direction=self._direction, about=self._about
                )
        except Exception as error:
            log.warning("The clinic's system is down", extra={"call_id": self._call_id, "error": type(error).__name__})
            return known | {"clinic": "", "known": 0, "crm_down": True}

    async def _understand(self, text: str) -> Interpretation:
        foreseen = self._foreseen  # of this turn: every turn clears it
        if foreseen is not None and foreseen[:2] == (text, self._said_state):
            return replace(foreseen[2], ms=0.0)  # nobody waited for it
        return await self._interpret(text)

    async def _interpret(self, text: str) -> Interpretation:
        asked = asked_slots(self._script, self._state) if self._state is not None else ()
        context = NluContext(state=self._said_state, now=self._clock.now(), directory=await self._names(), asked=asked)
        return await self._name_known(await self._understander.interpret(text, context), asked)

    async def _name_known(self, said: Interpretation, asked: Sequence[str]) -> Interpretation:
        """A name asked for and garbled on the line is written as the one that the clinic knows by this phone."""
        if "person_name" not in asked:
            return _without_stray_name(said)
        person = whois.by_name(said.text, await self._people_of_phone())
        if person is None:
            return said
        intent = said.intent if said.intent != FALLBACK else Intent.INFORM
        return replace(
            said,
            intent=intent,
            intents=said.intents if intent == said.intent else (intent,),
            confidence=max(said.confidence, NAME_KNOWN),
            slots={**said.slots, "person_name": person.full_name},
            guard="",
            policy="act",
            ask_red_flags=False,  # the words were this name; a strong red flag still stands
        )

    async def _people_of_phone(self) -> Sequence[Patient]:
        if self._people is None:
            try:
                async with asyncio.timeout(self._timeout_s):
                    self._people = tuple(await self._crm.patients_by_phone(self._caller)) if self._caller else ()
            except Exception:
                return ()
        return self._people

    async def _names(self) -> Directory:
        if self._directory is None:
            try:
                async with asyncio.timeout(self._timeout_s):
                    self._directory = nlu_directory(await self._effects.directory())
            except Exception:
                return Directory()
        return self._directory

    async def _turn(self, event: Event, heard: Interpretation | None = None) -> Reply:
        """Advance until the caller, a person or nobody is awaited, performing effects on the way."""
        work = _Work(heard=heard)
        self._foreseen = None
        step = self._advance(event, work)
        while step.effects and step.effects[0].name != "transfer":
            step = self._advance(await self._perform(step.effects[0], work), work)
        if step.effects and step.state.gone:
            step = self._advance(EffectDone(name="transfer", ok=False, value={"error": UNAVAILABLE}), work)
        return self._reply(step, work)

    async def _perform(self, effect: Effect, work: _Work) -> EffectDone:
        """Do one effect; a script that asks for them without end is told that the clinic does not answer."""
        work.effects += 1
        if work.effects > _MAX_EFFECTS:
            return EffectDone(name=effect.name, ok=False, value={"error": UNAVAILABLE})
        started = self._clock.monotonic()
        done = await self._effects.perform(effect)
        work.effect_ms += (self._clock.monotonic() - started) * 1000
        work.desk_changed = work.desk_changed or (done.ok and writes(effect.name))
        return done

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


def _without_stray_name(said: Interpretation) -> Interpretation:
    """A single word that looked like a name where none was asked for is no patient's name."""
    if len(said.slots.get("person_name", "").split()) != 1:
        return said
    return replace(said, slots={name: value for name, value in said.slots.items() if name != "person_name"})
