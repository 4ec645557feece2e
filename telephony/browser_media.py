"""Sound of one page: its microphone in 20 ms frames, the bot's words paced out, both sides recorded."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from speech.pcm import StreamResampler, interleave, silence, tone
from telephony.audio import FRAME_BYTES, RATE, SILENCE, Heard, Outgoing
from telephony.pacer import Pacer

HOLD_SOUND: Final = tone(425, 180, amplitude=0.04) + silence(220) + tone(425, 180, amplitude=0.04) + silence(3420)
LOST_TICKS: Final = 50
_JITTER_FRAMES: Final = 25
"""The page sends in pieces of its own; half a second covers the longest that browsers make."""
_UNSENT_LIMIT: Final = 500
"""Ten seconds: a page that takes nothing for longer has gone, and the heartbeat is about to find out."""


class PageSocket(Protocol):
    """The page at the other end: bytes are PCM16 mono sound, text is a JSON command."""

    def __aiter__(self) -> AsyncIterator[bytes | str]: ...

    async def send_bytes(self, data: bytes) -> None: ...

    async def send_str(self, data: str) -> None: ...


class BrowserMedia:
    """A MediaLeg over a socket. The page plays what comes when it comes, so silence is not sent.

    `raw` becomes the sound of both, as telephony.recording wants it. `on_lost` is called when the page has sent
    nothing for a second.
    """

    def __init__(self, pacer: Pacer, raw: Path, *, on_lost: Callable[[], None]) -> None:
        self._pacer = pacer
        self._on_lost = on_lost
        self._outgoing = Outgoing(asyncio.get_running_loop().time)
        self._heard = Heard()
        self._unsent: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        self._resampler: StreamResampler | None = None
        self._rest = b""
        self._to_record: deque[bytes] = deque(maxlen=_JITTER_FRAMES)
        self._raw = raw
        self._record: BinaryIO | None = None
        self._closed = False
        self._on_hold = False
        self._hold_at = 0
        self._silent_ticks = 0

    # ------------------------------------------------ the port MediaLeg

    def frames(self) -> AsyncIterator[bytes]:
        return self._heard.frames()

    def send(self, pcm: bytes) -> None:
        self._outgoing.send(pcm)

    def pending_ms(self) -> int:
        return self._outgoing.pending_ms()

    async def drained(self) -> None:
        await self._outgoing.drained()

    def flush(self) -> int:
        self.tell(type="flush")
        return self._outgoing.flush()

    def duck(self, gain: float) -> None:
        self._outgoing.duck(gain)

    @property
    def first_sent_at(self) -> float | None:
        return self._outgoing.first_sent_at

    # ------------------------------------------------- for the call's leg

    def open(self) -> None:
        """Let sound flow both ways, and record it."""
        self._raw.parent.mkdir(parents=True, exist_ok=True)
        self._record = self._raw.open("wb")
        self._pacer.add(self, self._tick)

    def set_rate(self, rate: int) -> None:
        """The page's sound comes at this rate from now on. Raises ValueError for a rate that no microphone has."""
        if not RATE <= rate <= 192_000:
            raise ValueError("no such sample rate")
        self._resampler = StreamResampler(rate, RATE) if rate != RATE else None

    def hear(self, pcm: bytes) -> None:
        """Take a piece of the page's sound, of any length."""
        self._silent_ticks = 0
        whole = pcm[: len(pcm) // 2 * 2]
        self._rest += self._resampler.push(whole) if self._resampler else whole
        while len(self._rest) >= FRAME_BYTES:
            frame, self._rest = self._rest[:FRAME_BYTES], self._rest[FRAME_BYTES:]
            self._to_record.append(frame)
            if not self._on_hold:
                self._heard.push(frame)

    def hold(self, on: bool) -> None:
        """Detach the bot and let the page hear the hold sound, or back."""
        self._on_hold, self._hold_at = on, 0
        self.flush()
        self.tell(type="hold", on=on)

    def tell(self, **values: object) -> None:
        """Tell the page something, in order with the sound."""
        self._unsent.put_nowait(json.dumps(values))

    async def pass_on(self, socket: PageSocket) -> None:
        """Send all that is told and said; returns after the last. Raises ConnectionError when the page has gone."""
        while (piece := await self._unsent.get()) is not None:
            await (socket.send_str(piece) if isinstance(piece, str) else socket.send_bytes(piece))

    def close(self) -> None:
        """End both directions; safe twice."""
        if self._closed:
            return
        self._closed = True
        self._pacer.remove(self)
        self._outgoing.close()
        self._heard.close()
        if self._record:
            self._record.close()
        self.tell(type="ended")
        self._unsent.put_nowait(None)

    # ------------------------------------------------------------- inside

    def _tick(self, dropped: int) -> None:
        assert self._record is not None
        self._record.write(bytes(2 * FRAME_BYTES * dropped))  # the recording keeps true time
        said = self._hold_frame() if self._on_hold else self._outgoing.take()
        if said and self._unsent.qsize() < _UNSENT_LIMIT:
            self._unsent.put_nowait(said)
        heard = self._to_record.popleft() if self._to_record else SILENCE
        self._record.write(interleave(heard, said or SILENCE))
        self._silent_ticks += 1
        if self._silent_ticks == LOST_TICKS:
            self._on_lost()

    def _hold_frame(self) -> bytes:
        begin = self._hold_at
        self._hold_at = (begin + FRAME_BYTES) % len(HOLD_SOUND)
        return HOLD_SOUND[begin : begin + FRAME_BYTES]
