"""Listening to one caller: gate, endpointer, detector and recogniser over 20 ms frames."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from speech.endpointing import Began, Dropped, Ended, Endpointer, EndpointEvent, Paused, Resumed, TimedOut
from speech.gate import WebrtcGate
from speech.listening import (
    BargeIn,
    ListenEvent,
    ListenRequest,
    ListenSettings,
    NoInput,
    SpeechConfirmed,
    SpeechRejected,
    SpeechStarted,
    TurnTimings,
    Utterance,
    WordsSoFar,
)
from speech.port import FRAME_MS, AsrContext, AsrResult, AsrStream, Recognizer, SpeechGate, VoiceActivityDetector


class Listener:
    """One a call: it keeps the line's noise floor and the last moments of sound between phases."""

    def __init__(
        self,
        recognizer: Recognizer,
        vad: VoiceActivityDetector,
        settings: ListenSettings | None = None,
        *,
        gate: SpeechGate | None = None,
    ) -> None:
        self.recognizer = recognizer
        self.vad = vad
        self.settings = settings or ListenSettings()
        self.gate = gate or WebrtcGate()
        endpoint = self.settings.endpoint
        self.recent: deque[bytes] = deque(maxlen=(endpoint.pre_roll_ms + endpoint.gate_lag_ms) // FRAME_MS)

    def remember(self, frame: bytes) -> None:
        """A frame between phases: the gate goes on learning the line, the moment is kept for pre-roll."""
        self.gate.is_speech(frame)
        self.recent.append(frame)

    def open(self, request: ListenRequest) -> ListeningPhase:
        """A phase to push frames into; close it when done."""
        return ListeningPhase(self, request)

    async def listen(self, frames: AsyncIterator[bytes], request: ListenRequest) -> AsyncIterator[ListenEvent]:
        """Events of one phase, the last being Utterance or NoInput; ends silently when the frames end."""
        phase = self.open(request)
        pump = asyncio.create_task(_pump(frames, phase))
        try:
            async for event in phase.events():
                yield event
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            await phase.close()


async def _pump(frames: AsyncIterator[bytes], phase: ListeningPhase) -> None:
    async for frame in frames:
        phase.push(frame)
    phase.stop()


class ListeningPhase:
    """One question's worth of listening. `push` every 20 ms frame; read `events`."""

    def __init__(self, listener: Listener, request: ListenRequest) -> None:
        self._listener = listener
        self._request = request
        self._settings = listener.settings
        self._endpointer = Endpointer(request.expected, request.no_input_ms, self._settings.endpoint)
        self._events: asyncio.Queue[ListenEvent | None] = asyncio.Queue()
        self._stream: AsrStream | None = None
        self._heard: list[bytes] = []
        self._check: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._checked_ms = 0
        self._words: WordsSoFar | None = None
        self._confirmed = False
        self._capped = False
        self._finished = False

    async def events(self) -> AsyncIterator[ListenEvent]:
        """Events as they happen, up to Utterance, NoInput or `stop`."""
        while (event := await self._events.get()) is not None:
            yield event

    def push(self, frame: bytes) -> None:
        """The next 20 ms of the caller; a few microseconds, never waits."""
        if self._finished:
            self._listener.remember(frame)
            return
        is_speech = self._listener.gate.is_speech(frame)
        playing = self._request.prompt_playing()
        if playing and self._request.barge_in is BargeIn.MUST_BE_HEARD and not self._endpointer.speaking:
            is_speech = False
        self._listener.recent.append(frame)
        if self._ending:
            self._while_ending(frame, is_speech)
            return
        partial = None
        if self._stream:
            partial = self._stream.partial()
            self._stream.push(frame)
            self._heard.append(frame)
            self._tell_words(partial)
        event = self._endpointer.feed(is_speech, partial=partial, clock_runs=not playing)
        if event:
            self._react(event)
        if self._stream and not self._confirmed:
            self._confirm(partial)

    def stop(self) -> None:
        """No more frames will come and nothing more is wanted."""
        if not self._finished:
            self._finish(None)

    async def close(self) -> None:
        """Free the recogniser's stream and whatever still runs."""
        self.stop()
        running = [task for task in (self._check, self._ending) if task]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._drop_stream()

    # ------------------------------------------------------- the endpointer's word

    def _react(self, event: EndpointEvent) -> None:
        match event:
            case Began(at_ms=at):
                self._begin(at)
            case Paused():
                self._stream_do(lambda stream: stream.speculate())
                if self._checked_ms == 0:
                    self._ask_detector()
            case Resumed():
                self._stream_do(lambda stream: stream.discard())
            case Dropped():
                self._reject(deaf_ms=0)
            case Ended(capped=capped):
                self._capped = capped
                self._ending = asyncio.create_task(self._end(event, asyncio.get_running_loop().time()))
            case TimedOut(at_ms=at):
                self._finish(NoInput(at_ms=at))

    def _begin(self, at_ms: int) -> None:
        request = self._request
        self._stream = self._listener.recognizer.open(
            AsrContext(
                call_id=request.call_id,
                expected=request.expected,
                hints=request.hints,
                deadline_ms=request.deadline_ms,
            )
        )
        self._heard = list(self._listener.recent)
        for frame in self._heard:
            self._stream.push(frame)
        self._confirmed, self._checked_ms, self._words = False, 0, None
        self._events.put_nowait(SpeechStarted(at_ms=at_ms, delay_ms=self._endpointer.now_ms - at_ms))

    def _stream_do(self, action: Callable[[AsrStream], None]) -> None:
        if self._stream:
            action(self._stream)

    def _tell_words(self, partial: str | None) -> None:
        if not partial:
            return
        words = WordsSoFar(text=partial, paused=self._endpointer.paused)
        if words != self._words:
            self._words = words
            self._events.put_nowait(words)

    # ------------------------------------------------------------- voice or noise

    def _confirm(self, partial: str | None) -> None:
        """Stop the prompt on a word (a partial or an early decode), else on the detector's word every `confirm_ms`."""
        step = self._settings.confirm_ms
        if partial and len(partial) > 1:
            self._announce()
        elif self._endpointer.speech_ms // step > self._checked_ms // step:
            self._ask_detector()

    def _ask_detector(self) -> None:
        if self._check is None or self._check.done():
            self._checked_ms = max(FRAME_MS, self._endpointer.speech_ms)
            self._check = asyncio.create_task(self._detect(self._stream, b"".join(self._heard[-60:])))

    async def _detect(self, stream: AsrStream | None, sound: bytes) -> None:
        probability = await self._listener.vad.speech_probability(sound)
        if stream is not self._stream or stream is None or self._finished:
            return
        if probability >= self._settings.stop_at:
            if self._endpointer.speech_ms >= self._settings.confirm_ms:
                self._announce()
        elif self._ending is None and not self._confirmed:
            playing = self._request.prompt_playing()
            if probability < (self._settings.stop_at if playing else self._settings.noise_below):
                self._reject(deaf_ms=600)

    def _announce(self) -> None:
        if not self._confirmed and self._request.barge_in is BargeIn.ALLOWED:
            self._events.put_nowait(SpeechConfirmed(at_ms=self._endpointer.now_ms))
        self._confirmed = True

    def _reject(self, deaf_ms: int) -> None:
        self._drop_stream()
        self._endpointer.reject(deaf_ms)
        self._events.put_nowait(SpeechRejected(at_ms=self._endpointer.now_ms))

    # --------------------------------------------------------------- the text

    def _while_ending(self, frame: bytes, is_speech: bool) -> None:
        """The text is late and the caller speaks on: it was not the end."""
        self._endpointer.feed(is_speech)
        if self._stream is None or self._ending is None or self._ending.done():
            return
        self._stream.push(frame)
        self._heard.append(frame)
        if is_speech and not self._capped:
            self._ending.cancel()
            self._ending = None
            self._stream.discard()
            self._endpointer.reopen()

    async def _end(self, end: Ended, decided: float) -> None:
        stream = self._stream
        if stream is None:
            return
        result = await stream.finalise()
        self._ending = None
        waited_ms = (asyncio.get_running_loop().time() - decided) * 1000
        if not result.text and result.failure is None and result.no_speech > self._settings.no_speech_above:
            self._reject(deaf_ms=0)
            return
        if result.text:
            self._announce()
        self._finish(Utterance(text=result.text, result=result, timings=_timings(end, result, waited_ms)))

    def _finish(self, event: ListenEvent | None) -> None:
        self._finished = True
        if event:
            self._events.put_nowait(event)
        self._events.put_nowait(None)
        self._drop_stream()

    def _drop_stream(self) -> None:
        if self._stream:
            self._stream.close()
        self._stream, self._heard = None, []


def _timings(end: Ended, result: AsrResult, waited_ms: float) -> TurnTimings:
    return TurnTimings(
        speech_start_ms=end.start_ms,
        speech_end_ms=end.end_ms,
        endpoint_ms=end.at_ms,
        decode_ms=result.decode_ms,
        wait_ms=result.wait_ms,
        total_ms=end.at_ms - end.end_ms + waited_ms,
        beyond_ms=waited_ms,
    )
