"""A service on the simulated line: real sessions and talk, a scripted recogniser, a voice of tones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.calls.conversation import Conversation
from bot.calls.desks import Desk
from bot.calls.facts import NOTHING, About
from bot.calls.handover import HandoverRules
from bot.calls.memory import MemoryEvents, MemoryJournal
from bot.calls.ports import Journal, RecordedPrompts
from bot.calls.runner import CallRunner
from bot.calls.service import CallService
from bot.calls.session import SessionLimits
from bot.domain.call import CallRecord, Speaker
from bot.domain.clock import SystemClock
from bot.domain.events import TurnTaken
from speech.listener import Listener
from speech.pcm import tone
from speech.port import Voice
from speech.prompts import PromptCache
from speech.scripted import LoudnessGate, ScriptedDetector, ScriptedRecognizer, ScriptedSynthesizer
from telephony.simulated import SimulatedExchange, SimulatedLine
from telephony.simulated.exchange import Wire
from telephony.simulated.handset import Handset
from tests.fixtures.talk import Talk

SPEED = 20.0
CALLER = "+79165550000"
DESKS = (Desk(name="Окно 1", endpoint="reg-101"),)


async def eventually(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait for what sound and events bring about; fails loudly when it does not come."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.002)


@dataclass(slots=True)
class Rig:
    """One clinic's service and its telephones. A second one on the same exchange is a restart of the first."""

    talk: Talk
    exchange: SimulatedExchange
    journal: Journal = field(default_factory=MemoryJournal)
    limits: SessionLimits = field(default_factory=SessionLimits)
    make: Callable[..., Conversation] | None = None
    recordings: RecordedPrompts | None = None
    recognizer: ScriptedRecognizer = field(default_factory=ScriptedRecognizer)
    detector: ScriptedDetector = field(default_factory=ScriptedDetector)
    voice: ScriptedSynthesizer = field(default_factory=ScriptedSynthesizer)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    finished_tasks: list[str] = field(default_factory=list)
    line: SimulatedLine = field(init=False)
    runner: CallRunner = field(init=False)
    service: CallService = field(init=False)

    def __post_init__(self) -> None:
        self.line = SimulatedLine(self.exchange)
        self.runner = CallRunner(
            line="simulated",
            clock=SystemClock(),
            journal=self.journal,
            events=self.events,
            prompts=PromptCache(self.voice, None),
            voice=Voice(),
            make_listener=lambda: Listener(self.recognizer, self.detector, gate=LoudnessGate()),
            make_conversation=self.make or self._conversation,
            about_task=self._about_nothing,
            task_finished=self._finished,
            desks=DESKS,
            busy_desks=self.line.busy_endpoints,
            rules=HandoverRules(ring_seconds=2, accept_seconds=2),
            limits=self.limits,
            duck_gain=0.25,
            recordings=self.recordings,
        )
        self.service = CallService(self.line, self.runner.run_adopted, drain_seconds=0.0)

    def _conversation(
        self, *, call_id: str, caller: str | None, direction: str, script: str, version: int | None, about: About
    ) -> Conversation:
        return self.talk(caller=caller)

    async def _about_nothing(self, task_id: str) -> About:
        return NOTHING

    async def _finished(self, task_id: str, call_id: str, outcome: Mapping[str, Any], /) -> None:
        self.finished_tasks.append(task_id)

    async def __aenter__(self) -> Rig:
        await self.service.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.service.close()

    async def dial(self, number: str = CALLER) -> Handset:
        """A patient phones and is answered."""
        return await asyncio.wait_for(self.exchange.phone(number).dial("registry"), 5)

    async def accept(self, desk: Handset) -> None:
        """The registrar presses the key until they are joined with the caller."""
        while not any(wire.person for wire in self._wires()):
            assert not desk.over
            await desk.press("1")
            await asyncio.sleep(0.01)

    def bot_turns(self) -> list[TurnTaken]:
        """What the bot has begun to say, each turn once."""
        seen: dict[int, TurnTaken] = {}
        for event in self.events.events:
            if isinstance(event, TurnTaken) and event.speaker is Speaker.BOT:
                seen.setdefault(event.number, event)
        return list(seen.values())

    async def asked(self, state: str, *, times: int = 1) -> None:
        """Return when the bot has asked this so many times."""
        try:
            await eventually(lambda: sum(turn.state == state for turn in self.bot_turns()) >= times, 20)
        except TimeoutError:
            raise AssertionError(f"not asked: {state}; {[(t.state, t.text) for t in self.bot_turns()]}") from None

    async def quiet(self) -> None:
        """Return when the bot has said all it had to say."""
        await eventually(lambda: all(not (wire.media and wire.media.pending_ms()) for wire in self._wires()), 20)

    def _wires(self) -> list[Wire]:
        return list(self.exchange.wires.values())

    def said(self) -> str:
        """All that the bot has begun to say."""
        return " ".join(turn.text for turn in self.bot_turns())

    def spoken(self) -> str:
        """All that was given to the voice."""
        return " ".join(text for text, _ in self.voice.spoken)

    async def record(self) -> CallRecord:
        """The only call's record, when it has an outcome."""
        journal = self.journal
        assert isinstance(journal, MemoryJournal)
        await eventually(lambda: any(call.outcome for call in journal.calls.values()), 30)
        (record,) = journal.calls.values()
        return record

    async def outcome(self) -> dict[str, Any]:
        """The only call's outcome, when it has one."""
        return dict((await self.record()).outcome or {})


def speech(ms: int = 800) -> bytes:
    """What the recogniser takes for somebody speaking."""
    return tone(700.0, ms, 0.3)


@contextlib.asynccontextmanager
async def nothing_left(exchange: SimulatedExchange) -> Any:
    """Afterwards no call is up, no phone rings, and no task of ours still runs."""
    before = asyncio.all_tasks()
    yield
    await eventually(lambda: not exchange.wires)

    def ours() -> set[asyncio.Task[Any]]:
        return {task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()}

    try:
        await eventually(lambda: not ours(), 3)
    except TimeoutError:
        raise AssertionError(f"still running: {ours()}") from None


def exchange_in(folder: Path) -> SimulatedExchange:
    """Twenty times as quick as life, with two registrars' phones."""
    exchange = SimulatedExchange(folder, speed=SPEED)
    exchange.phone("reg-101")
    return exchange
