"""The queue of what the bot says and the queue of what it hears."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.pcm import gain
from telephony.audio import FRAME_BYTES, Heard, Outgoing


def outgoing() -> Outgoing:
    return Outgoing(lambda: 5.0)


@given(st.lists(st.integers(min_value=1, max_value=700), min_size=1, max_size=12))
def test_pieces_of_any_length_come_out_whole_and_in_order(samples: list[int]) -> None:
    out = outgoing()
    said = b"".join(bytes([at % 250 + 1, 1]) * count for at, count in enumerate(samples))
    for at, count in enumerate(samples):
        out.send(bytes([at % 250 + 1, 1]) * count)
    assert out.pending_ms() == -(-sum(samples) // 8)
    heard = b""
    while (frame := out.take()) is not None:
        assert len(frame) == FRAME_BYTES
        heard += frame
    assert heard[: len(said)] == said
    assert not heard[len(said) :].strip(b"\0")
    assert out.pending_ms() == 0


def test_nothing_to_say_is_none_not_silence() -> None:
    assert outgoing().take() is None


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError):
        outgoing().send(b"abc")


def test_flush_drops_the_rest_and_says_how_much() -> None:
    out = outgoing()
    out.send(bytes(16000))
    out.take()
    assert out.flush() == 980
    assert out.take() is None


async def test_drained_waits_for_the_last_frame_and_for_a_flush() -> None:
    out = outgoing()
    await out.drained()
    out.send(bytes(FRAME_BYTES * 2))
    waiting = asyncio.create_task(out.drained())
    out.take()
    await asyncio.sleep(0)
    assert not waiting.done()
    out.take()
    await asyncio.wait_for(waiting, 1)
    out.send(bytes(FRAME_BYTES * 2))
    waiting = asyncio.create_task(out.drained())
    await asyncio.sleep(0)
    out.flush()
    await asyncio.wait_for(waiting, 1)


async def test_nobody_waits_for_what_will_never_be_sent() -> None:
    out = outgoing()
    out.send(bytes(FRAME_BYTES))
    out.close()
    out.send(bytes(FRAME_BYTES))
    assert out.pending_ms() == 0
    await asyncio.wait_for(out.drained(), 1)


def test_first_sent_at_belongs_to_the_audio_queued_last_after_an_empty_queue() -> None:
    time = 1.0
    out = Outgoing(lambda: time)
    assert out.first_sent_at is None
    out.send(bytes(FRAME_BYTES))
    assert out.first_sent_at is None
    out.take()
    assert out.first_sent_at == 1.0
    time = 2.0
    out.send(bytes(FRAME_BYTES * 2))
    assert out.first_sent_at is None
    out.take()
    out.send(bytes(FRAME_BYTES))
    time = 3.0
    out.take()
    assert out.first_sent_at == 2.0


def test_duck_scales_from_the_next_frame_on() -> None:
    out = outgoing()
    out.send(b"\xe8\x03" * 640)  # 1000
    assert out.take() == b"\xe8\x03" * 160
    out.duck(0.5)
    assert out.take() == b"\xf4\x01" * 160
    out.duck(0.0)
    assert out.take() == bytes(FRAME_BYTES)
    out.duck(1.0)
    assert out.take() == b"\xe8\x03" * 160


def test_louder_is_clipped_not_wrapped() -> None:
    assert gain(b"\x00\x70", 2.0) == b"\xff\x7f"
    assert gain(b"\x00\x90", 2.0) == b"\x00\x80"


async def test_frames_end_with_the_leg_after_the_last_one() -> None:
    heard = Heard()
    heard.push(b"1")
    heard.push(b"2")
    heard.close()
    assert [frame async for frame in heard.frames()] == [b"1", b"2"]


async def test_reader_that_sleeps_loses_the_oldest() -> None:
    heard = Heard()
    for at in range(300):
        heard.push(at.to_bytes(2, "big"))
    heard.close()
    frames = [int.from_bytes(frame, "big") async for frame in heard.frames()]
    assert frames == list(range(50, 300))


async def test_reader_is_woken_by_the_next_frame() -> None:
    heard = Heard()
    reading = asyncio.create_task(anext(heard.frames()))
    await asyncio.sleep(0)
    heard.push(b"1")
    assert await asyncio.wait_for(reading, 1) == b"1"
