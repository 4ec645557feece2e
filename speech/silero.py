"""The detector that confirms speech: Silero at 16 kHz in worker processes."""

from __future__ import annotations

import asyncio

from speech.worker_process import WorkerFailed, WorkerSpec
from speech.workers import PoolBusy, WorkerPool


class SileroDetector:
    """A second of sound costs its worker 3 ms; inline that would break the pacing of a hundred calls."""

    def __init__(self, *, workers: int = 1, queue_limit: int = 256, patience_s: float = 0.15) -> None:
        spec = WorkerSpec(module="speech.silero_worker", niceness=0)
        self._pool = WorkerPool(spec, size=workers, queue_limit=queue_limit)
        self._patience_s = patience_s

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the live workers."""
        return self._pool.pids

    async def start(self) -> None:
        """Load the detector; raises WorkerFailed."""
        await self._pool.start()

    async def speech_probability(self, pcm: bytes) -> float:
        """0..1; 1.0 when the pool is late, busy or broken: a caller is not ignored for that."""
        try:
            job = self._pool.submit({}, pcm, timeout_s=2.0)
        except PoolBusy:
            return 1.0
        try:
            async with asyncio.timeout(self._patience_s):
                header, _ = await job.result()
        except (WorkerFailed, TimeoutError):
            self._pool.cancel(job)
            return 1.0
        return float(header["probability"])

    async def close(self) -> None:
        """End the workers."""
        await self._pool.close()
