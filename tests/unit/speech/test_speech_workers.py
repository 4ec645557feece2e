"""The pool of worker processes, with a real child that misbehaves on request."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from speech.worker_process import WorkerFailed, WorkerSpec
from speech.workers import PoolBusy, WorkerPool

HERE = Path(__file__).parent
PATH = os.pathsep.join((str(HERE.parents[2]), str(HERE)))
SPEC = WorkerSpec(module="echo_worker", environment={"PYTHONPATH": PATH}, niceness=0)


@asynccontextmanager
async def pool(size: int = 1, queue_limit: int = 4) -> AsyncIterator[WorkerPool]:
    workers = WorkerPool(SPEC, size=size, queue_limit=queue_limit)
    await workers.start()
    try:
        yield workers
    finally:
        await workers.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def alive(pid: int | str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def fails(job: Awaitable[object]) -> str:
    with pytest.raises(WorkerFailed) as caught:
        await job
    return str(caught.value)


async def test_a_request_is_answered_with_sound_and_text() -> None:
    async with pool() as workers:
        header, payload = await workers.submit({"do": "echo", "text": "да"}, b"abc", timeout_s=5).result()
    assert (header["text"], payload) == ("да", b"cba")


async def test_replies_stream_and_a_cancelled_job_stops_early() -> None:
    async with pool() as workers:
        job = workers.submit({"do": "stream", "count": 1000, "pause": 0.002}, timeout_s=10)
        seen = []
        async for header, _ in job.replies():
            seen.append(header["at"])
            if len(seen) == 3:
                workers.cancel(job)
        assert seen[:3] == [0, 1, 2]
        assert len(seen) < 500
        assert (await workers.submit({"do": "echo"}, timeout_s=5).result())[0]["pid"] in workers.pids


async def test_urgent_work_passes_spare_work_and_a_promoted_one_becomes_urgent() -> None:
    async with pool() as workers:
        order: list[str] = []

        async def note(name: str, urgent: bool) -> None:
            job = workers.submit({"do": "echo"}, timeout_s=5, urgent=urgent)
            if name == "promoted":
                workers.promote(job)
            await job.result()
            order.append(name)

        running = workers.submit({"do": "stream", "count": 5, "pause": 0.01}, timeout_s=5)
        await asyncio.gather(note("spare", False), note("promoted", False), note("urgent", True))
        assert order == ["promoted", "urgent", "spare"]
        assert running.ended


async def test_a_full_queue_refuses_at_once() -> None:
    async with pool(queue_limit=1) as workers:
        workers.submit({"do": "stream", "count": 5, "pause": 0.01}, timeout_s=5)
        waiting = workers.submit({"do": "echo"}, timeout_s=5)
        with pytest.raises(PoolBusy):
            workers.submit({"do": "echo"}, timeout_s=5)
        workers.cancel(waiting)
        assert await fails(waiting.result()) == "cancelled"
        await workers.submit({"do": "echo"}, timeout_s=5).result()


async def test_a_stuck_worker_is_killed_and_replaced() -> None:
    async with pool() as workers:
        before = workers.pids
        assert "died" in await fails(workers.submit({"do": "hang"}, timeout_s=0.1).result())
        await until(lambda: workers.ready == 1)
        header, _ = await workers.submit({"do": "echo"}, timeout_s=5).result()
        assert header["pid"] not in before


async def test_a_worker_that_dies_between_jobs_is_replaced_and_the_other_goes_on() -> None:
    async with pool(size=2) as workers:
        assert "died" in await fails(workers.submit({"do": "die"}, timeout_s=5).result())
        await workers.submit({"do": "echo"}, timeout_s=5).result()
        await until(lambda: workers.ready == 2)


async def test_an_error_inside_names_its_class_but_not_its_words() -> None:
    async with pool() as workers:
        said = await fails(workers.submit({"do": "fail"}, timeout_s=5).result())
        assert "ValueError" in said
        assert "Иванов" not in said
        await workers.submit({"do": "echo"}, timeout_s=5).result()


async def test_the_loop_is_never_held() -> None:
    async with pool() as workers:
        loop, worst = asyncio.get_running_loop(), 0.0
        job = workers.submit({"do": "stream", "count": 20, "pause": 0.01}, timeout_s=5)
        while job.ended is None:
            before = loop.time()
            await asyncio.sleep(0)
            worst = max(worst, loop.time() - before)
        assert worst < 0.05


async def test_a_worker_that_cannot_start_says_why() -> None:
    broken = WorkerSpec(module="echo_worker", arguments=("broken",), environment={"PYTHONPATH": PATH})
    workers = WorkerPool(broken, size=1, queue_limit=1)
    assert "нет модели" in await fails(workers.start())
    assert workers.pids == ()


async def test_closing_fails_what_waits_and_leaves_no_process() -> None:
    async with pool() as workers:
        pids = workers.pids
        hanging = workers.submit({"do": "hang"}, timeout_s=60)
        waiting = workers.submit({"do": "echo"}, timeout_s=60)
    assert await fails(hanging.result()) == "closed"
    assert await fails(waiting.result()) == "closed"
    assert not any(alive(pid) for pid in pids)


async def test_workers_follow_a_service_that_was_killed() -> None:
    code = (
        "import asyncio, os\n"
        "from test_speech_workers import SPEC, WorkerPool\n"
        "async def main():\n"
        "    workers = WorkerPool(SPEC, size=1, queue_limit=1)\n"
        "    await workers.start()\n"
        "    print(workers.pids[0], flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": PATH}, stdout=subprocess.PIPE, text=True
    )
    await until(lambda: not alive(done.stdout.strip()))
    assert done.returncode == -9
