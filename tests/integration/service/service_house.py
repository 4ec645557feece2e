"""The whole service as its users run it: `sandbox start`, `serve --clinic --now`, `calls --json`, and telephones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.commands.demo import HURRY_RATE
from bot.demo.person import Part, Person
from bot.demo.watch import CallWatch
from bot.domain.events import CallStarted, LiveEvent
from bot.storage.live_events import RedisEvents
from bot.storage.valkey import embedded_url
from bot.web.ports import EventsLost
from speech.port import Synthesizer
from telephony.phone import CallRefused
from telephony.softphone.call import SoftphoneCall
from telephony.softphone.ua import Softphone

CLINIC = Path(__file__).parents[2] / "dialogues" / "clinic.json"
NOW = "2026-11-23T10:00"
READY = "Принимаю звонки"
START_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str


def run(folder: Path, *arguments: str, timeout_s: float = 60, **environment: str) -> Ran:
    """One `registratura` command in its own data folder."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        env=environ(folder, **environment),
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    return Ran(code=done.returncode, out=done.stdout, err=done.stderr)


def environ(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a command: nothing of the developer's own settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRATURA__")}
    own = {
        "REGISTRATURA__DATA": str(folder),
        "REGISTRATURA__PAGE__PORT": "0",
        "REGISTRATURA__OUTBOUND__ENABLED": "false",
        "REGISTRATURA__HANDOVER__RING_SECONDS": "5",
        "REGISTRATURA__SPEECH__RATE": str(HURRY_RATE),
    }
    return {**clean, **own, **more}


@dataclass(slots=True)
class ServiceHouse:
    """A data folder with a running sandbox; the service in it comes and goes."""

    folder: Path
    sandbox: Mapping[str, Any]
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(default=Path())
    _starts: int = 0

    async def start(self, **environment: str) -> float:
        """Start the service; returns after how many seconds it said that it takes calls."""
        self._starts += 1
        self.log = self.folder / f"service-{self._starts}.log"
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve", "--clinic", str(CLINIC), "--now", NOW],
                env=environ(self.folder, **environment),
                stderr=log,
            )
        while READY not in self.said():
            if self.process.poll() is not None or time.monotonic() - began > START_S:
                raise AssertionError(f"the service did not start:\n{self.said()}")
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    def said(self) -> str:
        """All that the service has logged since its last start."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tracebacks(self) -> list[str]:
        """The line before each one; the queue's upkeep may stumble over a job that ended as it looked at it."""
        lines = self.said().splitlines()
        before = [lines[at - 1] for at, line in enumerate(lines) if line.startswith("Traceback")]
        return [line for line in before if "saq: Upkeep task failed" not in line]

    def kill(self) -> None:
        """End the service as a crash would: its children and its calls stay."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End the service as systemd would; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    @property
    def page(self) -> str:
        """The page's address."""
        found = re.search(r"http://[\d.:]+/", self.said())
        assert found
        return found[0]

    def children(self, module: str) -> list[int]:
        """Process ids of the service's workers of this module."""
        assert self.process is not None
        return [pid for pid in _children(self.process.pid) if module in _command(pid)]

    async def valkey(self) -> int:
        """Process id of the embedded Valkey, also of one that the service took over and did not start."""
        client = Redis.from_url(embedded_url(self.folder / "valkey"))
        async with asyncio.timeout(10), client:
            while True:
                with contextlib.suppress(RedisError, OSError):
                    return int((await client.info("server"))["process_id"])
                await asyncio.sleep(0.05)

    def calls(self) -> list[dict[str, Any]]:
        """The journal by the command-line contract, oldest call first."""
        done = run(self.folder, "calls", "--json", "--last", "100")
        assert done.code == 0, done.err
        return [json.loads(line) for line in done.out.splitlines()]

    def call(self, call_id: str) -> dict[str, Any]:
        """One call of the journal."""
        return next(call for call in self.calls() if call["id"] == call_id)

    async def at_the_desk(self, desk: Softphone, caller: str, *, within_s: float) -> SoftphoneCall:
        """The registrar picks up when this caller is put through: what another test left unanswered rings on."""
        async with asyncio.timeout(within_s):
            while True:
                ringing = await desk.next_call()
                if ringing.caller == caller:
                    with contextlib.suppress(CallRefused):
                        return await ringing.answer()

    def desk_phone(self) -> Softphone:
        """The first registrar's telephone."""
        host, port = next(iter(self.sandbox["registrars"].values())).split("@")[1].split(":")
        return Softphone(host, int(port), user="101")

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[CallWatch]:
        """Follow the live events, through a crash of the service too."""
        redis: Redis = Redis.from_url(embedded_url(self.folder / "valkey"), socket_timeout=None)
        events, watch = RedisEvents(redis), _LastingWatch()

        async def follow(after: int | None) -> None:
            while True:
                try:
                    async for numbered in events.subscribe(after):
                        after = numbered.number
                        await watch.take(numbered.event)
                except EventsLost:
                    after = None
                except (RedisError, OSError):
                    await asyncio.sleep(0.1)

        # what happens from here on is seen, however late the first look at the stream comes
        following = asyncio.create_task(follow(await events.latest()))
        try:
            yield watch
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await events.close()
            await redis.aclose()


class _LastingWatch(CallWatch):
    """A resumed call is still the same call."""

    async def take(self, event: LiveEvent) -> None:
        if not (isinstance(event, CallStarted) and event.call_id in self.calls):
            await super().take(event)


@dataclass(slots=True)
class Caller:
    """A patient on the phone: what they say is synthesised, what they answer is chosen by the bot's state."""

    house: ServiceHouse
    watch: CallWatch
    voice: Synthesizer
    part: Part
    phone: Softphone = field(init=False)
    call: SoftphoneCall = field(init=False)
    call_id: str = ""

    async def __aenter__(self) -> Caller:
        known = len(self.watch.calls)
        self.phone = Softphone("127.0.0.1", user=self.part.phone)
        self.call = await asyncio.wait_for(self.phone.dial(self.house.sandbox["sip_address"]), 30)
        self.call_id = (await asyncio.wait_for(self.watch.call_of(self.part.phone, since=known), 30)).call_id
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.phone.close()

    async def talk(self) -> dict[str, Any]:
        """Converse to the end; returns the outcome."""
        watched = self.watch.calls[self.call_id]
        await Person(self.part, self.voice, self.watch).talk(self.call, watched)
        return await asyncio.wait_for(self.watch.ended(watched), 30)

    async def reach(self, state: str) -> None:
        """Return when the bot asks this."""
        watched = self.watch.calls[self.call_id]
        number = 0
        while True:
            turn = await asyncio.wait_for(self.watch.question_after(watched, number), 60)
            assert turn is not None, f"the call ended before {state}: {watched.outcome}"
            if turn.state == state:
                return
            number = turn.number


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(") ", 1)[1].split()[1]) == parent:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
