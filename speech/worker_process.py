"""One speech worker process seen from the event loop: start, send, hear, kill."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from speech import wire
from speech.port import SpeechError

_PACKAGE_ROOT = str(Path(__file__).resolve().parent.parent)


class WorkerFailed(SpeechError):
    """A worker process could not start, died, or was killed for being late."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpec:
    """How to start a worker: its module, arguments and patience.

    `start_timeout_s` covers loading of models; `niceness` yields the processor to the media loop.
    """

    module: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    start_timeout_s: float = 60.0
    niceness: int = 2


class WorkerProcess:
    """A child that answers messages; `on_message` and `on_exit` are called on the loop."""

    def __init__(
        self, spec: WorkerSpec, on_message: Callable[[wire.Header, bytes], None], on_exit: Callable[[], None]
    ) -> None:
        self._spec = spec
        self._on_message = on_message
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while the process is up."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the process and wait until its engine is loaded; raises WorkerFailed."""
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=self._environment(),
            # Ctrl-C in the terminal is for the service, which then closes its workers
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self._spec.start_timeout_s):
                first = await wire.read_async(process.stdout)
        except BaseException as error:
            await self.close()
            if isinstance(error, TimeoutError):
                raise WorkerFailed(f"{self._spec.module}: не запустился за {self._spec.start_timeout_s:g} с") from None
            raise
        if first is None or "ready" not in first[0]:
            reason = first[0].get("fatal", "?") if first else "процесс завершился"
            await self.close()
            raise WorkerFailed(f"{self._spec.module}: {reason}")
        self._listening = asyncio.create_task(self._listen(process.stdout))

    def _command(self) -> list[str]:
        python = [sys.executable, "-P", "-m", self._spec.module, *self._spec.arguments]
        return ["nice", "-n", str(self._spec.niceness), *python] if self._spec.niceness else python

    def _environment(self) -> dict[str, str]:
        single_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        return {**os.environ, **single_thread, "PYTHONPATH": _PACKAGE_ROOT, **self._spec.environment}

    async def _listen(self, stdout: asyncio.StreamReader) -> None:
        while (message := await wire.read_async(stdout)) is not None:
            self._on_message(*message)
        self._on_exit()

    def send(self, header: wire.Header, payload: bytes = b"") -> None:
        """Queue one message to the worker; never blocks. What a dead worker misses, `on_exit` tells."""
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(wire.encode(header, payload))

    def kill(self) -> None:
        """End the process at once; `on_exit` follows."""
        if self.pid is not None and self._process:
            self._process.kill()

    async def close(self) -> None:
        """End the process without calling `on_exit`, and reap it."""
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        self.kill()
        if self._process:
            if self._process.stdin:
                self._process.stdin.close()
            await self._process.wait()
