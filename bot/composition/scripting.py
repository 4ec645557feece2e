"""Script versions over the clinic's database, their exam in a process of its own: calls must not wait for it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor

from bot.domain.script_versions import Exam
from bot.scripting.desk import ScriptDesk
from bot.scripting.store import ScriptStore
from crm_bridge.local.part import Ground

_NICE = 10


def script_desk(ground: Ground) -> ScriptDesk:
    """The editor's desk over the clinic's database."""
    return ScriptDesk(ScriptStore(ground), examine_apart)


async def examine_apart(script: str, files: Mapping[str, str], *, talk: bool) -> Exam:
    """The port Examine: in another process, behind whatever carries calls."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_step_back)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, _examine, script, dict(files), talk)
    finally:
        await asyncio.to_thread(pool.shutdown)


def _step_back() -> None:
    os.nice(_NICE)


def _examine(script: str, files: Mapping[str, str], talk: bool) -> Exam:
    # what understands is read by the process that plays the dialogues, not by the service
    from bot.composition.script_exam import examine

    return examine(script, files, talk=talk)
