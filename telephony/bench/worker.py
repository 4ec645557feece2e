"""The service's side of the measurement: every call is answered, listened to and spoken to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import webrtcvad

from telephony.asterisk.leg import AsteriskCall
from telephony.asterisk.line import AsteriskLine
from telephony.bench.load import talk
from telephony.port import LegGone

Gate = Callable[[bytes], object]
"""Called with every 20 ms frame of one call."""


def speech_gate() -> Gate:
    """The gate that runs inline in every call."""
    vad = webrtcvad.Vad(2)
    return lambda frame: vad.is_speech(frame, 8000)


class Worker:
    """Answers whoever calls; `setup_ms` are the times from a call's coming to sound flowing both ways."""

    def __init__(self, line: AsteriskLine, gate: Callable[[], Gate]) -> None:
        self._line = line
        self._gate = gate
        self._tasks: set[asyncio.Task[None]] = set()
        self.calls: list[AsteriskCall] = []
        self.setup_ms: list[float] = []

    async def run(self) -> None:
        """Until cancelled."""
        async for leg in self._line.incoming():
            assert isinstance(leg, AsteriskCall)
            task = asyncio.create_task(self._serve(leg))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Hang up every call."""
        await asyncio.gather(*(call.hangup() for call in self.calls))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, leg: AsteriskCall) -> None:
        began = time.monotonic()
        try:
            await leg.answer()
        except LegGone:
            return
        self.setup_ms.append((time.monotonic() - began) * 1000)
        self.calls.append(leg)
        speaking = asyncio.create_task(self._speak(leg))
        gate = self._gate()
        async for frame in leg.media.frames():
            gate(frame)
        speaking.cancel()

    async def _speak(self, leg: AsteriskCall) -> None:
        prompt = talk()
        while not leg.over:
            leg.media.send(prompt)
            await leg.media.drained()
