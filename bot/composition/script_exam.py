"""The exam of a script, in a process of its own: calls must not wait for it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor

from bot.calls.replay import DialogueError
from bot.domain.script_versions import Exam, Finding
from bot.scripting.exam import failures, play_all, read_files, read_own_dialogues

_NICE = 10


async def examine_apart(script: str, files: Mapping[str, str], *, talk: bool) -> Exam:
    """The port Examine: in another process, behind whatever carries calls."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_step_back)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, examine, script, dict(files), talk)
    finally:
        await asyncio.to_thread(pool.shutdown)


def _step_back() -> None:
    os.nice(_NICE)


def examine(script: str, files: Mapping[str, str], talk: bool) -> Exam:
    """Check, and with `talk` play the dialogues of a script that has nothing against it."""
    made, findings = read_files(script, files)
    dialogues, unread = read_own_dialogues(script, files)
    findings += unread
    if made is None or findings or not talk or not dialogues:
        return Exam(script=script, findings=findings)
    # what understands takes seconds to read: only whoever talks waits for it
    from bot.composition.script_stage import Stage

    try:
        played = asyncio.run(play_all(made, dialogues, Stage().begin))
    except DialogueError as error:
        return Exam(script=script, findings=(Finding(place="диалоги", message=str(error)),))
    return Exam(script=script, findings=failures(script, played), dialogues=len(dialogues))
