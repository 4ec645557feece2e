"""Writes a call down as it happens: turns with timings, live events, the recording, the outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from bot.calls.conversation import Reply
from bot.calls.handover import HandoverReport
from bot.calls.hearing import Heard, Input, KeysPressed
from bot.calls.marks import change_of_manner, manner_among
from bot.calls.ports import EventSink, Journal
from bot.domain.call import CallRecord, Speaker, Turn
from bot.domain.clock import Clock
from bot.domain.events import CallEnded, CallStarted, TurnTaken
from bot.domain.phone import mask_phone
from dialogs.step import USUAL

log = logging.getLogger(__name__)

OPENING_S = 1.0
"""A caller hears ringing until the record is open: no longer than this."""
SETTLE_S = 15.0
"""What a locked database may hold up the end of a call, when nobody listens any more."""
NO_TIMINGS: Mapping[str, float] = {}
Work = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _BotTurn:
    """What the bot is saying and since when, until its first packet's time is known."""

    number: int
    at: datetime
    text: str
    state: str
    asked_at: float


class Scribe:
    """The journal's hand in one call. A journal that fails is logged and never ends the call.

    Turns are written and shown in their order behind the call's back: nobody waits for a disk between an answer and
    the next question.
    """

    def __init__(self, *, record: CallRecord, journal: Journal, events: EventSink, clock: Clock) -> None:
        self._record = record
        self._journal = journal
        self._events = events
        self._clock = clock
        self._number = 0
        self._bot: _BotTurn | None = None
        self._state = "open"
        self._manner = USUAL
        self._speech_end: float | None = None
        self._todo: asyncio.Queue[Work] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None

    async def opened(self) -> None:
        """The call exists: before it is answered, so that no call is without a record.

        A journal that does not answer in time is waited for by nobody.
        """
        self._later(self._open)
        await self._written(OPENING_S)

    async def _open(self) -> None:
        await self._guard(partial(self._journal.start_call, self._record))
        await self._guard(self._count_on)
        await self._events.publish(
            CallStarted(
                call_id=self._record.id,
                direction=self._record.direction,
                caller=mask_phone(self._record.caller),
                at=self._record.started_at,
            )
        )

    async def _count_on(self) -> None:
        """A resumed call numbers its turns on from those already written."""
        self._number = max(self._number, await self._journal.turns_taken(self._record.id))

    def answered(self) -> None:
        """Sound flows."""
        self._later(partial(self._guard, partial(self._journal.answered, self._record.id, self._clock.now())))

    def first(self, done: Work) -> None:
        """What happens from now on is written after this: the caller waits for something more urgent."""
        self._later(done)

    def bot_speaks(self, reply: Reply) -> None:
        """The bot begins to say this: shown at once, written down with its timings when it was heard."""
        self._state = reply.state
        text = " ".join(say.text for say in reply.say)
        if not text:
            return
        before, self._manner = self._manner, manner_among(reply.say) or self._manner
        text = change_of_manner(before, self._manner) + text
        self._number += 1
        self._bot = _BotTurn(
            number=self._number, at=self._clock.now(), text=text, state=reply.state, asked_at=self._clock.monotonic()
        )
        self._later(partial(self._show, self._turn(self._number, self._bot.at, Speaker.BOT, text, reply.state)))

    def bot_spoke(self, first_packet_at: float | None) -> None:
        """The bot's words were heard, or cut short; `voice` is from the reply to its first packet. Safe twice."""
        turn, self._bot = self._bot, None
        if turn is None:
            return
        timings: dict[str, float] = {}
        if first_packet_at is not None and first_packet_at >= turn.asked_at:
            timings["voice"] = round((first_packet_at - turn.asked_at) * 1000, 1)
            if self._speech_end is not None:
                timings["pause"] = round((first_packet_at - self._speech_end) * 1000, 1)
        self._speech_end = None
        self._take(self._turn(turn.number, turn.at, Speaker.BOT, turn.text, turn.state, None, timings))

    def caller_spoke(self, heard: Input, reply: Reply) -> None:
        """What the caller said or pressed, and how it was understood."""
        self._number += 1
        timings: dict[str, float] = {"nlu": round(reply.nlu_ms, 1), "crm": round(reply.effect_ms, 1)}
        text = ""
        if isinstance(heard, Heard):
            text, timings = heard.text, {**heard.timings, **timings}
            self._speech_end = heard.speech_end
        elif isinstance(heard, KeysPressed):
            text = f"[клавиши {heard.digits}]"
        self._take(self._turn(self._number, self._clock.now(), Speaker.CALLER, text, self._state, reply, timings))

    def handover(self, report: HandoverReport) -> None:
        """How the way to a person went."""
        self._number += 1
        tried = "; ".join(f"{name}: {result}" for name, result in report.attempts)
        text = f"[передача человеку: {report.result.value}{'; ' + tried if tried else ''}]"
        self._take(self._turn(self._number, self._clock.now(), Speaker.REGISTRAR, text, self._state))

    async def settled(self) -> None:
        """Return when all that happened so far is written, or cannot be."""
        await self._written(SETTLE_S)

    def close(self) -> None:
        """Write no more."""
        if self._writer is not None:
            self._writer.cancel()

    async def ended(self, outcome: Mapping[str, Any], recording: Path | None) -> None:
        """Close the record with its outcome."""
        await self.settled()
        at, call_id = self._clock.now(), self._record.id
        await self._guard(partial(self._journal.end_call, call_id, at=at, outcome=outcome, recording=recording))
        await self._events.publish(CallEnded(call_id=call_id, at=at, outcome=dict(outcome)))

    def _take(self, turn: Turn) -> None:
        """Into the journal first: whoever sees a turn live finds it there."""
        self._later(partial(self._guard, partial(self._journal.add_turn, self._record.id, turn)))
        self._later(partial(self._show, turn))

    def _later(self, work: Work) -> None:
        self._todo.put_nowait(work)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while True:
            work = await self._todo.get()
            await work()
            self._todo.task_done()

    async def _written(self, limit_s: float) -> None:
        try:
            async with asyncio.timeout(limit_s):
                await self._todo.join()
        except TimeoutError:
            log.error("The journal does not keep up", extra={"call_id": self._record.id})

    def _turn(
        self,
        number: int,
        at: datetime,
        speaker: Speaker,
        text: str,
        state: str,
        reply: Reply | None = None,
        timings: Mapping[str, float] = NO_TIMINGS,
    ) -> Turn:
        return Turn(
            number=number,
            at=at,
            speaker=speaker,
            state=state,
            text=text,
            intent=reply.intent if reply else None,
            confidence=reply.confidence if reply else None,
            timings=timings,
        )

    async def _show(self, turn: Turn) -> None:
        await self._events.publish(
            TurnTaken(
                call_id=self._record.id,
                number=turn.number,
                at=turn.at,
                speaker=turn.speaker,
                text=turn.text,
                state=turn.state,
                intent=turn.intent,
                confidence=turn.confidence,
                timings=turn.timings,
            )
        )

    async def _guard(self, writing: Work) -> None:
        try:
            await writing()
        except Exception as error:
            # not its text: a database tells there what it was given, and that was a patient's
            extra = {"call_id": self._record.id, "error": type(error).__name__}
            log.error("The journal could not be written", extra=extra)
