"""The Vosk recogniser: streaming, partials, grammars by state, in worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Mapping
from pathlib import Path

from speech import wire
from speech.grammars import GRAMMARS
from speech.port import AsrContext, AsrStream, Expected, RecognizerCapabilities
from speech.vosk_stream import VoskStream
from speech.worker_process import WorkerFailed, WorkerProcess, WorkerSpec

_log = logging.getLogger(__name__)
_RESTART_AFTER_S = 0.5
_SILENT_FOR_S = 3.0
"""A worker that owes a final text and says nothing for so long is stuck."""


class VoskChannel:
    """One worker and the utterances that live in it."""

    def __init__(self, folder: Path) -> None:
        spec = WorkerSpec(module="speech.vosk_worker", arguments=(str(folder),))
        self._process = WorkerProcess(spec, self._on_message, self._on_exit)
        self._waiting: dict[int, asyncio.Future[wire.Header]] = {}
        self._restart: asyncio.Task[None] | None = None
        self._last_heard = 0.0
        self.streams: dict[int, VoskStream] = {}
        self.ready = False

    @property
    def pid(self) -> int | None:
        """Process id while it lives."""
        return self._process.pid

    async def start(self) -> None:
        """Load the model; raises WorkerFailed."""
        await self._process.start()
        self.ready = True
        self._last_heard = asyncio.get_running_loop().time()

    def send(self, number: int, request: wire.Header, sound: bytes = b"") -> None:
        """One operation on an utterance."""
        self._process.send({"id": number, "request": {"stream": number, **request}}, sound)

    async def ask(self, number: int, request: wire.Header) -> wire.Header:
        """An operation with one answer."""
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self.send(number, request)
        try:
            return await self._waiting[number]
        finally:
            del self._waiting[number]

    def suspect(self) -> None:
        """An answer is late: replace the worker if it has been silent altogether."""
        if asyncio.get_running_loop().time() - self._last_heard > _SILENT_FOR_S:
            _log.warning("speech worker is stuck and will be replaced", extra={"worker": "vosk"})
            self._process.kill()

    def _on_message(self, header: wire.Header, payload: bytes) -> None:
        self._last_heard = asyncio.get_running_loop().time()
        waiting = self._waiting.get(header["id"])
        if "missing" in header and waiting and not waiting.done():
            waiting.set_result(header)
        elif stream := self.streams.get(header["id"]):
            if "error" in header:
                _log.error("speech worker failed on an utterance", extra={"worker": "vosk", "error": header["error"]})
            stream.hear(header)

    def _on_exit(self) -> None:
        self.ready = False
        for stream in list(self.streams.values()):
            stream.fail("crashed")
        for waiting in self._waiting.values():
            waiting.set_exception(WorkerFailed("vosk worker died"))
        self._restart = asyncio.create_task(self._restart_soon())

    async def _restart_soon(self) -> None:
        while not self.ready:
            await self._process.close()
            await asyncio.sleep(_RESTART_AFTER_S)
            with contextlib.suppress(WorkerFailed, OSError):
                await self.start()

    async def close(self) -> None:
        """End the worker."""
        if self._restart:
            self._restart.cancel()
            await asyncio.gather(self._restart, return_exceptions=True)
        self.ready = False
        await self._process.close()


class VoskRecognizer:
    """At most `streams_per_worker` live utterances a worker; each worker holds a copy of the model."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 2,
        streams_per_worker: int = 4,
        grammars: Mapping[Expected, tuple[str, ...]] = GRAMMARS,
    ) -> None:
        self._channels = [VoskChannel(folder) for _ in range(workers)]
        self._streams_per_worker = streams_per_worker
        self._grammars = dict(grammars)
        self._numbers = itertools.count(1)

    @property
    def capabilities(self) -> RecognizerCapabilities:
        """Streaming with grammars; fed 8 kHz as it comes."""
        return RecognizerCapabilities(
            name="vosk", streaming=True, grammar=True, biasing=False, native_rate=8000, confidence=True
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the live workers."""
        return tuple(channel.pid for channel in self._channels if channel.pid is not None)

    @property
    def grammars(self) -> Mapping[Expected, tuple[str, ...]]:
        """Words by state, after `start` only those that the model has."""
        return self._grammars

    async def start(self) -> None:
        """Load the model in every worker and check the grammars against it; raises WorkerFailed."""
        try:
            await asyncio.gather(*(channel.start() for channel in self._channels))
            await self._check_grammars()
        except BaseException:
            await self.close()
            raise

    async def _check_grammars(self) -> None:
        for expected, words in self._grammars.items():
            answer = await self._channels[0].ask(next(self._numbers), {"op": "vocabulary", "words": list(words)})
            missing = set(answer["missing"])
            if missing:
                _log.warning(
                    "words of a grammar are not in the model and are left out",
                    extra={"state": expected.value, "missing": sorted(missing)},
                )
            self._grammars[expected] = tuple(word for word in words if word not in missing)

    def open(self, context: AsrContext) -> AsrStream:
        """An utterance in the least busy worker; where all are full it fails with `busy` at its end."""
        ready = [channel for channel in self._channels if channel.ready]
        channel = min(ready, key=lambda one: len(one.streams), default=None)
        if channel is None or len(channel.streams) >= self._streams_per_worker:
            return VoskStream(None, 0, context, ())
        return VoskStream(channel, next(self._numbers), context, self._grammars.get(context.expected, ()))

    async def close(self) -> None:
        """End the workers."""
        await asyncio.gather(*(channel.close() for channel in self._channels))
