"""Every command explains itself, and quickly: nothing heavy is imported for it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.cli import COMMANDS, cli


def every_command() -> Iterator[list[str]]:
    """The path of each command and of each subcommand."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        yield [name]
        if isinstance(command, click.Group):
            for inner in command.commands:
                yield [name, inner]


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_help_says_in_russian_what_it_does(path: list[str]) -> None:
    shown = CliRunner().invoke(cli, [*path, "--help"])
    assert shown.exit_code == 0, shown.output
    text = shown.output.partition("\n\n")[2]
    assert any("а" <= letter <= "я" for letter in text.lower()), "the help has no Russian sentence"


def test_all_commands_of_the_contract_are_there() -> None:
    promised = {"chat", "nlu", "asr", "tts", "sandbox", "serve", "calls", "bench", "demo", "doctor", "queue", "clinic"}
    promised |= {"accept"}
    of_the_clinic = {"report", "rules", "story", "user", "import", "export", "backup", "restore"}
    assert promised | of_the_clinic <= set(COMMANDS)


LONG_RUNS = ("accept hostile", "accept talk", "accept morning")
OF_THE_CLINIC = ("report", "rules", "story", "user", "user add", "import", "export", "backup", "restore")
OF_SCRIPTS = tuple(f"script {name}" for name in ("check", "diff", "graph", "export", "publish", "rollback"))


@pytest.mark.parametrize("path", [*OF_THE_CLINIC, *OF_SCRIPTS, *LONG_RUNS])
def test_help_gives_an_example_that_is_a_command(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = CliRunner().invoke(cli, [*path.split(), "--help"], terminal_width=200)
    example = shown.output.partition("Пример: registratura ")[2].splitlines()[0]
    assert example.startswith(path)
    words = shlex.split(example)
    command: click.Command = cli
    while isinstance(command, click.Group):
        inner = command.get_command(click.Context(command), words.pop(0))
        assert inner is not None
        command = inner
    monkeypatch.chdir(tmp_path)
    for file in ("пациенты.xlsx", "копия"):
        Path(file).touch()
    # Parsed, not run: an option, a kind or a role that does not exist is refused here.
    command.make_context(command.name, words)


def test_the_examples_name_a_report_and_a_story_that_exist() -> None:
    from bot.demo.stories import STORIES
    from crm_bridge.local.reports import REPORTS

    for path, known in (("report", REPORTS), ("story", STORIES)):
        example = CliRunner().invoke(cli, [path, "--help"]).output.partition("Пример: registratura ")[2]
        assert example.split()[1] in known


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from bot.cli import cli\n"
        "for name in cli.list_commands(None): CliRunner().invoke(cli, [name, '--help'])\n"
        "print([name for name in ('sklearn', 'sqlalchemy', 'ctranslate2', 'vosk') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
