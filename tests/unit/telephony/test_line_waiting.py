"""Waiting for what may never come."""

from __future__ import annotations

import asyncio

import pytest

from telephony.port import LegGone
from telephony.waiting import unless


async def answer(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def test_result_comes_through() -> None:
    assert await unless(asyncio.Event(), answer(3)) == 3


async def test_error_comes_through() -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await unless(asyncio.Event(), fail())


async def test_end_cancels_the_work_before_it_is_reported() -> None:
    end, cleaned = asyncio.Event(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    waiting = asyncio.create_task(unless(end, work()))
    await asyncio.sleep(0)
    end.set()
    with pytest.raises(LegGone):
        await waiting
    assert cleaned == [True]


async def test_nothing_is_begun_after_the_end() -> None:
    end, begun = asyncio.Event(), []

    async def work() -> None:
        begun.append(True)

    end.set()
    with pytest.raises(LegGone):
        await unless(end, work())
    assert not begun


async def test_cancelling_the_waiter_cancels_the_work() -> None:
    cleaned = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    waiting = asyncio.create_task(unless(asyncio.Event(), work()))
    for _ in range(3):
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert cleaned == [True]
