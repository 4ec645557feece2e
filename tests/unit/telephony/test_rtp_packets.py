"""RTP on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.rtp import PCMA, build_key, build_rtp, parse_key, parse_rtp, sequence_gap


@given(st.integers(0, 2**17), st.integers(0, 2**33), st.integers(0, 2**32 - 1), st.binary(max_size=200), st.booleans())
def test_what_is_built_is_parsed(sequence: int, timestamp: int, ssrc: int, payload: bytes, marker: bool) -> None:
    packet = parse_rtp(build_rtp(PCMA, sequence, timestamp, ssrc, payload, marker=marker))
    assert packet is not None
    assert (packet.sequence, packet.timestamp) == (sequence % 2**16, timestamp % 2**32)
    assert (packet.payload_type, packet.ssrc, packet.payload, packet.marker) == (PCMA, ssrc, payload, marker)


@given(st.binary(max_size=60))
def test_noise_never_raises(data: bytes) -> None:
    parse_rtp(data)


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x08", bytes(12), b"\x80\xc8" + bytes(20), b"\xa0\x08" + bytes(10) + b"\xff"]
)
def test_what_is_not_rtp_is_nothing(data: bytes) -> None:
    assert parse_rtp(data) is None


def test_contributors_extension_and_padding_are_left_out() -> None:
    head = bytes([0x80 | 0x20 | 0x10 | 2, PCMA]) + bytes(10)
    packet = parse_rtp(head + bytes(8) + b"\0\0\0\1" + bytes(4) + b"sound" + b"\0\0\3")
    assert packet is not None
    assert packet.payload == b"sound"


@pytest.mark.parametrize(
    ("before", "after", "gap"), [(5, 6, 1), (65535, 0, 1), (0, 65535, -1), (10, 10, 0), (1, 40, 39)]
)
def test_sequence_wraps(before: int, after: int, gap: int) -> None:
    assert sequence_gap(before, after) == gap


@pytest.mark.parametrize("digit", "0123456789*#A")
def test_keys(digit: str) -> None:
    assert parse_key(build_key(digit, 800, end=True)) == (digit, True)
    assert parse_key(build_key(digit, 160, end=False)) == (digit, False)


def test_not_a_key() -> None:
    for wrong in ("x", "", "12"):
        with pytest.raises(ValueError):
            build_key(wrong, 1, end=False)
    assert parse_key(b"\x20\0\0\0") is None
    assert parse_key(b"") is None
