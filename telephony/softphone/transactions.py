"""SIP transactions over UDP: requests repeated until answered, answers matched to their requests."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable
from typing import Final

from telephony.phone import CallRefused
from telephony.softphone.message import SipMessage, parse_message

_T1_S: Final = 0.5
_TRIES: Final = 7


class Transactions:
    """One UDP socket on `address:port`; `on_request` gets every request with the way to answer it."""

    def __init__(self, address: str, port: int, on_request: Callable[[SipMessage, tuple[str, int]], None]) -> None:
        self._on_request = on_request
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.setblocking(False)
        self._socket.bind((address, port))
        self._loop.add_reader(self._socket.fileno(), self._readable)
        self.address = address
        self.port: int = self._socket.getsockname()[1]
        self._waiting: dict[str, asyncio.Queue[SipMessage]] = {}

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def send(self, message: SipMessage, to: tuple[str, int]) -> None:
        if self._socket.fileno() >= 0:
            self._socket.sendto(message.encode(), to)

    def via(self) -> tuple[str, str]:
        """A new branch and the Via header that carries it."""
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        return branch, f"SIP/2.0/UDP {self.address}:{self.port};rport;branch={branch}"

    def expect(self, branch: str, method: str) -> asyncio.Queue[SipMessage]:
        """Responses to that branch, in order."""
        self._waiting[f"{branch} {method}"] = queue = asyncio.Queue[SipMessage]()
        return queue

    def forget_branch(self, branch: str, method: str) -> None:
        self._waiting.pop(f"{branch} {method}", None)

    async def transact(self, message: SipMessage, to: tuple[str, int], branch: str) -> SipMessage:
        """Send until a final answer comes; CallRefused(408) if none does."""
        queue = self.expect(branch, message.method)
        try:
            wait = _T1_S
            for _ in range(_TRIES):
                self.send(message, to)
                try:
                    async with asyncio.timeout(wait):
                        while ((answer := await queue.get()).status or 0) < 200:
                            pass
                    return answer
                except TimeoutError:
                    wait = min(wait * 2, 4.0)
        finally:
            self.forget_branch(branch, message.method)
        raise CallRefused(408, "Request Timeout")

    async def repeat(self, send: Callable[[], None], until: asyncio.Event) -> None:
        """Send at growing intervals until the other side has acknowledged."""
        wait = _T1_S
        for _ in range(_TRIES):
            send()
            try:
                await asyncio.wait_for(until.wait(), wait)
                return
            except TimeoutError:
                wait = min(wait * 2, 4.0)

    def _readable(self) -> None:
        while True:
            try:
                data, source = self._socket.recvfrom(65535)
            except OSError:
                return
            message = parse_message(data)
            if message is None:
                continue
            if message.status is None:
                self._on_request(message, source)
                continue
            branch = message.header("via").partition("branch=")[2].partition(";")[0]
            queue = self._waiting.get(f"{branch} {message.method}")
            if queue:
                queue.put_nowait(message)
