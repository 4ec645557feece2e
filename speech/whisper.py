"""The Whisper recogniser: a pool of single-threaded processes, decoding begun while the caller may have finished."""

from __future__ import annotations

import asyncio
from pathlib import Path

from speech import invented, wire
from speech.port import AsrContext, AsrResult, AsrStream, RecognizerCapabilities
from speech.worker_process import WorkerFailed, WorkerSpec
from speech.workers import Job, PoolBusy, WorkerPool

_ENGINE = "whisper"
_STUCK_AFTER_S = 6.0
"""A decode takes 0.2-0.5 s; a worker that takes this long is broken."""


class WhisperRecognizer:
    """Whisper over CTranslate2: one worker a core, each with its own copy of the model (about 200 MB).

    A second thread nearly halves a decode while a core is idle, and costs 4-8 % when all are busy (docs/benchmarks.md).
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 2,
        threads: int = 2,
        queue_limit: int = 16,
        beam: int = 5,
        hints_as_prompt: bool = False,
    ) -> None:
        spec = WorkerSpec(
            module="speech.whisper_worker",
            arguments=(str(folder), str(beam), str(threads)),
            # threads that spin while they wait would take the core from the other worker's decode
            environment={"OMP_WAIT_POLICY": "PASSIVE"},
        )
        self._pool = WorkerPool(spec, size=workers, queue_limit=queue_limit)
        self._hints_as_prompt = hints_as_prompt

    @property
    def capabilities(self) -> RecognizerCapabilities:
        """No partials of its own; `partial` gives the text of a finished speculation."""
        return RecognizerCapabilities(
            name=_ENGINE,
            streaming=False,
            grammar=False,
            biasing=self._hints_as_prompt,
            native_rate=16000,
            confidence=True,
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the live workers."""
        return self._pool.pids

    async def start(self) -> None:
        """Load the model in every worker; raises WorkerFailed."""
        await self._pool.start()

    def open(self, context: AsrContext) -> AsrStream:
        """One utterance; costs nothing until it is decoded."""
        return WhisperStream(self._pool, context, ", ".join(context.hints) if self._hints_as_prompt else "")

    async def close(self) -> None:
        """End the workers."""
        await self._pool.close()


class WhisperStream:
    """Buffers the utterance; decodes at `speculate` and, where that became void, at `finalise`."""

    def __init__(self, pool: WorkerPool, context: AsrContext, prompt: str) -> None:
        self._pool = pool
        self._context = context
        self._prompt = prompt
        self._frames: list[bytes] = []
        self._speculation: Job | None = None
        self._reading: asyncio.Task[AsrResult] | None = None

    def push(self, frame: bytes) -> None:
        """Keep one 20 ms frame."""
        self._frames.append(frame)

    def partial(self) -> str | None:
        """Text of the speculation if it is done and not void."""
        if self._reading and self._reading.done() and not self._reading.cancelled():
            return self._reading.result().text
        return None

    def speculate(self) -> None:
        """Decode what is there if a worker can take it soon; final decodes pass before it."""
        if self._reading is None and self._frames:
            self._begin(urgent=False)

    def discard(self) -> None:
        """Forget the speculation: the caller spoke on."""
        if self._speculation and self._reading:
            self._pool.cancel(self._speculation)
            self._reading.cancel()
        self._speculation = self._reading = None

    async def finalise(self) -> AsrResult:
        """The text; `failure` says `busy`, `late` or `crashed` instead of an exception.

        A worker that died over the utterance is not its last chance: another one gets it once.
        """
        if not self._frames:
            return AsrResult(text="", confidence=0.0, no_speech=1.0, engine=_ENGINE)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._context.deadline_ms / 1000
        result = await self._attempt(until)
        return await self._attempt(until) if result.failure == "crashed" else result

    async def _attempt(self, until: float) -> AsrResult:
        if self._speculation and self._reading and not self._failed(self._reading):
            self._pool.promote(self._speculation)
        else:
            self._begin(urgent=True)
        if self._reading is None:
            return failed("busy")
        done, _ = await asyncio.wait((self._reading,), timeout=until - asyncio.get_running_loop().time())
        if not done:
            self.discard()
            return failed("late")
        return self._reading.result()

    def close(self) -> None:
        """Drop the utterance."""
        self.discard()
        self._frames.clear()

    @staticmethod
    def _failed(reading: asyncio.Task[AsrResult]) -> bool:
        return reading.done() and (reading.cancelled() or reading.result().failure is not None)

    def _begin(self, *, urgent: bool) -> None:
        self._speculation = self._reading = None
        try:
            self._speculation = self._pool.submit(
                {"prompt": self._prompt}, b"".join(self._frames), timeout_s=_STUCK_AFTER_S, urgent=urgent
            )
        except PoolBusy:
            return
        self._reading = asyncio.create_task(read(self._speculation))


async def read(job: Job) -> AsrResult:
    """The worker's answer as a result, gates applied."""
    try:
        header, _ = await job.result()
    except WorkerFailed:
        return failed("crashed")
    return judged(header, job)


def judged(header: wire.Header, job: Job) -> AsrResult:
    """What the decoder said, without what it invents on noise."""
    no_speech = float(header["no_speech"])
    text = invented.without_captions(header["text"])
    if no_speech > invented.NO_SPEECH_LIMIT:
        text = ""
    elif header["text"] and not text:
        no_speech = 1.0
    confidence = invented.confidence(header["log_probability"]) if text else 0.0
    if invented.loops(text):
        text, confidence = "", 0.0
    return AsrResult(
        text=text,
        confidence=confidence,
        no_speech=no_speech,
        engine=_ENGINE,
        decode_ms=(asyncio.get_running_loop().time() - (job.started or job.submitted)) * 1000,
        wait_ms=job.wait_ms,
    )


def failed(reason: str) -> AsrResult:
    """No text, and why."""
    return AsrResult(text="", confidence=0.0, engine=_ENGINE, failure=reason)
