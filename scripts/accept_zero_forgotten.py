"""A hundred thousand events on SQLite and on PostgreSQL: nobody is forgotten. Prints a line of JSON for each database.

Usage: accept_zero_forgotten.py [--events 100000] [--walk 5000] [--seed 1] [--database sqlite|postgres]
A walk is a fresh database and its own seed (the first walk has --seed, the next one more), so that a failure is
repeated by its seed alone: --events N --walk N --seed S.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.storage import migrate
from bot.storage.engine import Database
from bot.storage.throwaway_postgres import running_postgres
from tests.rules.forgetting import Forgotten, Report, walk


async def one_walk(url: str, seed: int, events: int) -> Report:
    """A walk through a database of its own."""
    await migrate.upgrade(url)
    database = Database(url)
    try:
        return await walk(database, seed, events, every=5)
    finally:
        await database.dispose()


@contextmanager
def sqlite(seed: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="registratura-walk-") as folder:
        yield f"sqlite+aiosqlite:///{folder}/walk{seed}.db"


def walks(which: str, seed: int, events: int, size: int) -> bool:
    """All walks of one database; prints what they were, tells whether nothing was forgotten."""
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    began, walked, checks, broken = time.monotonic(), 0, 0, ""
    with running_postgres() if which == "postgres" else _nothing() as server:
        while walked < events and not broken:
            number = seed + walked // size
            count = min(size, events - walked)
            try:
                with server.database() if server else sqlite(number) as url:
                    report = asyncio.run(one_walk(url, number, count))
            except Forgotten as error:
                broken = str(error)
                break
            done, refused = done + report.done, refused + report.refused
            walked, checks = walked + count, checks + report.checks
            print(f"{which}: seed {number}, {count} events, {walked} in all", file=sys.stderr, flush=True)
    figures = {
        "zero_forgotten": which,
        "first_seed": seed,
        "events": walked,
        "checks": checks,
        "seconds": round(time.monotonic() - began),
        "done": sum(done.values()),
        "refused": sum(refused.values()),
        "broken": broken or None,
    }
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return not broken


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--walk", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"))
    given = parser.parse_args()
    which = [given.database] if given.database else ["sqlite", "postgres"]
    right = [walks(one, given.seed, given.events, given.walk) for one in which]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
