"""A real Asterisk on loopback: no root privileges, no container, several side by side."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import aiohttp

from telephony.asterisk.ari import authorization
from telephony.asterisk.configuration import AsteriskConfig, Paths, Registrar, Trunk, write_configuration
from telephony.asterisk.probing import answers_ping, claimed, port_free
from telephony.port import LineError

SIP_PORT: Final = 5060
HTTP_PORT: Final = 8088
PATIENTS_PORT: Final = 5090
REGISTRARS_PORT: Final = 5100
"""Registrar n (from 0) answers at this port plus n, on the sandbox's own address."""

_READY_S: Final = 20.0
_STOP_S: Final = 5.0
_SOCKET_PATH_LIMIT: Final = 100
_BUILD_SCRIPT: Final = Path(__file__).parents[2] / "scripts" / "build_asterisk.sh"


class SandboxError(LineError):
    """The sandbox cannot start; the text says why and what to do."""


class AddressTaken(SandboxError):
    """Another Asterisk, or something else, already listens on this sandbox's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """`directory` keeps configuration, log, recordings and state; `index` gives the address 127.0.0.(11+index)."""

    directory: Path
    root: Path
    index: int = 0
    registrars: Sequence[str] = ("101", "102")
    apps: Sequence[str] = ("bot",)
    checks: bool = False

    @property
    def address(self) -> str:
        return f"127.0.0.{11 + self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxState:
    """A running sandbox, as kept in `state.json` for whoever needs it later."""

    pid: int
    version: str
    address: str
    sip_address: str
    patients_address: str
    registrars: dict[str, str]
    ari_url: str
    ari_user: str
    ari_password: str
    configuration: str
    recordings: str
    log: str

    @property
    def alive(self) -> bool:
        """Whether the process with that pid is still this very Asterisk."""
        try:
            command = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return False
        return f"{self.configuration}/asterisk.conf".encode() in command


class Sandbox:
    """Starts, finds again and stops one Asterisk. It outlives this process unless stopped."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self._paths = _paths(config)

    @property
    def registrars(self) -> list[Registrar]:
        return [
            Registrar(extension=number, contact=f"sip:{number}@{self.config.address}:{REGISTRARS_PORT + at}")
            for at, number in enumerate(self.config.registrars)
        ]

    def state(self) -> SandboxState | None:
        """The running sandbox of this directory, None if there is none."""
        try:
            kept = SandboxState(**json.loads(self._state_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return kept if kept.alive else None

    async def start(self, asterisk: AsteriskConfig | None = None) -> SandboxState:
        """Start unless it runs already; returns when calls can come. Raises SandboxError or AddressTaken.

        `asterisk`, made from `configuration()`, tries another one, such as a clinic's, at this sandbox's address.
        """
        running = self.state()
        if running:
            return running
        with claimed(self.config.address) as ours:
            if not ours:
                raise AddressTaken(f"На адресе {self.config.address} как раз запускается другая песочница")
            self._check()
            return await self._start(asterisk or self.configuration())

    async def _start(self, config: AsteriskConfig) -> SandboxState:
        for folder in (self._paths.var, self._paths.spool, self._paths.run, self._paths.log, self._paths.recordings):
            folder.mkdir(parents=True, exist_ok=True)
        write_configuration(config)
        await self._launch()
        try:
            state = await self._wait_ready(config.ari_password)
        except BaseException:
            await self._abandon()
            raise
        self._state_file.touch(mode=0o600)
        self._state_file.write_text(json.dumps(asdict(state), ensure_ascii=False, indent=2), encoding="utf-8")
        return state

    async def stop(self) -> bool:
        """End Asterisk and every call in it; False if it was not running."""
        running = self.state()
        if running:
            await _end(running)
        self._state_file.unlink(missing_ok=True)
        return running is not None

    async def console(self, command: str) -> str:
        """The answer of Asterisk's own console, for tests and doctors."""
        process = await asyncio.create_subprocess_exec(
            *self._command(), "-rx", command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        return output.decode(errors="replace")

    @property
    def _state_file(self) -> Path:
        return self.config.directory / "state.json"

    def _password(self) -> str:
        """Random, so that no other Asterisk can be taken for this one; kept, so that a service finds it restarted."""
        kept = self.config.directory / "ari.secret"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_hex(16))
        return kept.read_text()

    def _command(self) -> list[str]:
        root = self.config.root
        return [
            str(root / "lib64/ld-linux-x86-64.so.2"),
            "--library-path",
            str(root / "usr/lib/x86_64-linux-gnu"),
            str(root / "usr/sbin/asterisk"),
            "-C",
            str(self._paths.etc / "asterisk.conf"),
            "-n",
        ]

    def _check(self) -> None:
        if not (self.config.root / "asterisk-version").exists():
            raise SandboxError(f"Asterisk не собран в {self.config.root}: запустите scripts/build_asterisk.sh")
        if len(str(self._paths.run)) > _SOCKET_PATH_LIMIT - len("/asterisk.ctl"):
            raise SandboxError(f"Слишком длинный путь для управляющего сокета: {self._paths.run}")
        for port, kind in ((HTTP_PORT, socket.SOCK_STREAM), (SIP_PORT, socket.SOCK_DGRAM)):
            if not port_free(self.config.address, port, kind):
                raise AddressTaken(f"Порт {self.config.address}:{port} занят другой программой")

    def configuration(self) -> AsteriskConfig:
        """What the templates are filled with."""
        address = self.config.address
        return AsteriskConfig(
            trunk=Trunk(host=address, port=PATIENTS_PORT, domain=address, anyone=True),
            registrars=self.registrars,
            paths=self._paths,
            node=f"sandbox{self.config.index}",
            sip_address=address,
            sip_port=SIP_PORT,
            http_address=address,
            http_port=HTTP_PORT,
            ari_password=self._password(),
            apps=self.config.apps,
            desk_seconds=15,
            checks=self.config.checks,
        )

    async def _launch(self) -> None:
        """Asterisk puts itself into the background, so it is nobody's child and needs nobody to wait for it."""
        process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        if await process.wait():
            raise SandboxError(f"Asterisk не запустился; см. {self._paths.log}/full")

    async def _wait_ready(self, password: str) -> SandboxState:
        """Its password makes sure that it is ours that answers and not another one on the same port."""
        deadline = time.monotonic() + _READY_S
        url = f"http://{self.config.address}:{HTTP_PORT}/ari"
        async with aiohttp.ClientSession(headers=authorization("bot", password)) as session:
            while time.monotonic() < deadline:
                if await answers_ping(session, url):
                    await self.console("core waitfullybooted")
                    return self._describe(password, url)
                await asyncio.sleep(0.03)
        raise SandboxError(f"Asterisk не ответил за {_READY_S:.0f} с; см. {self._paths.log}/full")

    async def _abandon(self) -> None:
        """Nobody will know of this Asterisk: it must not stay."""
        with contextlib.suppress(OSError, ValueError):
            await _end(self._describe("", ""))

    def _describe(self, password: str, url: str) -> SandboxState:
        address = self.config.address
        return SandboxState(
            pid=int((self._paths.run / "asterisk.pid").read_text()),
            version=(self.config.root / "asterisk-version").read_text().strip(),
            address=address,
            sip_address=f"sip:registry@{address}:{SIP_PORT}",
            patients_address=f"{address}:{PATIENTS_PORT}",
            registrars={item.endpoint: item.contact for item in self.registrars},
            ari_url=url,
            ari_user="bot",
            ari_password=password,
            configuration=str(self._paths.etc),
            recordings=str(self._paths.recordings),
            log=str(self._paths.log / "full"),
        )


def _paths(config: SandboxConfig) -> Paths:
    at = config.directory
    return Paths(
        etc=at / "etc",
        modules=config.root / "usr/lib/x86_64-linux-gnu/asterisk/modules",
        data=config.root / "usr/share/asterisk",
        var=at / "var",
        spool=at / "spool",
        run=at / "run",
        log=at / "log",
        recordings=at / "recordings",
    )


async def _end(running: SandboxState) -> None:
    deadline = time.monotonic() + _STOP_S
    os.kill(running.pid, signal.SIGTERM)
    while running.alive:
        if time.monotonic() > deadline:
            os.kill(running.pid, signal.SIGKILL)
            deadline += _STOP_S
        await asyncio.sleep(0.02)


async def start_on_free_address(config: SandboxConfig, *, tries: int = 200) -> Sandbox:
    """Start on the first free address from `config.index` on; raises SandboxError when none is left."""
    for index in range(config.index, min(config.index + tries, 240)):
        sandbox = Sandbox(replace(config, index=index))
        try:
            await sandbox.start()
        except AddressTaken:
            continue
        return sandbox
    raise SandboxError("Нет свободного адреса для песочницы на петле 127.0.0.11–250")


async def find_root() -> Path:
    """Where scripts/build_asterisk.sh puts the root; only the script knows how the cache is keyed."""
    process = await asyncio.create_subprocess_exec(str(_BUILD_SCRIPT), "--print-root", stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise SandboxError(f"{_BUILD_SCRIPT} не смог назвать путь")
    return Path(output.decode().strip())
