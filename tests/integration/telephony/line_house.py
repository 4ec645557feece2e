"""A line with phones around it, real or simulated, and what tests of it ask again and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from speech.pcm import tone
from telephony.asterisk.ari import AriAddress
from telephony.asterisk.exchange import LineConfig
from telephony.asterisk.line import AsteriskLine
from telephony.asterisk.sandbox import (
    HTTP_PORT,
    PATIENTS_PORT,
    REGISTRARS_PORT,
    SandboxState,
)
from telephony.pacer import Pacer
from telephony.phone import Phone, PhoneCall
from telephony.port import CallLeg, HungUp, Line, PersonLeg
from telephony.simulated import SimulatedExchange, SimulatedLine
from telephony.softphone import Softphone

BOT_HZ, CALLER_HZ, PERSON_HZ = 440, 700, 1100


def bot_tone(ms: int = 300) -> bytes:
    return tone(BOT_HZ, ms, 0.3)


def caller_tone(ms: int = 300) -> bytes:
    return tone(CALLER_HZ, ms, 0.3)


def person_tone(ms: int = 300) -> bytes:
    return tone(PERSON_HZ, ms, 0.3)


def has_tone(pcm: bytes, hz: float) -> bool:
    """Whether that pitch is clearly in the sound for at least a tenth of a second."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(float)
    wave = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / 8000)
    window = np.ones(400)
    if len(samples) < 400:
        return False
    level = np.abs(np.convolve(samples * wave, window, "valid")) / 400
    return bool(np.count_nonzero(level > 1500) > 400)


def is_silent(pcm: bytes) -> bool:
    """Nothing but the noise of A-law's zero."""
    return not np.any(np.abs(np.frombuffer(pcm, dtype="<i2").astype(int)) > 200)


def loud_ms(pcm: bytes) -> float:
    """How long the sound is anything but silent."""
    return float(np.count_nonzero(np.abs(np.frombuffer(pcm, dtype="<i2").astype(int)) > 300) / 8)


async def eventually(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for a condition that events bring about; fails loudly when it does not come."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


class Listener:
    """All that the bot hears on a call."""

    def __init__(self, leg: CallLeg) -> None:
        self.heard = bytearray()
        self.ended = False
        self._task = asyncio.create_task(self._run(leg))

    async def _run(self, leg: CallLeg) -> None:
        async for frame in leg.media.frames():
            self.heard += frame
        self.ended = True

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class House(Protocol):
    """A line and the phones around it."""

    line: Line
    uri: str

    def patient(self, number: str) -> Phone: ...

    def registrar(self, endpoint: str) -> Phone: ...

    def city(self, number: str) -> Phone: ...

    async def restart(self) -> Line:
        """The line dies without ending its calls, and a new one starts."""

    async def nothing_left(self) -> None:
        """Fails unless no channel and no bridge remains."""

    async def close(self) -> None: ...


class SimulatedHouse:
    def __init__(self, folder: Path) -> None:
        self.exchange = SimulatedExchange(folder)
        self.line: Line = SimulatedLine(self.exchange)
        self.uri = "registry"
        self.patient = self.registrar = self.city = self.exchange.phone
        self.exchange.phone("reg-102").reachable = False

    async def restart(self) -> Line:
        await self.line.close()
        self.line = SimulatedLine(self.exchange)
        await self.line.start()
        return self.line

    async def nothing_left(self) -> None:
        await eventually(lambda: not self.exchange.wires)

    async def close(self) -> None:
        await self.line.close()
        for wire in tuple(self.exchange.wires.values()):
            wire.end()


class AsteriskHouse:
    def __init__(self, state: SandboxState) -> None:
        self.state = state
        self.pacer = Pacer()
        self.uri = state.sip_address
        self.line: Line = self.new_line()
        self.phones: dict[int, Softphone] = {}

    def new_line(self, url: str = "") -> AsteriskLine:
        state = self.state
        address = AriAddress(url=url or state.ari_url, user=state.ari_user, password=state.ari_password, app="bot")
        config = LineConfig(ari=address, media_address=state.address, recordings=Path(state.recordings))
        return AsteriskLine(config, pacer=self.pacer)

    def _phone(self, port: int, user: str) -> Softphone:
        phone = self.phones.get(port) or Softphone(self.state.address, port, user=user, pacer=self.pacer)
        self.phones[port or phone.port] = phone
        return phone

    def patient(self, number: str) -> Softphone:
        return self._phone(0, number)

    def registrar(self, endpoint: str) -> Softphone:
        return self._phone(REGISTRARS_PORT + int(endpoint[-1]) - 1, endpoint)

    def city(self, number: str) -> Softphone:
        return self._phone(PATIENTS_PORT, number)

    async def restart(self) -> Line:
        await self.line.close()
        self.line = self.new_line()
        await self.line.start()
        return self.line

    async def nothing_left(self) -> None:
        async with asyncio.timeout(10):
            while (health := await self.line.health()).channels or health.bridges:
                await asyncio.sleep(0.02)

    async def close(self) -> None:
        for phone in self.phones.values():
            await phone.close()
        try:
            await self.nothing_left()
        finally:
            await self.line.close()


class Cable:
    """A connection to Asterisk's HTTP port that can be cut and mended."""

    def __init__(self, state: SandboxState) -> None:
        self._target = state.address
        self._ends: set[asyncio.StreamWriter] = set()
        self._whole = True
        self._server: asyncio.Server | None = None
        self.url = ""

    async def lay(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/ari"

    def cut(self) -> None:
        self._whole = False
        for end in tuple(self._ends):
            end.transport.abort()

    def mend(self) -> None:
        self._whole = True

    async def remove(self) -> None:
        self.cut()
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        if not self._whole:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(self._target, HTTP_PORT)
        self._ends.add(far_writer)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def connected(house: House, number: str = "79161234567") -> tuple[CallLeg, PhoneCall]:
    """A patient who has phoned and been answered."""
    dialling = asyncio.create_task(house.patient(number).dial(house.uri))
    leg = await asyncio.wait_for(anext(house.line.incoming()), 10)
    await leg.answer()
    return leg, await asyncio.wait_for(dialling, 10)


async def hung_up(leg: CallLeg) -> HungUp:
    """The last event of the leg; keys and the rest are passed over."""
    async with asyncio.timeout(10):
        seen = [event async for event in leg.events()]
    assert isinstance(seen[-1], HungUp)
    assert not any(isinstance(event, HungUp) for event in seen[:-1])
    return seen[-1]


async def reached(house: House, leg: CallLeg, endpoint: str = "reg-101") -> tuple[PersonLeg, PhoneCall]:
    """A registrar who is rung and answers."""
    phone = house.registrar(endpoint)
    ringing = asyncio.create_task(leg.ring(endpoint, timeout_s=5, caller_name="Пациент"))
    call = await (await asyncio.wait_for(phone.next_call(), 10)).answer()
    return await asyncio.wait_for(ringing, 10), call


async def recorded(leg: CallLeg) -> Path:
    path = await leg.finish_recording()
    assert path is not None
    assert path.suffix == ".wav"
    return path


def connection(house: AsteriskHouse) -> asyncio.Event:
    """Set while the line hears of events."""
    assert isinstance(house.line, AsteriskLine)
    return house.line._client.connected
