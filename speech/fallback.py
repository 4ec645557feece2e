"""The next voice speaks where the first cannot, and the first returns when it is well."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from speech import pcm
from speech.port import Synthesizer, SynthesizerCapabilities, Voice, VoiceUnavailable

_log = logging.getLogger(__name__)
_BREAK_MS = 200


class FallbackSynthesizer:
    """Voices in order of preference; one that failed is left alone for `rest_s`.

    A phrase that broke off in the middle is begun again by the next voice after a short silence.
    """

    def __init__(
        self,
        *voices: Synthesizer,
        rest_s: float = 2.0,
        start_again_s: float = 30.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._voices = voices
        self._rest_s = rest_s
        self._start_again_s = start_again_s
        self._starting: list[asyncio.Task[None]] = []
        self._clock = clock
        self._rests_until = [0.0] * len(voices)

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """Those of the preferred voice."""
        return self._voices[0].capabilities

    async def start(self) -> None:
        """Start every voice, one that cannot now again and again; raises VoiceUnavailable only if none could."""
        outcomes = await asyncio.gather(*(voice.start() for voice in self._voices), return_exceptions=True)
        for at, outcome in enumerate(outcomes):
            if isinstance(outcome, VoiceUnavailable):
                name, error = self._voices[at].capabilities.name, str(outcome)
                _log.warning("voice did not start", extra={"voice": name, "error": error})
                self._rests_until[at] = float("inf")
            elif outcome is not None:
                raise outcome
        silent = [at for at, rests in enumerate(self._rests_until) if rests == float("inf")]
        if len(silent) == len(self._voices):
            raise VoiceUnavailable("ни один голос не запустился: " + "; ".join(str(outcome) for outcome in outcomes))
        self._starting = [asyncio.create_task(self._start_late(at)) for at in silent]

    async def _start_late(self, at: int) -> None:
        """A machine is at its busiest while the service starts: what failed then may be well a little later."""
        while self._rests_until[at]:
            await asyncio.sleep(self._start_again_s)
            with contextlib.suppress(VoiceUnavailable):
                await self._voices[at].start()
                self._rests_until[at] = 0.0
                _log.info("voice started late", extra={"voice": self._voices[at].capabilities.name})

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """The text in the first voice that can; raises VoiceUnavailable when none can."""
        spoken = False
        for at in self._order():
            try:
                if spoken:
                    yield pcm.silence(_BREAK_MS)
                async for piece in self._voices[at].stream(text, voice):
                    spoken = True
                    yield piece
                return
            except VoiceUnavailable:
                name = self._voices[at].capabilities.name
                _log.warning("voice failed, the next one speaks", extra={"voice": name})
                self._rests_until[at] = max(self._rests_until[at], self._now() + self._rest_s)
        raise VoiceUnavailable("no voice can speak")

    def _order(self) -> list[int]:
        """Rested voices first; the resting ones still come last, for better late than silent."""
        now = self._now()
        return sorted(range(len(self._voices)), key=lambda at: (self._rests_until[at] > now, at))

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()

    async def close(self) -> None:
        """End every voice."""
        for starting in self._starting:
            starting.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(voice.close() for voice in self._voices))
