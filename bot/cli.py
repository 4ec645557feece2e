"""The `registratura` command. Each group of subcommands lies in bot/commands/."""

from __future__ import annotations

import sys
from typing import Final

import click

COMMANDS: Final = {
    # name: (module, help) — modules are imported only when used, so that --help is quick
    "serve": "bot.commands.service",
    "demo": "bot.commands.demo",
    "chat": "bot.commands.talk",
    "nlu": "bot.commands.talk",
    "script": "bot.commands.script",
    "rasa": "bot.commands.rasa",
    "learn": "bot.commands.learn",
    "asr": "bot.commands.sound",
    "tts": "bot.commands.sound",
    "prompts": "bot.commands.prompts",
    "sandbox": "bot.commands.line",
    "asterisk-config": "bot.commands.line",
    "clinic": "bot.commands.data",
    "db": "bot.commands.data",
    "calls": "bot.commands.data",
    "queue": "bot.commands.data",
    "user": "bot.commands.user",
    "story": "bot.commands.story",
    "rules": "bot.commands.rules",
    "report": "bot.commands.rules",
    "import": "bot.commands.exchange",
    "export": "bot.commands.exchange",
    "backup": "bot.commands.exchange",
    "restore": "bot.commands.exchange",
    "doctor": "bot.commands.check",
    "bench": "bot.commands.check",
    "accept": "bot.commands.accept",
}


class LazyGroup(click.Group):
    """Imports a subcommand's module when the subcommand is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        from importlib import import_module

        command = getattr(import_module(module), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="registratura")
def cli() -> None:
    """Регистратура: голосовая регистратура клиники. Подробности: registratura КОМАНДА --help."""


def main() -> None:
    """Run the command; expected faults are one readable line, not a traceback."""
    from bot.commands.support import configure_logging, readable

    configure_logging()
    try:
        sys.exit(cli(standalone_mode=False))  # a command that asks for an exit code has it returned here
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Остановлено.", err=True)
        sys.exit(130)
    except Exception as error:
        text = readable(error)
        if text is None:
            raise
        click.echo(f"Ошибка: {text}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
