"""The stage of a demo: a line (Asterisk or simulated), the service on it, telephones of patients and registrars."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Protocol

from bot.composition.line import asterisk_line
from bot.composition.opening import open_all
from bot.composition.service import Service, serve_page
from bot.composition.speech import open_speech
from bot.demo.cast import working_day_after
from bot.demo.watch import CallWatch
from bot.domain.clock import Clock, SystemClock
from bot.settings import Settings, asterisk_root
from speech.port import Synthesizer
from speech.rhvoice import RhvoiceSynthesizer
from telephony.asterisk.sandbox import SandboxConfig, SandboxState, start_on_free_address
from telephony.phone import PhoneCall, Ringing
from telephony.port import Line
from telephony.simulated import SimulatedExchange, SimulatedLine
from telephony.softphone.ua import Softphone

Say = Callable[[str], None]


class Telephone(Protocol):
    """A telephone that can call and be called."""

    async def dial(self, address: str, /) -> PhoneCall: ...

    async def next_call(self) -> Ringing: ...


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything set up; `line_name` is what the last JSON line of a demo says."""

    service: Service
    watch: CallWatch
    voices: Synthesizer
    line_name: str
    registry: str
    page: str
    sandbox: SandboxState | None
    make_patient: Callable[[str], Telephone]
    called_patient: Callable[[str], Telephone]
    registrar: Telephone
    closers: list[Callable[[], object]] = field(default_factory=list)


def demo_clock(settings: Settings) -> SystemClock:
    """The coming Monday at ten: tomorrow is a working day, and people may be phoned now."""
    today = datetime.now(settings.zone).date()
    return SystemClock(settings.zone, datetime.combine(working_day_after(today), clock_time(10), tzinfo=settings.zone))


@asynccontextmanager
async def open_stage(
    settings: Settings, *, clinic: Path, simulated: bool, say: Say, watch: CallWatch, clock: Clock | None = None
) -> AsyncIterator[Stage]:
    """Set everything up, with a word for each step, and take it down again; by its own clock unless one is given."""
    async with AsyncExitStack() as stack:
        speech = await stack.enter_async_context(open_speech(settings))  # loads while Asterisk starts
        voices = RhvoiceSynthesizer(workers=2)
        stack.push_async_callback(voices.close)
        exchange: SimulatedExchange | None = None
        sandbox: SandboxState | None = None
        line: Line
        if simulated:
            folder = settings.data / "simulated-recordings"
            folder.mkdir(parents=True, exist_ok=True)
            exchange = SimulatedExchange(folder)
            line = SimulatedLine(exchange)
        else:
            say("Запускаю Asterisk на петле…")
            sandbox = await _sandbox(settings, stack)
            line = asterisk_line(settings)
        say("Готовлю клинику, распознавание и голоса…")
        service = await stack.enter_async_context(
            open_all(settings, clock or demo_clock(settings), speech, line, clinic=clinic)
        )
        await voices.start()
        watching = asyncio.create_task(_watch(service, watch))
        stack.push_async_callback(_stop, watching)
        runner, page = await serve_page(service.app, settings)
        stack.push_async_callback(runner.cleanup)
        health = await line.health()
        phones = _simulated_phones(exchange) if exchange else _sip_phones(sandbox, stack)
        yield Stage(
            service=service,
            watch=watch,
            voices=voices,
            line_name="simulated" if simulated else f"asterisk {health.version}",
            registry=sandbox.sip_address if sandbox else "registry",
            page=page,
            sandbox=sandbox,
            make_patient=phones[0],
            called_patient=phones[1],
            registrar=phones[2],
        )


async def _sandbox(settings: Settings, stack: AsyncExitStack) -> SandboxState:
    root = asterisk_root()
    assert root is not None, "the demo command checks that Asterisk is built"
    config = SandboxConfig(directory=settings.sandbox, root=root, registrars=("101",))
    sandbox = await start_on_free_address(config)
    stack.push_async_callback(sandbox.stop)
    state = sandbox.state()
    assert state is not None, "it has just been started"
    return state


async def _watch(service: Service, watch: CallWatch) -> None:
    async for numbered in service.state.events.subscribe(None):
        await watch.take(numbered.event)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


Phones = tuple[Callable[[str], Telephone], Callable[[str], Telephone], Telephone]


def _simulated_phones(exchange: SimulatedExchange) -> Phones:
    return exchange.phone, exchange.phone, exchange.phone("reg-101")


def _sip_phones(sandbox: SandboxState | None, stack: AsyncExitStack) -> Phones:
    """Patients call from free ports; the one who is called sits where the sandbox's trunk leads to."""
    assert sandbox is not None, "SIP telephones need the sandbox"

    def patient(number: str) -> Softphone:
        phone = Softphone("127.0.0.1", user=number)
        stack.push_async_callback(phone.close)
        return phone

    host, port = sandbox.patients_address.split(":")
    city = Softphone(host, int(port), user="city")
    stack.push_async_callback(city.close)
    contact = next(iter(sandbox.registrars.values()))
    desk_host, desk_port = contact.split("@")[1].split(":")
    desk = Softphone(desk_host, int(desk_port), user="101")
    stack.push_async_callback(desk.close)
    return patient, lambda number: city, desk
