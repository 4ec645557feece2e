"""A training in a process of its own: the loop stays free, and its memory goes with it."""

from __future__ import annotations

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dialogs.nlu.retrain import Retrained, RetrainOrder


class TrainingFailed(RuntimeError):
    """The process ended without a result."""


async def retrain_aside(order: RetrainOrder) -> Retrained:
    """Train and judge. Raises TrainingFailed; a training that is not waited for any more is ended."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.learning.train_worker", stdin=PIPE, stdout=PIPE
    )
    try:
        answer, _ = await worker.communicate(pickle.dumps(order))
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    if worker.returncode != 0:
        raise TrainingFailed(f"exit code {worker.returncode}")
    result: Retrained = pickle.loads(answer)
    return result
