"""One utterance being recognised by Vosk."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from speech import wire
from speech.port import AsrContext, AsrResult

_ENGINE = "vosk"
_PIECE_FRAMES = 5
"""Frames go in pieces of 100 ms: partials come often enough, and the pipe carries a fifth of the messages."""
_FLUSH_PIECES = 6
"""Kaldi computes in chunks of half a second with a look-ahead: so much silence pushes the last words through."""


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
        self._last: deque[bytes] = deque(maxlen=_PIECE_FRAMES)
        self._partial: str | None = None
        self._failure = None if channel else "busy"
        self._final: asyncio.Future[wire.Header] | None = None
        if channel:
            channel.streams[number] = self
            channel.send(number, {"op": "open", "grammar": list(grammar)})

    def push(self, frame: bytes) -> None:
        """The next 20 ms, sent on in pieces of 100 ms."""
        self._pending.append(frame)
        self._last.append(frame)
        if len(self._pending) >= _PIECE_FRAMES:
            self._send_on(b"")

    def partial(self) -> str | None:
        """The words so far."""
        return self._partial

    def speculate(self) -> None:
        """Repeat the line's silence ahead of time, so that the last words are decoded before the endpoint.

        A caller who speaks on has merely paused longer.
        """
        self._send_on(b"".join(self._last) * _FLUSH_PIECES)

    def _send_on(self, more: bytes) -> None:
        if self._channel:
            self._channel.send(self._number, {"op": "push"}, b"".join(self._pending) + more)
        self._pending.clear()

    def discard(self) -> None:
        """Nothing was begun that could be void."""

    async def finalise(self) -> AsrResult:
        """The text, or `failure` (`busy`, `crashed`, `late`)."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self._failure or self._channel is None:
            return self._failed(self._failure or "crashed")
        self._final = loop.create_future()
        self._channel.send(self._number, {"op": "final"}, b"".join(self._pending))
        self._pending.clear()
        done, _ = await asyncio.wait((self._final,), timeout=self._deadline_s)
        if self._failure or not done:
            self._channel.suspect()
            return self._failed(self._failure or "late")
        answer = self._final.result()
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
        elif "text" in header and self._final and not self._final.done():
            self._final.set_result(header)

    def fail(self, reason: str) -> None:
        """The worker is gone."""
        self._failure = self._failure or reason
        if self._final and not self._final.done():
            self._final.set_result({})

    def close(self) -> None:
        """Free the live recogniser."""
        if self._channel and self._channel.streams.pop(self._number, None):
            self._channel.send(self._number, {"op": "close"})
        self._channel = None
        self._pending.clear()

    @staticmethod
    def _failed(reason: str) -> AsrResult:
        return AsrResult(text="", confidence=0.0, engine=_ENGINE, failure=reason)
