"""What every voice in a worker process shares: a text goes in, sound comes back as it is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from speech import pcm
from speech.port import SynthesizerCapabilities, Voice, VoiceUnavailable
from speech.worker_process import WorkerFailed, WorkerSpec
from speech.workers import Job, PoolBusy, WorkerPool

_FIRST_SOUND_S = 1.0
"""A phrase that has not begun by then is left to the next voice."""
_STUCK_AFTER_S = 5.0


class PooledVoice:
    """A Synthesizer over a pool of workers."""

    def __init__(
        self, capabilities: SynthesizerCapabilities, spec: WorkerSpec, *, workers: int = 1, queue_limit: int = 64
    ) -> None:
        self._capabilities = capabilities
        self._pool = WorkerPool(spec, size=workers, queue_limit=queue_limit)

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """What this voice can do."""
        return self._capabilities

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the live workers."""
        return self._pool.pids

    async def start(self) -> None:
        """Start and warm the workers; raises VoiceUnavailable."""
        try:
            await self._pool.start()
        except WorkerFailed as error:
            raise VoiceUnavailable(str(error)) from error

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Sound as it is made; raises VoiceUnavailable, also in the middle if the worker dies there."""
        if not self._pool.ready:
            raise VoiceUnavailable(f"{self._capabilities.name}: no live worker")
        request = {"text": text, "voice": self.engine_voice(voice), "rate": voice.rate, "pitch": voice.pitch}
        try:
            job = self._pool.submit(request, timeout_s=_STUCK_AFTER_S)
        except PoolBusy as error:
            raise VoiceUnavailable(str(error)) from error
        silent = any(letter.isalnum() for letter in text)
        try:
            async for piece in self._pieces(job):
                silent = silent and not piece
                yield piece if voice.volume == 1.0 else pcm.gain(piece, voice.volume)
        finally:
            if job.ended is None:
                self._pool.cancel(job)
        if silent:  # an engine may end without a word
            raise VoiceUnavailable(f"{self._capabilities.name}: said nothing")

    def engine_voice(self, voice: Voice) -> str:
        """The engine's name of the voice."""
        return voice.name

    async def _pieces(self, job: Job) -> AsyncIterator[bytes]:
        replies = job.replies()
        try:
            async with asyncio.timeout(_FIRST_SOUND_S) as patience:
                async for _, piece in replies:
                    patience.reschedule(None)
                    yield piece
        except WorkerFailed as error:
            raise VoiceUnavailable(str(error)) from error
        except TimeoutError:
            raise VoiceUnavailable(f"{self._capabilities.name}: no sound in {_FIRST_SOUND_S:g} s") from None

    async def close(self) -> None:
        """End the workers."""
        await self._pool.close()
