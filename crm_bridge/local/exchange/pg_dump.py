"""Copies of PostgreSQL by its own programs; a restore is one transaction, so that a bad copy costs nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

from sqlalchemy import make_url

from crm_bridge.local.exchange.errors import ExchangeError

_AS_BEFORE = "База осталась прежней. "
_REVISION = re.compile(r"^COPY \S*alembic_version .*?;\n(\S+)$", re.MULTILINE)


def write_dump(path: Path, url: str) -> None:
    """Write the whole database in pg_dump's own format. Raises ExchangeError."""
    command = [_program("pg_dump"), "--format=custom", "--no-owner", f"--file={path}", *_where(url)]
    done = subprocess.run(command, env=_environment(url), capture_output=True, text=True, check=False)
    if done.returncode:
        raise _failed("pg_dump", done.stderr)


def dump_revision(path: Path) -> str | None:
    """The schema's revision, by reading the whole copy once. Raises ExchangeError for a damaged one."""
    program = _program("pg_restore")
    whole = subprocess.run([program, "--file=/dev/null", str(path)], capture_output=True, check=False)
    told = subprocess.run(
        [program, "--data-only", "--table=alembic_version", "--file=-", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if whole.returncode or told.returncode:
        raise ExchangeError(f"{path}: копия повреждена")
    found = _REVISION.search(told.stdout)
    return found[1] if found else None


def restore_dump(path: Path, url: str, tables: Sequence[str]) -> None:
    """Drop these tables and put the copy in their place, in one transaction. Raises ExchangeError, nothing changed.

    `tables` are all that this programme knows: what the copy has not would stand in the way of a later upgrade.
    """
    giving = [_program("pg_restore"), "--clean", "--if-exists", "--no-owner", "--file=-", str(path)]
    taking = [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *_where(url)]
    drops = "".join(f'DROP TABLE IF EXISTS "{table}" CASCADE;\n' for table in tables)
    with tempfile.TemporaryFile() as giver_faults, tempfile.TemporaryFile() as taker_faults:
        giver = subprocess.Popen(giving, stdout=subprocess.PIPE, stderr=giver_faults)
        taker = subprocess.Popen(
            taking, env=_environment(url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=taker_faults
        )
        _feed(giver, taker, f"BEGIN;\n{drops}".encode())
        if taker.wait():
            raise _failed("psql", _read(taker_faults), _AS_BEFORE)
        if giver.wait():
            raise _failed("pg_restore", _read(giver_faults), _AS_BEFORE)


def _feed(giver: subprocess.Popen[bytes], taker: subprocess.Popen[bytes], beginning: bytes) -> None:
    """Hand everything over; only a copy that was given to its end is kept: without the last word psql leaves all be."""
    assert giver.stdout is not None
    assert taker.stdin is not None
    # psql that has stopped at a fault takes nothing more; its code tells of it.
    with suppress(BrokenPipeError), closing(giver.stdout), closing(taker.stdin):
        taker.stdin.write(beginning)
        shutil.copyfileobj(giver.stdout, taker.stdin)
        if giver.wait() == 0:
            taker.stdin.write(b"\nCOMMIT;\n")


def _program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise ExchangeError(f"Не найдена программа {name}: установите клиент PostgreSQL (пакет postgresql-client)")
    return program


def _where(url: str) -> list[str]:
    parsed = make_url(url)
    who = [f"--username={parsed.username}"] if parsed.username else []
    return [
        "--no-password",
        f"--dbname={parsed.database}",
        f"--host={parsed.host or 'localhost'}",
        f"--port={parsed.port or 5432}",
        *who,
    ]


def _environment(url: str) -> dict[str, str]:
    """The password goes by the environment, where `ps` does not show it."""
    password = make_url(url).password
    secret = {"PGPASSWORD": password} if password else {}
    return {**os.environ, "PGOPTIONS": "-c client_min_messages=warning", **secret}


def _read(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")


def _failed(tool: str, said: str, after: str = "") -> ExchangeError:
    # the first line alone: those after it quote a patient's row
    why = next(iter(said.strip().splitlines()), "не удалось")
    return ExchangeError(f"{tool}: {why}. {after}Можно и так: registratura backup --portable")
