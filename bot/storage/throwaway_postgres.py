"""A real PostgreSQL for a test run or a bench: started on loopback, never as root, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UNPRIVILEGED = ("postgres", "nobody")
DURABILITY_OFF = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class PostgresMissing(RuntimeError):
    """PostgreSQL is not installed; the text is Russian and says how to install it."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `url(name)` is a database on it for SQLAlchemy."""

    binaries: Path
    port: int
    user: str = "registratura"

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://{self.user}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh, empty database, dropped at the end of the block."""
        name = f"t_{os.urandom(6).hex()}"
        self.run("createdb", "--template=template0", name)
        try:
            yield self.url(name)
        finally:
            self.run("dropdb", "--force", name)

    def run(self, tool: str, *arguments: str) -> None:
        """Run one of PostgreSQL's own tools against the server."""
        _run(None, self.binaries / tool, "-h", "127.0.0.1", "-p", self.port, "-U", self.user, *arguments)


@contextmanager
def running_postgres(options: str = "-c shared_buffers=32MB") -> Iterator[PostgresServer]:
    """A server of one's own, stopped and removed at the end of the block. Raises PostgresMissing."""
    binaries, user = find_binaries(), unprivileged_user()
    home = Path(tempfile.mkdtemp(prefix="registratura-pg-"))
    server = PostgresServer(binaries=binaries, port=_free_port())
    if user:
        shutil.chown(home, user)
    data = home / "data"
    try:
        _run(user, binaries / "initdb", "-D", data, "-U", server.user, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        # Durability is of no use to a database that lives for one run.
        given = f"-p {server.port} -k {home} -c listen_addresses=127.0.0.1 -c max_connections=120 {DURABILITY_OFF}"
        start = ("-l", home / "log", "-o", f"{given} {options}", "-w", "-t", "60", "start")
        _run(user, binaries / "pg_ctl", "-D", data, *start)
        try:
            yield server
        finally:
            _run(user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def find_binaries() -> Path:
    """The directory of initdb and postgres: of Debian's newest version, or on PATH. Raises PostgresMissing."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: int(path.parent.parent.name), default=None)
    if newest:
        return newest.parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise PostgresMissing("PostgreSQL не установлен: запустите scripts/install_postgres.sh")
    return Path(on_path).resolve().parent


def unprivileged_user() -> str | None:
    """Whom to run the server as: ourselves, or, as root, somebody with fewer rights."""
    if os.geteuid() != 0:
        return None
    return next(name for name in UNPRIVILEGED if _exists(name))


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(user: str | None, *command: object) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        cwd="/",
        stdout=subprocess.DEVNULL,
    )
