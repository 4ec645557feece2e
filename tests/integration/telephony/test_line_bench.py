"""The measurement itself, small enough for every day."""

from __future__ import annotations

import pytest

from telephony.bench import bench_lines

pytestmark = pytest.mark.asterisk


async def test_ten_calls_lose_nothing() -> None:
    frames = 0

    def gate() -> object:
        def look(frame: bytes) -> None:
            nonlocal frames
            frames += 1

        return look

    figures = await bench_lines(10, 2, gate=gate, index=40)
    assert figures["answered"] == 10
    assert figures["bot_side"]["lost"] == figures["callers_side"]["lost"] == 0
    assert figures["bot_side"]["packets"] > 500
    assert frames > 500
    assert 0 < figures["echo"]["asterisk_cpu_percent"] < 200
    assert figures["asterisk"].startswith("Asterisk 22")
