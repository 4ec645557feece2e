"""The exam of a script, in a process of its own: calls must not wait for it.

As a programme it reads `{"script", "files", "talk"}` from its input and writes the exam as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.calls.replay import DialogueError
from bot.domain.script_versions import Exam, Problem
from bot.scripting.exam import failures, play_all, read_files, read_own_dialogues

EXAM_S = 300.0
"""A template may loop; nobody waits for it for ever."""
_NICE = 10


class ExamRoom:
    """The port Examine: behind whatever carries calls, one exam at a time; who gives up waiting ends the exam."""

    def __init__(self) -> None:
        self._free = asyncio.Lock()

    async def __call__(self, script: str, files: Mapping[str, str], *, talk: bool) -> Exam:
        asked = json.dumps({"script": script, "files": dict(files), "talk": talk}).encode()
        async with self._free:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __name__), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            try:
                async with asyncio.timeout(EXAM_S):
                    told, _ = await process.communicate(asked)
            except TimeoutError:
                message = f"проверка не закончилась за {EXAM_S / 60:.0f} минут: нет ли в шаблоне бесконечного повтора"
                return Exam(script=script, findings=(Problem(place="проверка", message=message),))
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode != 0:
            # out of memory, or out of stack: what a template does is the script's fault, and the log has its last words
            message = "проверка оборвалась: нет ли в шаблоне или в YAML слишком многого; подробности в журнале"
            return Exam(script=script, findings=(Problem(place="проверка", message=message),))
        return _read(json.loads(told))


def _read(told: Mapping[str, Any]) -> Exam:
    return Exam(**{**told, "findings": tuple(Problem(**finding) for finding in told["findings"])})


def examine(script: str, files: Mapping[str, str], *, talk: bool) -> Exam:
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
        return Exam(script=script, findings=(Problem(place="диалоги", message=str(error)),))
    return Exam(script=script, findings=failures(script, played), dialogues=len(dialogues))


def main() -> None:
    """One exam from stdin to stdout; whatever else is printed goes to stderr."""
    os.nice(_NICE)
    answer, sys.stdout = sys.stdout, sys.stderr
    asked = json.load(sys.stdin)
    json.dump(asdict(examine(asked["script"], asked["files"], talk=asked["talk"])), answer)
    answer.flush()


if __name__ == "__main__":
    main()
