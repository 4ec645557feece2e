"""Many sockets, one ear."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from telephony.inbox import Inbox


class Ear:
    """A socket of ours in the inbox, somebody who sends to it, and what has come."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ours.setblocking(False)
        self._came = asyncio.Event()
        self.packets: list[bytes] = []

    def open(self) -> None:
        self._inbox.add(self._ours.fileno(), self._read)

    def leave(self) -> None:
        self._inbox.remove(self._ours.fileno())

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()

    def send(self, *packets: bytes) -> None:
        for packet in packets:
            self._theirs.send(packet)

    async def hears(self, count: int) -> list[bytes]:
        """Return when so many packets have come since the beginning."""
        async with asyncio.timeout(5):
            while len(self.packets) < count:
                self._came.clear()
                await self._came.wait()
        return self.packets

    def _read(self) -> None:
        self.packets.append(self._ours.recv(2048))
        self._came.set()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def ears(inbox: Inbox) -> Iterator[list[Ear]]:
    made = [Ear(inbox) for _ in range(3)]
    yield made
    for ear in made:
        ear.close()


async def test_every_packet_comes_once_and_in_order(ears: list[Ear]) -> None:
    for ear in ears:
        ear.open()
    numbers = [bytes([at]) for at in range(40)]
    for round_ in (numbers[:25], numbers[25:]):
        for ear in ears:
            for packet in round_[:8]:
                ear.send(packet)
    for ear in ears:
        assert await ear.hears(16) == [*numbers[:8], *numbers[25:33]]


async def test_what_comes_after_a_pause_and_what_comes_at_once_after_it(ears: list[Ear]) -> None:
    ear = ears[0]
    ear.open()
    for number in range(30):
        ear.send(bytes([number]))
        await ear.hears(number + 1)
        if number % 10 == 9:
            await asyncio.sleep(0.03)
    assert ear.packets == [bytes([number]) for number in range(30)]


async def test_who_has_left_is_not_read_and_the_others_are(ears: list[Ear]) -> None:
    first, second, _ = ears
    first.open()
    second.open()
    first.leave()
    first.send(b"1")
    second.send(b"2")
    assert await second.hears(1) == [b"2"]
    assert first.packets == []


async def test_when_all_have_left_the_loop_has_nothing_to_do_and_the_next_one_is_heard(ears: list[Ear]) -> None:
    first, second, _ = ears
    first.open()
    first.send(b"1")
    await first.hears(1)
    first.leave()
    second.open()
    second.send(b"2")
    assert await second.hears(1) == [b"2"]


async def test_a_reader_may_leave_while_it_reads(inbox: Inbox, ears: list[Ear]) -> None:
    first, second, _ = ears
    read = first._read

    def last() -> None:
        read()
        first.leave()

    first._read = last  # type: ignore[method-assign]
    first.open()
    second.open()
    first.send(b"1", b"2")
    second.send(b"3")
    assert await second.hears(1) == [b"3"]
    assert await first.hears(1) == [b"1"]
