"""The queue of calls and sweeps: SAQ over Redis carries the ids, SQL knows what is to be done.

Every tick hands due tasks to the queue again; a task that is already there is not queued twice (its key), and one
that was queued and lost with Redis is simply queued anew. Whether a call is made is settled by the claim in SQL.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from saq import Worker
from saq.queue.redis import RedisQueue

from bot.domain.clock import Clock
from bot.domain.task import CallTask
from bot.outbound.ports import TaskStore

logger = logging.getLogger(__name__)

QUEUE_NAME = "registratura-calls"
STUCK_AFTER_S = 3600
KEY_PERIOD_S = 600

AHEAD = 3
"""So many tasks wait in the queue for each worker; the rest waits in SQL, where it can be overtaken."""

SWEEP_EVERY_S = 60
"""How often the clinic's time-driven rules are looked after: each minute has one place in the queue."""

Dial = Callable[[str], Awaitable[None]]
Sweep = Callable[[], Awaitable[object]]
OUTAGES = (RedisError, OSError)


class PatientQueue(RedisQueue):
    """SAQ's queue, except that without Redis it waits a moment instead of spinning."""

    retry_after_s = 1.0

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Any:
        try:
            return await super().dequeue(timeout, poll_interval)
        except OUTAGES:
            logger.warning("the queue's Redis does not answer")
            await asyncio.sleep(self.retry_after_s)
            return None


class QuietWorker(Worker[Any]):
    """SAQ's worker, which leaves the process's signals to the service."""

    SIGNALS = []  # noqa: RUF012  (SAQ's own attribute)


class CallQueue:
    """Feeds due tasks to the workers of every process and runs this process's worker."""

    def __init__(
        self,
        redis: Redis,
        tasks: TaskStore,
        clock: Clock,
        dial: Dial,
        *,
        sweep: Sweep | None = None,
        name: str = QUEUE_NAME,
        concurrency: int = 2,
        grace_s: float = 2.0,
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._dial = dial
        self._sweep = sweep
        self._swept_minute = -1
        self._ahead = AHEAD * concurrency
        self._queue = PatientQueue(redis, name=name)
        self._worker = QuietWorker(
            self._queue,
            functions=[("dial", self._run), ("sweep", self._run_sweep)],
            concurrency=concurrency,
            dequeue_timeout=1.0,
        )
        self._grace_s = grace_s
        self._working: asyncio.Task[None] | None = None
        self._dials: set[asyncio.Future[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Begin to work on what is queued."""
        self._working = asyncio.create_task(self._worker.start())

    async def close(self) -> None:
        """Take no more; let what goes on end within the grace, then leave the rest to its session and to `recover`."""
        self._closing = True
        if self._dials:
            await asyncio.wait(self._dials, timeout=self._grace_s)
        for dial in self._dials:
            dial.cancel()
        await asyncio.gather(*self._dials, return_exceptions=True)
        await self._worker.stop()
        if self._working is not None:
            await asyncio.gather(self._working, return_exceptions=True)

    async def feed(self) -> int:
        """Queue what is due, the most urgent first; also the way back after Redis was lost. Returns how many were new.

        Little is queued ahead of the workers: an offer that lasts a quarter of an hour overtakes a morning's reminders.
        """
        fed, room = 0, self._ahead - await self.waiting()
        for task in await self._tasks.due(self._clock.now()):
            if fed >= room:
                break
            key = self._key(task)
            # No result is kept: SQL has what came of it.
            job = await self._queue.enqueue("dial", task_id=task.id, key=key, timeout=STUCK_AFTER_S, ttl=-1, retries=1)
            await self._tasks.mark_queued(task.id)
            fed += job is not None
        return fed

    async def feed_sweep(self) -> bool:
        """Queue the sweep of this minute, once; two processes that both do so find the rows changed. Whether it was."""
        minute = int(self._clock.now().timestamp() // SWEEP_EVERY_S)
        if self._sweep is None or minute == self._swept_minute:
            return False
        await self._queue.enqueue("sweep", key=f"sweep:{minute}", timeout=STUCK_AFTER_S, ttl=-1, retries=1)
        self._swept_minute = minute
        return True

    async def waiting(self) -> int:
        """How many tasks are in the queue and not yet taken by a worker."""
        return int(await self._queue.count("queued"))

    async def _run(self, _context: Any, *, task_id: str) -> None:
        if self._closing:
            return
        dial = asyncio.ensure_future(self._dial(task_id))
        self._dials.add(dial)
        dial.add_done_callback(self._dials.discard)
        # SAQ cancels a job several times over; a database transaction that is cancelled while it rolls back is lost
        # with its connection. So only `close` cancels a dial, once.
        await asyncio.shield(dial)

    async def _run_sweep(self, _context: Any) -> None:
        if self._closing or self._sweep is None:
            return
        await asyncio.shield(asyncio.ensure_future(self._guarded(self._sweep)))

    @staticmethod
    async def _guarded(sweep: Sweep) -> None:
        try:
            await sweep()
        except Exception:
            # the next minute looks for the same things again: nothing is lost
            logger.exception("a sweep of the time-driven rules failed")

    def _key(self, task: CallTask) -> str:
        """One place in the queue for one attempt; a place that a killed worker keeps blocks nobody for long."""
        period = int(self._clock.now().timestamp() // KEY_PERIOD_S)
        return f"{task.id}:{task.attempts}:{int(task.due_at.timestamp())}:{period}"
