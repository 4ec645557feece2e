"""One hostile call, played to its end and written down: what was done, said, written and looked at, turn by turn."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.calls.conversation import Conversation, Reply
from bot.demo.hostile.callers import LONGEST, Act, Caller
from bot.demo.hostile.clinic import CALL_ID, WatchedClinic
from bot.domain.clinic import Patient, Visit
from bot.domain.clock import ManualClock
from crm_bridge.clinic_data import ClinicData
from dialogs.port import Interpretation, NluContext, Understands
from dialogs.script import Script

TURN: Final = timedelta(seconds=7)
"""How long a turn takes: holds run out in a long talk, as they do on the phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Something that was written in a turn; `visit` as it is afterwards."""

    topic: str
    visit: Visit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One turn: the caller's act and all that came of it. `dialog` is the engine's state afterwards, plain data."""

    act: Act | None
    said: str
    prompts: tuple[str, ...]
    state: str
    action: str | None
    dialog: Mapping[str, Any]
    writes: tuple[Write, ...] = ()
    looked_at: tuple[Patient, ...] = ()
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A whole call. `broken` is the exception that came out of it, `faults` those that were caught and logged."""

    caller: Caller
    moments: tuple[Moment, ...]
    outcome: Mapping[str, Any]
    broken: str = ""
    faults: tuple[str, ...] = ()
    held: int = 0
    people: tuple[Patient, ...] = ()
    about: Visit | None = None

    @property
    def acts(self) -> tuple[Act, ...]:
        """What the caller did."""
        return tuple(moment.act for moment in self.moments if moment.act is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all hostile calls share."""

    data: ClinicData
    scripts: Mapping[str, Script]
    understander: Understands
    now: datetime


class Remembering:
    """Understanding that answers the same words at the same question at once: calls are played over and over."""

    def __init__(self, understander: Understands) -> None:
        self._understander = understander
        self._known: dict[tuple[str, str, tuple[str, ...]], Interpretation] = {}

    async def interpret(self, text: str, context: NluContext) -> Interpretation:
        """The port Understands; the time of day, which moves some minutes within a call, makes no difference here."""
        key = (text, context.state, context.asked)
        if key not in self._known:
            self._known[key] = await self._understander.interpret(text, context)
        return self._known[key]


async def play(house: House, caller: Caller, acts: Sequence[Act] | None = None) -> Trace:
    """The caller's own talk, or the same caller with these `acts`; always ends with a hang-up at the latest."""
    call = _Call(house, caller)
    with _faults() as faults:
        broken = ""
        try:
            await call.lead(acts)
        except Exception as error:
            broken = f"{type(error).__name__}: {error}"
    return call.trace(broken, tuple(faults))


class _Call:
    def __init__(self, house: House, caller: Caller) -> None:
        self._caller = caller
        self._clock = ManualClock(house.now)
        self._clinic = WatchedClinic(house.data, self._clock)
        self._known = {person.id: person for person in self._clinic.people}
        self._talk = Conversation(
            script=house.scripts[caller.script],
            understander=house.understander,
            crm=self._clinic,
            clock=self._clock,
            call_id=CALL_ID,
            caller_phone=caller.phone,
            direction=caller.direction,
        )
        self._moments: list[Moment] = []
        self._outcome: Mapping[str, Any] = {}

    async def lead(self, acts: Sequence[Act] | None) -> None:
        await self._clinic.prepare(self._caller.script, self._caller.person)
        self._clinic.faults = random.Random(self._caller.number) if self._caller.outage else None
        reply = self._note(None, await self._talk.start())
        for number in range(LONGEST if acts is None else len(acts)):
            if reply.action is not None:
                break
            act = self._caller.act(reply.state) if acts is None else acts[number]
            self._clock.advance(TURN)
            reply = self._note(act, await self._do(act))
        if reply.action == "transfer":
            self._note(None, await self._talk.transfer_result(self._caller.transfer))
        self._outcome = await self._talk.hungup()

    async def _do(self, act: Act) -> Reply:
        if act.kind == "keys":
            return await self._talk.keys(act.text)
        return await (self._talk.silence() if act.kind == "silence" else self._talk.heard(act.text, 0.8))

    def _note(self, act: Act | None, reply: Reply) -> Reply:
        dialog = json.loads(json.dumps(self._talk.snapshot()))["dialog"] or {}
        self._moments.append(
            Moment(
                act=act,
                said=" ".join(say.text for say in reply.say),
                prompts=tuple(say.prompt_id for say in reply.say),
                state=reply.state,
                action=reply.action,
                dialog=dialog,
                writes=self._writes(),
                looked_at=self._looked_at(),
                held=self._clinic.held,
            )
        )
        return reply

    def _writes(self) -> tuple[Write, ...]:
        events, visits = list(self._clinic.events), self._clinic.visits
        self._clinic.events.clear()
        return tuple(Write(topic=event.topic, visit=visits.get(str(event.ids.get("visit_id")))) for event in events)

    def _looked_at(self) -> tuple[Patient, ...]:
        people = {person.id: person for person in self._clinic.people}
        found = tuple(people[one] for one in dict.fromkeys(self._clinic.looked_at) if one in people)
        self._clinic.looked_at.clear()
        return found

    def trace(self, broken: str, faults: tuple[str, ...]) -> Trace:
        dialog = self._moments[0].dialog if self._moments else {}
        told = dialog.get("vars", {}).get("visit") or {}
        return Trace(
            caller=self._caller,
            moments=tuple(self._moments),
            outcome=self._outcome,
            broken=broken,
            faults=faults,
            held=self._clinic.held,
            people=tuple(self._known.values()),
            about=self._clinic.visits.get(str(told.get("id"))),
        )


@contextmanager
def _faults() -> Iterator[list[str]]:
    """What was caught and logged with its traceback on the way: a fault of ours, although the caller was saved."""
    found: list[str] = []

    class Catch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and record.exc_info[1] is not None:
                effect = getattr(record, "effect", "")
                found.append(f"{record.getMessage()} {effect}: {record.exc_info[1]!r}")

    root = logging.getLogger()
    usual, root.handlers = root.handlers, [Catch()]  # a call that is shortened breaks the same rule a hundred times
    try:
        yield found
    finally:
        root.handlers = usual
