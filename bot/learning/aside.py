"""Heavy work in a process of its own: the loop that carries calls stays free, and the memory goes with the process."""

from __future__ import annotations

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from dialogs.nlu.retrain import Retrained, RetrainOrder

T = TypeVar("T")


class AsideFailed(RuntimeError):
    """The process ended without a result."""


async def work_aside(job: Callable[[], T]) -> T:
    """Do a job that can be pickled. Raises AsideFailed; a job that is not waited for any more is ended."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.learning.aside_worker", stdin=PIPE, stdout=PIPE
    )
    try:
        answer, _ = await worker.communicate(pickle.dumps(job))
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    if worker.returncode != 0:
        raise AsideFailed(f"exit code {worker.returncode}")
    result: T = pickle.loads(answer)
    return result


async def retrain_aside(order: RetrainOrder) -> Retrained:
    """Train and judge. Raises AsideFailed."""
    from dialogs.nlu.retrain import retrain

    return await work_aside(partial(retrain, order))
