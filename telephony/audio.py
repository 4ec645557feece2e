"""What every line shares about sound: the frame, the queue of what the bot says, the queue of what it hears."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final

from speech.pcm import gain

RATE: Final = 8000
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = RATE * FRAME_MS // 1000
FRAME_BYTES: Final = FRAME_SAMPLES * 2
SILENCE: Final = bytes(FRAME_BYTES)
_BYTES_PER_MS: Final = RATE * 2 // 1000
_HEARD_LIMIT: Final = 250
"""Five seconds: a reader that sleeps longer has lost the thread anyway."""


class Outgoing:
    """What the bot has to say, cut into frames by whoever owns the tick. PCM16, 8 kHz."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._queued: deque[bytes] = deque()
        self._offset = 0
        self._bytes = 0
        self._gain = 1.0
        self._drained = asyncio.Event()
        self._drained.set()
        self._first_pending = False
        self._closed = False
        self.first_sent_at: float | None = None

    def send(self, pcm: bytes) -> None:
        """Queue whole samples, any length; ValueError for half a sample. Nothing is queued once it is closed."""
        if len(pcm) % 2:
            raise ValueError("PCM16 needs an even number of bytes")
        if not pcm or self._closed:
            return
        if not self._bytes:
            self._first_pending = True
            self.first_sent_at = None
        self._queued.append(pcm)
        self._bytes += len(pcm)
        self._drained.clear()

    def pending_ms(self) -> int:
        return -(-self._bytes // _BYTES_PER_MS)

    async def drained(self) -> None:
        await self._drained.wait()

    def flush(self) -> int:
        """Drop what is queued and return its length in milliseconds."""
        dropped = self.pending_ms()
        self._queued.clear()
        self._offset = self._bytes = 0
        self._drained.set()
        return dropped

    def close(self) -> None:
        """Nobody takes frames any more, so that nobody may wait for them either."""
        self._closed = True
        self.flush()

    def duck(self, gain: float) -> None:
        self._gain = max(0.0, gain)

    def take(self) -> bytes | None:
        """The next 20 ms, the last one padded with silence; None when there is nothing to say."""
        if not self._bytes:
            return None
        if self._first_pending:
            self._first_pending = False
            self.first_sent_at = self._now()
        frame = self._cut()
        if not self._bytes:
            self._drained.set()
        return frame if self._gain == 1.0 else gain(frame, self._gain)

    def _cut(self) -> bytes:
        end = self._offset + FRAME_BYTES
        if end < len(self._queued[0]):  # as nearly always: a whole frame in the middle of a piece
            frame = self._queued[0][self._offset : end]
            self._offset = end
            self._bytes -= FRAME_BYTES
            return frame
        return self._join()

    def _join(self) -> bytes:
        """A frame out of the end of one piece and the beginning of the next ones."""
        parts: list[bytes] = []
        missing = FRAME_BYTES
        while missing and self._queued:
            head = self._queued[0]
            part = head[self._offset : self._offset + missing]
            parts.append(part)
            missing -= len(part)
            self._offset += len(part)
            if self._offset == len(head):
                self._queued.popleft()
                self._offset = 0
        self._bytes -= FRAME_BYTES - missing
        return b"".join(parts) + bytes(missing)


class Heard:
    """Frames on their way to one reader at a time: bounded, the oldest dropped when the reader sleeps."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque(maxlen=_HEARD_LIMIT)
        self._reader: asyncio.Future[None] | None = None
        self._closed = False

    def push(self, frame: bytes) -> None:
        self._frames.append(frame)
        if self._reader:
            self._wake(self._reader)

    def close(self) -> None:
        """What is queued may still be read; then the iteration ends."""
        self._closed = True
        if self._reader:
            self._wake(self._reader)

    def _wake(self, reader: asyncio.Future[None]) -> None:
        self._reader = None
        if not reader.done():  # a reader that has given up is done
            reader.set_result(None)

    async def frames(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while True:
            while self._frames:
                yield self._frames.popleft()
            if self._closed:
                return
            # a bare future: fifty frames a second and call are too many for an event's bookkeeping
            self._reader = reader = loop.create_future()
            await reader
