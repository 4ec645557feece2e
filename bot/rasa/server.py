"""The Rasa service as a child of ours: started on loopback with a token, ready when its model is loaded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.rasa.environment import RasaEnvironment, RasaError, without_our_settings
from bot.rasa.trainer import end
from dialogs.nlu.rasa_client import FaultKind, RasaClient, RasaFault

_TOKEN_VARIABLE: Final = "REGISTRATURA_RASA_TOKEN"
_SERVE: Final = (
    f"import os, sys; sys.argv += ['--auth-token', os.environ.pop({_TOKEN_VARIABLE!r})]; "
    "from rasa.__main__ import main; main()"
)
"""Rasa 3.6 takes its token from the arguments only."""
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_POLL_S: Final = 0.5
_TOLD_EVERY_S: Final = 10.0
_READY_S: Final = 240.0
_NOT_YET: Final = (FaultKind.UNREACHABLE, FaultKind.LATE, FaultKind.NO_MODEL)
_LAST_LINES: Final = 12
_ANSWER_S: Final = 10.0
WARM_UP: Final = "запишите меня к терапевту"


class RasaServer:
    """One `rasa run` with a model; what it tells goes to a log file."""

    def __init__(self, environment: RasaEnvironment, model: Path, *, url: str, token: str, log: Path) -> None:
        """Take where to serve: `url` must be of this machine's loopback. Raises RasaError."""
        address = urlsplit(url)
        if address.hostname not in _LOOPBACK or address.path.strip("/"):
            raise RasaError(f"Rasa запускают на этой машине, на петле; nlu.rasa_url указывает на {url}.")
        self._command = environment.python(
            *("-c", _SERVE, "run", "--enable-api", "--model", str(model), "--interface", address.hostname or ""),
            *("--port", str(address.port or 80), "--endpoints", "none.yml", "--credentials", "none.yml"),
        )
        self._folder = model.parent
        self._token = token
        self._client = RasaClient(url, token, timeout_s=_ANSWER_S)
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, say: Callable[[str], None]) -> float:
        """Return after how many seconds it is ready to rank. Raises RasaError with the end of its log."""
        if await self._answers():
            raise RasaError(f"По адресу {self._client.url} уже отвечает служба Rasa: registratura rasa status")
        began = time.monotonic()
        say("Rasa запускается, модель загружается: обычно до минуты")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env={**without_our_settings(), _TOKEN_VARIABLE: self._token},  # arguments are seen by everybody
            )
        await self._until_ready(began, say)
        await self._warm_up()
        return time.monotonic() - began

    async def wait(self) -> None:
        """Return only with RasaError: when the service has ended by itself."""
        assert self._process is not None, "start comes first"
        await self._process.wait()
        raise RasaError(self._last_words())

    async def stop(self) -> None:
        """End the service; safe twice."""
        await self._client.close()
        if self._process is not None:
            await end(self._process)

    async def _until_ready(self, began: float, say: Callable[[str], None]) -> None:
        assert self._process is not None
        told = began
        while not await self._answers():
            now = time.monotonic()
            if self._process.returncode is not None or now > began + _READY_S:
                raise RasaError(self._last_words())
            if now > told + _TOLD_EVERY_S:
                told = now
                say(f"ещё загружается: {now - began:.0f} с")
            await asyncio.sleep(_POLL_S)

    async def _warm_up(self) -> None:
        """The first question takes Rasa longer than a caller would wait."""
        try:
            await self._client.parse(WARM_UP)
        except RasaFault as fault:
            raise RasaError(f"{fault} ({self._client.url}). Весь её рассказ в {self._log}") from None

    async def _answers(self) -> bool:
        try:
            await self._client.status()
        except RasaFault as fault:
            if fault.kind in _NOT_YET:
                return False
            raise RasaError(f"{fault} ({self._client.url})") from None
        return True

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_LAST_LINES:]
        return f"Rasa не заработала, весь её рассказ в {self._log}. Последнее:\n" + "\n".join(lines)
