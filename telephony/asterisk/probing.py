"""Looking before leaping: is a port free, is somebody starting there just now, does an Asterisk answer."""

from __future__ import annotations

import fcntl
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp


def port_free(address: str, port: int, kind: socket.SocketKind) -> bool:
    """Whether nobody listens there; Asterisk runs on without ARI when its HTTP port is taken, and says nothing."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


@contextmanager
def claimed(address: str) -> Iterator[bool]:
    """Whether the address is ours to start on until the end; False while another process starts there.

    A port is free until Asterisk has come so far as to bind it: two who only look would both start.
    """
    try:
        lock = (Path(tempfile.gettempdir()) / f"registratura-{address}.lock").open("a")
    except OSError:  # another user's
        yield False
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


async def answers_ping(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether ARI at `url` accepts the session's password."""
    try:
        async with session.get(f"{url}/asterisk/ping", timeout=aiohttp.ClientTimeout(total=1)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
