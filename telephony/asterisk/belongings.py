"""What one call has made at the exchange, so that nothing of it outlives the call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from telephony.asterisk.ari import AriClient, AriRefused
from telephony.port import LegGone, LineError

log = logging.getLogger(__name__)


class Belongings:
    """Channels and bridges by their ARI path, in the order in which they were made.

    A request to create something is never abandoned half-way: whoever waited for it may be cancelled, yet the
    thing is still known and is deleted when the call ends.
    """

    def __init__(self, client: AriClient) -> None:
        self._client = client
        self._things: dict[str, asyncio.Task[Any] | None] = {}
        self._dropping: set[asyncio.Task[None]] = set()
        self._closed = False

    def adopt(self, path: str) -> None:
        """Something that exists already is ours from now on."""
        self._things[path] = None

    async def create(self, path: str, request: Coroutine[Any, Any, Any]) -> Any:
        """Send the request that makes `path`; LegGone if the call is over, AriRefused if Asterisk refuses."""
        if self._closed:
            request.close()
            raise LegGone
        task = asyncio.ensure_future(request)
        # whoever waits may be cancelled; the failure is then nobody's, and no reason to complain of it
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._things[path] = task
        try:
            answer = await asyncio.shield(task)
        except AriRefused:
            self._things.pop(path, None)
            raise
        if self._closed:
            raise LegGone
        return answer

    def drop(self, path: str, **params: str) -> None:
        """Delete one thing in the background; nobody has to wait for it."""
        if path not in self._things:
            return
        task = asyncio.create_task(self._delete(path, **params))
        self._dropping.add(task)
        task.add_done_callback(self._dropping.discard)

    async def drop_all(self) -> None:
        """Delete everything, and let nothing new be made; safe twice."""
        self._closed = True
        for path in tuple(self._things):
            self.drop(path)
        await asyncio.gather(*self._dropping)

    async def _delete(self, path: str, **params: str) -> None:
        making = self._things.pop(path, None)
        if making:
            await asyncio.wait({making})
        try:
            await self._client.discard(path, **params)
        except LineError:
            # the sweep at the next connect finds what stays
            log.warning("cannot delete at the exchange", extra={"thing": path}, exc_info=True)
