"""`registratura bench lines`: many calls at once through a real Asterisk, beside a plain echo in the same run."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from telephony.asterisk.ari import AriAddress
from telephony.asterisk.exchange import LineConfig
from telephony.asterisk.line import AsteriskLine
from telephony.asterisk.sandbox import Sandbox, SandboxConfig, SandboxState, find_root, start_on_free_address
from telephony.bench.load import callers, talk
from telephony.bench.worker import Gate, Worker, speech_gate
from telephony.pacer import Pacer
from telephony.port import LineError

_PROBES: Final = 5
_RAMP_S: Final = 60.0
_SETTLE_S: Final = 2.0
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run: the sandbox, where it came from, and how much is asked of it."""

    sandbox: Sandbox
    state: SandboxState
    folder: Path
    calls: int
    seconds: int
    gate: Callable[[], Gate]
    sound: bytes

    @property
    def root(self) -> Path:
        return self.sandbox.config.root


async def bench_lines(
    calls: int = 100,
    seconds: int = 20,
    *,
    gate: Callable[[], Gate] = speech_gate,
    sound: bytes | None = None,
    index: int = 0,
) -> dict[str, Any]:
    """Carry `calls` calls for `seconds`; figures in packets, milliseconds and percent of one core.

    `gate` makes what looks at every frame of one call, `sound` is what callers say (PCM16 8 kHz; bursts of tones if
    none is given). The callers are sipp and, for timing, a few softphones, all in other processes.
    Raises SandboxError if Asterisk has not been built.
    """
    # Asterisk's last recordings may still be renamed when it has gone
    with tempfile.TemporaryDirectory(prefix="registratura-bench-", ignore_cleanup_errors=True) as folder:
        config = SandboxConfig(directory=Path(folder) / "a", root=await find_root(), index=index, checks=True)
        sandbox = await start_on_free_address(config)
        state = sandbox.state()
        assert state is not None, "start returns only with a running Asterisk"
        run = Bench(
            sandbox=sandbox,
            state=state,
            folder=Path(folder),
            calls=calls,
            seconds=seconds,
            gate=gate,
            sound=sound or talk(),
        )
        try:
            loaded = await _loaded(run)
            echo = await _echo(run)
        finally:
            await sandbox.stop()
    return {"calls": calls, "seconds": seconds, "asterisk": state.version, **loaded, "echo": echo}


async def _loaded(run: Bench) -> dict[str, Any]:
    pacer = Pacer()
    line = _line(run.state, pacer)
    await line.start()
    worker = Worker(line, run.gate)
    serving = asyncio.create_task(worker.run())
    probes = min(_PROBES, run.calls)
    try:
        async with callers(
            run.state, run.root, run.folder, number="registry", calls=run.calls - probes, sound=run.sound
        ):
            await _until(lambda: _is(len(worker.calls) >= run.calls - probes), "не все звонки приняты")
            return await _measure(run, worker, pacer, probes)
    finally:
        serving.cancel()
        await worker.stop()
        await line.close()


async def _measure(run: Bench, worker: Worker, pacer: Pacer, probes: int) -> dict[str, Any]:
    listening = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "telephony.bench.probe", run.state.sip_address, run.state.address),
        *(str(probes), str(run.seconds + 2 * _SETTLE_S)),
        stdout=asyncio.subprocess.PIPE,
    )
    await _until(lambda: _is(len(worker.calls) >= run.calls), "пробные звонки не приняты")
    await asyncio.sleep(_SETTLE_S)
    pacer.lateness()
    before = _heard(worker)
    cpu = _Cpu(bot=os.getpid(), asterisk=run.state.pid)
    await asyncio.sleep(run.seconds)
    used, late, after = cpu.percent(), pacer.lateness(), _heard(worker)
    output, _ = await listening.communicate()
    packets, lost, gaps = (now - then for now, then in zip(after, before, strict=True))
    return {
        "answered": len(worker.calls),
        "setup_ms": {"p50": _quantile(worker.setup_ms, 0.5), "p95": _quantile(worker.setup_ms, 0.95)},
        "bot_side": {
            "packets": packets,
            "lost": lost,
            "gaps_over_40ms": gaps,
            "gaps_over_40ms_percent": round(100 * gaps / max(1, packets), 3),
            "tick_worst_ms": late.worst_ms,
            "ticks_dropped": late.dropped,
        },
        "callers_side": json.loads(output),
        "cpu_percent": used,
        "cpu_percent_per_call": {name: round(value / run.calls, 3) for name, value in used.items()},
    }


async def _echo(run: Bench) -> dict[str, float]:
    """The floor: the same callers against the dialplan's Echo()."""
    line = _line(run.state, Pacer())
    await line.start()

    async def everybody_is_up() -> bool:
        return (await line.health()).channels >= run.calls

    try:
        async with callers(run.state, run.root, run.folder, number="echo", calls=run.calls, sound=run.sound):
            await _until(everybody_is_up, "не все звонки дошли до эха")
            await asyncio.sleep(_SETTLE_S)
            cpu = _Cpu(asterisk=run.state.pid)
            await asyncio.sleep(run.seconds)
            used = cpu.percent()["asterisk"]
    finally:
        await line.close()
    return {"asterisk_cpu_percent": used, "asterisk_cpu_percent_per_call": round(used / run.calls, 3)}


class _Cpu:
    """Processor time of processes since this was made."""

    def __init__(self, **pids: int) -> None:
        self._began = time.monotonic()
        self._pids = pids
        self._before = {name: _cpu_seconds(pid) for name, pid in pids.items()}

    def percent(self) -> dict[str, float]:
        passed = time.monotonic() - self._began
        return {
            name: round(100 * (_cpu_seconds(pid) - self._before[name]) / passed, 1) for name, pid in self._pids.items()
        }


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def _heard(worker: Worker) -> tuple[int, int, int]:
    stats = [call.media.stats for call in worker.calls]
    return (
        sum(one.received for one in stats),
        sum(one.missing for one in stats),
        sum(one.gaps_over_40ms for one in stats),
    )


def _line(state: SandboxState, pacer: Pacer) -> AsteriskLine:
    address = AriAddress(url=state.ari_url, user=state.ari_user, password=state.ari_password, app="bot")
    config = LineConfig(ari=address, media_address=state.address, recordings=Path(state.recordings))
    return AsteriskLine(config, pacer=pacer)


def _quantile(values: Sequence[float], share: float) -> float:
    if len(values) < 2:
        return round(sum(values), 1)
    return round(statistics.quantiles(values, n=100, method="inclusive")[int(share * 100) - 1], 1)


async def _is(value: bool) -> bool:
    return value


async def _until(condition: Callable[[], Awaitable[bool]], failure: str) -> None:
    try:
        async with asyncio.timeout(_RAMP_S):
            while not await condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise LineError(f"Замер линий: {failure} за {_RAMP_S:.0f} с") from None
