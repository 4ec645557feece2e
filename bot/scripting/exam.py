"""The exam of a script before it goes live: the checks, then its regression dialogues."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from bot.calls.conversation import Conversation
from bot.calls.replay import Dialogue, DialogueError, Played, parse_dialogues, play
from bot.domain.script_versions import Problem
from dialogs.script import Script, ScriptError, check_script, files_of, load_files
from dialogs.script.load import SHIPPED

Begin = Callable[[Script, Dialogue], Awaitable[Conversation]]
"""Makes a talk for a dialogue, over a clinic of its own; raises DialogueError."""


def dialogues_file(script: str) -> str:
    """Where a script keeps its regression dialogues, by path from its folder."""
    return f"dialogues/{script}.yml"


def shipped_files(script: str) -> dict[str, str]:
    """The files of a script as it comes with the product, its dialogues too."""
    return folder_files(SHIPPED / f"{script}.yml")


def folder_files(main: Path) -> dict[str, str]:
    """The files of a script on the disk, and its dialogues where it has any beside it. Raises ScriptError."""
    name = dialogues_file(main.stem)
    dialogues = main.parent / name
    try:
        own = {name: dialogues.read_text(encoding="utf-8")} if dialogues.is_file() else {}
    except UnicodeDecodeError:
        problem = Problem(place="диалоги", message="файл не в кодировке UTF-8", file=str(dialogues), line=1)
        raise ScriptError((problem,)) from None
    return files_of(main) | own


def read_files(script: str, files: Mapping[str, str]) -> tuple[Script | None, tuple[Problem, ...]]:
    """The script that these files make, None when it cannot be read; and what stands against publishing it."""
    try:
        made = load_files(files, script)
    except ScriptError as error:
        return None, error.problems
    findings = check_script(made)
    if made.id != script:
        file, line = made.places.get("id", ("", 0))
        message = f"здесь сказано «{made.id}», а сценарий называется «{script}»"
        findings.insert(0, Problem(place="id", message=message, file=file, line=line))
    return made, tuple(findings)


def read_own_dialogues(script: str, files: Mapping[str, str]) -> tuple[Sequence[Dialogue], tuple[Problem, ...]]:
    """The regression dialogues among a script's files, or why they cannot be read."""
    name = dialogues_file(script)
    try:
        return parse_dialogues(files.get(name, ""), name), ()
    except DialogueError as error:
        return (), (Problem(place="диалоги", message=str(error), file=name),)


async def play_all(script: Script, dialogues: Sequence[Dialogue], begin: Begin) -> Sequence[tuple[Dialogue, Played]]:
    """Lead every dialogue to its end. Raises DialogueError."""
    return [(dialogue, await play(dialogue, await begin(script, dialogue))) for dialogue in dialogues]


def failures(script: str, played: Sequence[tuple[Dialogue, Played]]) -> tuple[Problem, ...]:
    """What did not come out as expected."""
    name = dialogues_file(script)
    return tuple(
        Problem(place=f"диалог {dialogue.id}", message=failure, file=name)
        for dialogue, one in played
        for failure in one.failures
    )
