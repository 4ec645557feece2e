"""One ear for every call of the process: what has come in is taken from all sockets together."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import Final

_REST_S: Final = 0.004
"""Between two looks: a fifth of a frame, so that many calls cost one wake-up and a lone one waits for nothing."""
_PACKETS_A_LOOK: Final = 16
"""Of one socket, more than piles up in the longest stall that is caught up with."""


class Inbox:
    """Calls the reader of every socket that has something, once a packet.

    The first packet after a pause is read at once; under load sockets are looked into every 4 ms, which is what a
    network card does, and for the same reason: waking the event loop costs more than reading a packet.
    """

    def __init__(self) -> None:
        self._sockets = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._resting: asyncio.TimerHandle | None = None

    def add(self, fd: int, reader: Callable[[], None]) -> None:
        """Call `reader` whenever the socket can be read; it takes one packet or finds none."""
        self._sockets.register(fd, select.EPOLLIN)
        self._readers[fd] = reader
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._watch(self._loop)

    def remove(self, fd: int) -> None:
        """Call no more for this socket, which is still open."""
        self._sockets.unregister(fd)
        del self._readers[fd]
        if not self._readers and self._loop is not None:
            self._unwatch(self._loop)
            self._loop = None

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be woken by the next packet of any socket."""
        loop.add_reader(self._sockets.fileno(), self._woken, loop)

    def _unwatch(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._sockets.fileno())
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def _woken(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._sockets.fileno())
        self._look(loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read what there is and rest; with nothing there, sleep until there is."""
        ready = self._sockets.poll(0)
        if not ready:
            self._resting = None
            self._watch(loop)
            return
        self._resting = loop.call_later(_REST_S, self._look, loop)
        for _ in range(_PACKETS_A_LOOK):
            for fd, _ in ready:
                self._readers[fd]()
            ready = self._sockets.poll(0)
            if not ready:
                return
