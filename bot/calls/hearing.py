"""What comes from the caller: words, keys, silence, the end; one input at a time to the turn loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.calls.player import Player
from bot.calls.ports import EventSink
from bot.domain.events import WordsHeard
from dialogs.step import Listen
from speech.listener import Listener, ListeningPhase
from speech.listening import (
    ListenEvent,
    ListenRequest,
    NoInput,
    SpeechConfirmed,
    SpeechRejected,
    SpeechStarted,
    Utterance,
    WordsSoFar,
)
from speech.port import Expected
from telephony.port import CallLeg, Dtmf, HungUp, LegEvent

KEY_PAUSE_S = 3.0
"""A pause after which keys pressed so far are the whole input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Words. `speech_end` is monotonic; `timings` in milliseconds by stage."""

    text: str
    confidence: float
    speech_end: float
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingLost:
    """The recogniser was late or broken: ask again, then keys, then a person."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPressed:
    """A complete input by keys."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingHeard:
    """Silence until the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceLost:
    """The question could not be spoken: the caller does not know what is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUpInput:
    """The caller has gone."""


Foresee = Callable[[str], Coroutine[Any, Any, None]]
"""What to do with words that may be all of the turn, while the silence after them still runs."""

Input = Heard | HearingLost | KeysPressed | NothingHeard | VoiceLost | HungUpInput


class Hearing:
    """Merges one leg's audio and events into inputs; ducks and stops the player as speech comes."""

    def __init__(self, leg: CallLeg, listener: Listener, events: EventSink, foresee: Foresee) -> None:
        self._leg = leg
        self._listener = listener
        self._events = events
        self._foresee = foresee
        self._line: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._phase: ListeningPhase | None = None
        self._foreseeing: tuple[str, asyncio.Task[None]] | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._typing = False

    def start(self) -> None:
        """Begin to take the line's sound and events; safe twice."""
        if not self._readers:
            self._readers = [asyncio.create_task(self._read_events()), asyncio.create_task(self._read_sound())]

    async def hung_up(self) -> None:
        """Return when the caller has gone."""
        await self._gone.wait()

    async def close(self) -> None:
        """Stop reading; the leg is over."""
        self._stop_foreseeing()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def next_input(self, listen: Listen | None, player: Player) -> Input:
        """Listen, with the prompt still playing, until the caller has said or pressed something."""
        if listen is None:
            return await self._after_prompt(player)
        self._typing = False
        self._stop_foreseeing()
        speech = asyncio.create_task(self._words(listen, player))
        keys = asyncio.create_task(self._keys(listen, player))
        gone = asyncio.create_task(self._gone.wait())
        mute = asyncio.create_task(player.voiceless())
        waiting = (speech, keys, gone, mute)
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._typing:  # a hand is slower than the time for a first word: what it has begun it may end
                await asyncio.wait((keys, gone), return_when=asyncio.FIRST_COMPLETED)
            if self._gone.is_set():
                return HungUpInput()
            if keys.done():
                return keys.result()
            return speech.result() if speech.done() else VoiceLost()
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _after_prompt(self, player: Player) -> Input:
        finished = asyncio.create_task(player.finished())
        gone = asyncio.create_task(self._gone.wait())
        await asyncio.wait({finished, gone}, return_when=asyncio.FIRST_COMPLETED)
        finished.cancel()
        gone.cancel()
        return HungUpInput() if self._gone.is_set() else NothingHeard()

    async def _words(self, listen: Listen, player: Player) -> Input:
        """One phase of the listener, begun when all that must be heard has been heard."""
        await player.heard_enough()
        phase = self._listener.open(
            ListenRequest(
                call_id=self._leg.call_id,
                expected=Expected(listen.expected),
                hints=listen.hints,
                no_input_ms=listen.no_input_ms,
                prompt_playing=lambda: player.playing,
            )
        )
        self._phase = phase
        try:
            async for event in phase.events():
                done = await self._on_speech(event, player)
                if done is not None:
                    return done
        finally:
            self._phase = None
            await phase.close()
        await self._gone.wait()
        return HungUpInput()

    async def _on_speech(self, event: ListenEvent, player: Player) -> Input | None:
        match event:
            case SpeechStarted():
                player.duck()
            case SpeechRejected():
                player.restore()
            case SpeechConfirmed():
                player.stop()
            case WordsSoFar():
                await self._events.publish(WordsHeard(call_id=self._leg.call_id, text=event.text, final=False))
                if event.paused:
                    self._begin_foreseeing(event.text)
            case NoInput():
                return NothingHeard()
            case Utterance():
                if not self._foresees(event.text):
                    self._stop_foreseeing()
                if event.result.failure:
                    return HearingLost(reason=event.result.failure)
                await self._events.publish(WordsHeard(call_id=self._leg.call_id, text=event.text, final=True))
                return _heard(event)
        return None

    def _begin_foreseeing(self, text: str) -> None:
        """Beside the listening, which must not wait; whoever needs the reading waits for it."""
        if not self._foresees(text):
            self._stop_foreseeing()
            self._foreseeing = (text, asyncio.create_task(self._foresee(text)))

    def _foresees(self, text: str) -> bool:
        return self._foreseeing is not None and self._foreseeing[0] == text

    def _stop_foreseeing(self) -> None:
        if self._foreseeing is not None:
            self._foreseeing[1].cancel()
            self._foreseeing = None

    async def _keys(self, listen: Listen, player: Player) -> KeysPressed:
        digits = ""
        while True:
            key = await self._next_key(KEY_PAUSE_S if digits else None)
            if key is None or (key == "#" and digits):
                return KeysPressed(digits=digits)
            self._typing = True
            await player.heard_enough()
            player.stop()
            digits += key
            if len(digits) >= listen.key_digits:
                return KeysPressed(digits=digits)

    async def _next_key(self, timeout_s: float | None) -> str | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    event = await self._line.get()
                    if isinstance(event, Dtmf):
                        return event.digit
        return None

    async def _read_events(self) -> None:
        async for event in self._leg.events():
            if isinstance(event, HungUp):
                break
            self._line.put_nowait(event)
        self._gone.set()

    async def _read_sound(self) -> None:
        """Every frame of the call, to the phase that listens now; between phases it is only remembered."""
        async for frame in self._leg.media.frames():
            if self._phase is not None:
                self._phase.push(frame)
            else:
                self._listener.remember(frame)


def _heard(event: Utterance) -> Heard:
    timings = event.timings
    return Heard(
        text=event.text,
        confidence=event.result.confidence,
        speech_end=time.monotonic() - timings.total_ms / 1000,
        timings={
            "silence": round(timings.endpoint_ms - timings.speech_end_ms, 1),
            "decode": round(timings.decode_ms, 1),
            "wait": round(timings.wait_ms, 1),
            "recognised": round(timings.beyond_ms, 1),
        },
    )
