"""Callers from another process: sipp, from the Asterisk root, playing A-law sound."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from speech.pcm import alaw_encode, silence, tone
from telephony.asterisk.sandbox import SIP_PORT, SandboxState
from telephony.port import LineError
from telephony.priority import REAL_TIME, sound_is_first

_CALLS_A_SECOND = 20


def talk() -> bytes:
    """What every caller says over and over: bursts that a speech gate takes for syllables, and pauses."""
    syllables = b"".join(tone(hz, 120, 0.25) + silence(60) for hz in (310, 270, 420, 350, 240, 390, 330, 280))
    return syllables + silence(900)


@contextlib.asynccontextmanager
async def callers(
    state: SandboxState, root: Path, folder: Path, *, number: str, calls: int, sound: bytes
) -> AsyncIterator[None]:
    """That many callers phone `number` and say `sound` over and over until the block ends (PCM16 8 kHz).

    Raises LineError if sipp cannot run.
    """
    process = await asyncio.create_subprocess_exec(
        *_command(state, root, _scenario(folder, number, sound), calls),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
        if process.returncode is not None:
            raise LineError(f"sipp закончил раньше времени с кодом {process.returncode}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _scenario(folder: Path, number: str, sound: bytes) -> Path:
    """sipp's scenario and the sound that it names, as files."""
    file, scenario = folder / "talk.al", folder / "caller.xml"
    file.write_bytes(alaw_encode(sound))
    environment = Environment(loader=PackageLoader("telephony.bench"), undefined=StrictUndefined, autoescape=True)
    template = environment.get_template("caller.xml.j2")
    scenario.write_text(template.render(number=number, sound=str(file), milliseconds=24 * 3600 * 1000))
    return scenario


def _command(state: SandboxState, root: Path, scenario: Path, calls: int) -> list[str]:
    loader = [str(root / "lib64/ld-linux-x86-64.so.2"), "--library-path", str(root / "usr/lib/x86_64-linux-gnu")]
    sipp = [str(root / "usr/bin/sipp"), f"{state.address}:{SIP_PORT}", "-sf", str(scenario), "-nostdin"]
    # callers are elsewhere in life: their own lateness on a busy machine is not what is measured, so they go first
    first = ["chrt", "--rr", str(REAL_TIME + 1)] if sound_is_first() else []
    amount = ["-m", str(calls), "-l", str(calls), "-r", str(_CALLS_A_SECOND)]
    where = ["-i", state.address, "-mi", state.address, "-p", "6000"]
    return [*first, *loader, *sipp, *amount, *where, "-min_rtp_port", "20000", "-max_rtp_port", "29999"]
