"""The stage of a demo: a line (Asterisk or simulated), the service on it, telephones of patients and registrars."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Protocol

from bot.composition.core import open_core, open_state
from bot.composition.line import asterisk_line
from bot.composition.service import Service, open_service, serve_page
from bot.composition.speech import SpeechParts
from bot.demo.cast import working_day_after
from bot.demo.watch import CallWatch
from bot.domain.clock import Clock, SystemClock
from bot.settings import Settings, asterisk_root
from speech.port import Synthesizer
from speech.rhvoice import RhvoiceSynthesizer
from telephony.asterisk.sandbox import Sandbox, SandboxConfig, SandboxState, start_on_free_address
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
    people: asyncio.Task[None]
    """Loads the voices of the people who phone."""
    watch: CallWatch
    voices: Synthesizer
    line_name: str
    registry: str
    page: str
    sandbox: SandboxState | None
    make_patient: Callable[[str], Telephone]
    called_patient: Callable[[str], Telephone]
    registrar: Telephone

    async def can_talk(self) -> None:
        """Return when people can speak, the bot can hear and has its prompts at hand. Raises SpeechError."""
        hearing = self.service.speech.can_hear()
        await asyncio.gather(asyncio.shield(self.people), hearing, asyncio.wait({self.service.warming}))

    async def ready(self) -> None:
        """Return when whoever phones is understood too. Raises as `Service.ready`."""
        await asyncio.gather(self.can_talk(), self.service.ready(clockwork=False))


def demo_clock(settings: Settings) -> SystemClock:
    """The coming Monday at ten: tomorrow is a working day, and people may be phoned now."""
    today = datetime.now(settings.zone).date()
    return SystemClock(settings.zone, datetime.combine(working_day_after(today), clock_time(10), tzinfo=settings.zone))


@asynccontextmanager
async def open_stage(
    settings: Settings,
    speech: SpeechParts,
    *,
    clinic: Path,
    simulated: bool,
    say: Say,
    watch: CallWatch,
    clock: Clock | None = None,
) -> AsyncIterator[Stage]:
    """Set up, with a word for each step, so that calls are taken; take down later. Its own clock if none is given."""
    async with AsyncExitStack() as stack:
        voices, people = _people(stack)
        booting = None if simulated else _boot(settings, say, stack)
        say("Готовлю клинику, распознавание и голоса…")
        core = await stack.enter_async_context(open_core(settings, clock or demo_clock(settings), clinic=clinic))
        state = await stack.enter_async_context(open_state(core))
        sandbox = (await booting).state() if booting else None
        exchange = None if booting else SimulatedExchange(_folder(settings))
        line: Line = SimulatedLine(exchange) if exchange else asterisk_line(settings)
        service = await stack.enter_async_context(open_service(core, state, speech, line))
        stack.push_async_callback(_stop, asyncio.create_task(_watch(service, watch)))
        runner, page = await serve_page(service.app, settings)
        stack.push_async_callback(runner.cleanup)
        name = "simulated" if simulated else f"asterisk {(await line.health()).version}"
        phones = _simulated_phones(exchange) if exchange else _sip_phones(sandbox, stack)
        yield Stage(
            service=service,
            people=people,
            watch=watch,
            voices=voices,
            line_name=name,
            registry=sandbox.sip_address if sandbox else "registry",
            page=page,
            sandbox=sandbox,
            make_patient=phones[0],
            called_patient=phones[1],
            registrar=phones[2],
        )


def _people(stack: AsyncExitStack) -> tuple[RhvoiceSynthesizer, asyncio.Task[None]]:
    """The voices of those who phone, and their loading."""
    voices = RhvoiceSynthesizer(workers=2)
    stack.push_async_callback(voices.close)
    loading = asyncio.create_task(voices.start())
    stack.push_async_callback(_stop, loading)
    return voices, loading


def _folder(settings: Settings) -> Path:
    folder = settings.data / "simulated-recordings"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _boot(settings: Settings, say: Say, stack: AsyncExitStack) -> asyncio.Task[Sandbox]:
    """Asterisk starts beside what else is to be made ready."""
    root = asterisk_root()
    assert root is not None, "the demo command checks that Asterisk is built"
    say("Запускаю Asterisk на петле…")
    config = SandboxConfig(directory=settings.sandbox, root=root, registrars=("101",))
    booting = asyncio.create_task(start_on_free_address(config))
    stack.push_async_callback(_put_out, booting)
    return booting


async def _put_out(booting: asyncio.Task[Sandbox]) -> None:
    """Stop the Asterisk that may only be starting."""
    await asyncio.wait({booting})
    if not booting.cancelled() and booting.exception() is None:
        await booting.result().stop()


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
