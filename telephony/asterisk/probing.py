"""Looking before leaping: is a port free, does an Asterisk answer."""

from __future__ import annotations

import socket

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


async def answers_ping(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether ARI at `url` accepts the session's password."""
    try:
        async with session.get(f"{url}/asterisk/ping", timeout=aiohttp.ClientTimeout(total=1)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
