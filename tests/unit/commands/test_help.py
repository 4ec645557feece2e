"""Every command explains itself, and quickly: nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

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
    assert promised <= set(COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from bot.cli import cli\n"
        "for name in cli.list_commands(None): CliRunner().invoke(cli, [name, '--help'])\n"
        "print([name for name in ('sklearn', 'sqlalchemy', 'ctranslate2', 'vosk') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
