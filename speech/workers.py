"""A bounded pool of speech workers: urgent work first, deadlines, and a fresh process for a stuck or dead one."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from speech import wire
from speech.port import SpeechError
from speech.worker_process import WorkerFailed, WorkerProcess, WorkerSpec

_log = logging.getLogger(__name__)
_RESTART_DELAYS_S = (0.05, 0.5, 2.0, 10.0)


class PoolBusy(SpeechError):
    """The queue is full: the pool cannot take this work now."""

    retryable = True


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """One request given to the pool and its replies as they come."""

    number: int
    request: wire.Header
    payload: bytes
    timeout_s: float
    submitted: float
    started: float | None = None
    ended: float | None = None
    failure: WorkerFailed | None = None
    cancelled: bool = False
    _replies: asyncio.Queue[wire.Message | None] = field(default_factory=asyncio.Queue)

    @property
    def wait_ms(self) -> float:
        """Time in the queue before a worker took it."""
        return ((self.started or self.submitted) - self.submitted) * 1000

    @property
    def work_ms(self) -> float:
        """Time in the worker; 0 until it ended."""
        return (self.ended - self.started) * 1000 if self.ended and self.started else 0.0

    def deliver(self, message: wire.Message) -> None:
        """A reply came."""
        self._replies.put_nowait(message)

    def end(self, now: float, failure: WorkerFailed | None = None) -> None:
        """No more replies will come."""
        if self.ended is None:
            self.ended, self.failure = now, failure
            self._replies.put_nowait(None)

    async def replies(self) -> AsyncIterator[wire.Message]:
        """Replies in order; raises WorkerFailed if the worker failed."""
        while (message := await self._replies.get()) is not None:
            yield message
        if self.failure:
            raise self.failure

    async def result(self) -> wire.Message:
        """The last reply; raises WorkerFailed."""
        last: wire.Message | None = None
        async for message in self.replies():
            last = message
        if last is None:
            raise WorkerFailed("worker gave no reply")
        return last


class _Seat:
    """A place for one worker: its process, the job in its hands, and the timer over that job."""

    def __init__(self, pool: WorkerPool, spec: WorkerSpec) -> None:
        self.pool = pool
        self.process = WorkerProcess(spec, self._on_message, lambda: pool._on_exit(self))
        self.ready = False
        self.failures = 0
        self.job: Job | None = None
        self.timer: asyncio.TimerHandle | None = None

    def take(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        self.job, job.started = job, loop.time()
        self.timer = loop.call_later(job.timeout_s, self._too_late)
        self.process.send({"id": job.number, "request": job.request}, job.payload)

    def release(self) -> Job | None:
        job, self.job = self.job, None
        if self.timer:
            self.timer.cancel()
        return job

    def _too_late(self) -> None:
        _log.warning("speech worker is stuck and will be replaced", extra={"worker": self.pool.name})
        self.process.kill()

    def _on_message(self, header: wire.Header, payload: bytes) -> None:
        if self.job is None or header.get("id") != self.job.number:
            return
        if "end" in header:
            self.failures = 0
            self.pool._on_end(self, header.get("error"))
        else:
            self.job.deliver((header, payload))


class WorkerPool:
    """`size` processes of one kind and a queue of at most `queue_limit` jobs before them."""

    def __init__(self, spec: WorkerSpec, *, size: int, queue_limit: int) -> None:
        self.name = spec.module.rpartition(".")[2]
        self._seats = [_Seat(self, spec) for _ in range(size)]
        self._queue_limit = queue_limit
        self._urgent: deque[Job] = deque()
        self._spare: deque[Job] = deque()
        self._numbers = itertools.count(1)
        self._restarts: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def ready(self) -> int:
        """Workers that are loaded and alive."""
        return sum(seat.ready for seat in self._seats)

    @property
    def idle(self) -> int:
        """Workers with nothing to do."""
        return sum(seat.ready and seat.job is None for seat in self._seats)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the live workers."""
        return tuple(seat.process.pid for seat in self._seats if seat.process.pid is not None)

    async def start(self) -> None:
        """Load every worker; raises WorkerFailed if one cannot."""
        self._closed = False
        try:
            await asyncio.gather(*(self._seat_up(seat) for seat in self._seats if not seat.ready))
        except BaseException:
            await self.close()
            raise

    async def _seat_up(self, seat: _Seat) -> None:
        await seat.process.start()
        seat.ready = True
        self._dispatch()

    def submit(self, request: wire.Header, payload: bytes = b"", *, timeout_s: float, urgent: bool = True) -> Job:
        """Queue one request; `timeout_s` counts from the moment a worker takes it. Raises PoolBusy."""
        if self._closed or len(self._urgent) + len(self._spare) >= self._queue_limit:
            raise PoolBusy(f"{self.name}: queue is full")
        job = Job(
            number=next(self._numbers),
            request=request,
            payload=payload,
            timeout_s=timeout_s,
            submitted=asyncio.get_running_loop().time(),
        )
        (self._urgent if urgent else self._spare).append(job)
        self._dispatch()
        return job

    def promote(self, job: Job) -> None:
        """A job that waited as spare is now urgent."""
        if job in self._spare:
            self._spare.remove(job)
            self._urgent.append(job)

    def cancel(self, job: Job) -> None:
        """Nobody waits for this job any more: drop it, or tell its worker to stop."""
        job.cancelled = True
        for waiting in (self._urgent, self._spare):
            if job in waiting:
                waiting.remove(job)
                job.end(asyncio.get_running_loop().time(), WorkerFailed("cancelled"))
        for seat in self._seats:
            if seat.job is job:
                seat.process.send({"cancel": job.number})

    def _dispatch(self) -> None:
        loop = asyncio.get_running_loop()
        for seat in self._seats:
            if seat.ready and seat.job is None and (self._urgent or self._spare):
                seat.take((self._urgent or self._spare).popleft(), loop)

    def _on_end(self, seat: _Seat, error: str | None) -> None:
        if error:
            _log.error("speech worker failed on a request", extra={"worker": self.name, "error": error})
        if job := seat.release():
            job.end(asyncio.get_running_loop().time(), WorkerFailed(f"{self.name}: {error}") if error else None)
        self._dispatch()

    def _on_exit(self, seat: _Seat) -> None:
        seat.ready = False
        if job := seat.release():
            job.end(asyncio.get_running_loop().time(), WorkerFailed(f"{self.name}: worker died"))
        if not self._closed:
            task = asyncio.create_task(self._restart(seat))
            self._restarts.add(task)
            task.add_done_callback(self._restarts.discard)

    async def _restart(self, seat: _Seat) -> None:
        while not self._closed:
            await seat.process.close()
            await asyncio.sleep(_RESTART_DELAYS_S[min(seat.failures, len(_RESTART_DELAYS_S) - 1)])
            seat.failures += 1
            with contextlib.suppress(WorkerFailed, OSError):
                await self._seat_up(seat)
                _log.info("speech worker replaced", extra={"worker": self.name})
                return

    async def close(self) -> None:
        """End every worker; waiting jobs fail."""
        self._closed = True
        restarts = list(self._restarts)
        for task in restarts:
            task.cancel()
        await asyncio.gather(*restarts, return_exceptions=True)
        now = asyncio.get_running_loop().time()
        for job in [*self._urgent, *self._spare, *(seat.job for seat in self._seats if seat.job)]:
            job.end(now, WorkerFailed("closed"))
        self._urgent.clear()
        self._spare.clear()
        for seat in self._seats:
            seat.ready = False
            seat.release()
            await seat.process.close()
