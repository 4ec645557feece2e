"""One utterance being recognised by Vosk."""

from __future__ import annotations

import asyncio
from typing import Protocol

from speech import wire
from speech.port import AsrContext, AsrResult

_ENGINE = "vosk"
_PIECE_FRAMES = 5
"""Frames go in pieces of 100 ms: partials come often enough, and the pipe carries a fifth of the messages."""


class Channel(Protocol):
    """The worker that an utterance lives in."""

    streams: dict[int, VoskStream]

    def send(self, number: int, request: wire.Header, sound: bytes = b"") -> None:
        """One operation."""

    def suspect(self) -> None:
        """The answer is late."""


class VoskStream:
    """`channel` is None where no worker can take the utterance."""

    def __init__(self, channel: Channel | None, number: int, context: AsrContext, grammar: tuple[str, ...]) -> None:
        self._channel = channel
        self._number = number
        self._deadline_s = context.deadline_ms / 1000
        self._pending: list[bytes] = []
        self._partial: str | None = None
        self._failure = None if channel else "busy"
        self._settled: asyncio.Future[wire.Header] | None = None
        self._void = 0
        if channel:
            channel.streams[number] = self
            channel.send(number, {"op": "open", "grammar": list(grammar)})

    def push(self, frame: bytes) -> None:
        """The next 20 ms, sent on in pieces of 100 ms; silence after `speculate` is kept back."""
        self._pending.append(frame)
        if self._settled is None and len(self._pending) >= _PIECE_FRAMES:
            self._send_on("push")

    def partial(self) -> str | None:
        """The words so far."""
        return self._partial

    def speculate(self) -> None:
        """Have the text made ready: the engine computes in chunks of half a second and ends one only when told."""
        if self._settled is None and self._channel and not self._failure:
            self._settled = asyncio.get_running_loop().create_future()
            self._send_on("settle")

    def discard(self) -> None:
        """The caller speaks on: the words so far stand, what was kept back is decoded too."""
        if self._settled and not self._settled.done():
            self._void += 1
        self._settled = None

    def _send_on(self, operation: str) -> None:
        if self._channel:
            self._channel.send(self._number, {"op": operation}, b"".join(self._pending))
        self._pending.clear()

    async def finalise(self) -> AsrResult:
        """The text, or `failure` (`busy`, `crashed`, `late`)."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.speculate()
        if self._settled is None or self._channel is None:
            return self._failed(self._failure or "crashed")
        done, _ = await asyncio.wait((self._settled,), timeout=self._deadline_s)
        if self._failure or not done:
            self._channel.suspect()
            return self._failed(self._failure or "late")
        answer = self._settled.result()
        return AsrResult(
            text=answer["text"],
            confidence=answer["confidence"],
            no_speech=0.0 if answer["text"] else 1.0,
            engine=_ENGINE,
            decode_ms=(loop.time() - began) * 1000,
        )

    def hear(self, header: wire.Header) -> None:
        """A message of the worker about this utterance."""
        if "partial" in header:
            self._partial = header["partial"] or None
        elif "error" in header:
            self.fail("crashed")
        elif "text" in header and self._void:
            self._void -= 1
        elif "text" in header and self._settled and not self._settled.done():
            self._settled.set_result(header)

    def fail(self, reason: str) -> None:
        """The worker is gone."""
        self._failure = self._failure or reason
        if self._settled and not self._settled.done():
            self._settled.set_result({})

    def close(self) -> None:
        """Free the live recogniser."""
        if self._channel and self._channel.streams.pop(self._number, None):
            self._channel.send(self._number, {"op": "close"})
        self._channel = None
        self._pending.clear()

    @staticmethod
    def _failed(reason: str) -> AsrResult:
        return AsrResult(text="", confidence=0.0, engine=_ENGINE, failure=reason)
