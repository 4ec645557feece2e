"""The sandbox as a command line needs it: start, stop and status as plain dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from telephony.asterisk.sandbox import Sandbox, SandboxConfig, SandboxState, find_root, start_on_free_address


async def start_sandbox(
    directory: Path,
    *,
    root: Path | None = None,
    registrars: Sequence[str] = ("101", "102"),
    apps: Sequence[str] = ("bot",),
) -> dict[str, Any]:
    """Start Asterisk in `directory`, or find it running there; it outlives this process. Raises SandboxError.

    The first free address from 127.0.0.11 on is taken, so that several checkouts do not disturb each other.
    """
    config = SandboxConfig(directory=directory, root=root or await find_root(), registrars=registrars, apps=apps)
    return _describe((await start_on_free_address(config)).state())


async def stop_sandbox(directory: Path) -> dict[str, Any]:
    """End it and every call in it; `stopped` tells whether it was running."""
    return {"running": False, "stopped": await _of(directory).stop()}


def sandbox_status(directory: Path) -> dict[str, Any]:
    """Where it is to be reached, or only that it does not run."""
    return _describe(_of(directory).state())


def _of(directory: Path) -> Sandbox:
    return Sandbox(SandboxConfig(directory=directory, root=Path()))


def _describe(state: SandboxState | None) -> dict[str, Any]:
    return {"running": True, **asdict(state)} if state else {"running": False}
