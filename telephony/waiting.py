"""Waiting for something that may never come because somebody hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from telephony.port import LegGone

T = TypeVar("T")


async def unless(end: asyncio.Event, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, or LegGone as soon as `end` is set; `work` is cancelled then and has ended on return."""
    if end.is_set():
        work.close()
        raise LegGone
    task = asyncio.ensure_future(work)
    over = asyncio.ensure_future(end.wait())
    try:
        await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise LegGone
    finally:
        task.cancel()
        over.cancel()
        await asyncio.gather(task, over, return_exceptions=True)
