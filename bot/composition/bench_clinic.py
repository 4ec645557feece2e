"""The clinic's bench on a PostgreSQL of its own, or on an empty database that is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.storage import migrate
from bot.storage.engine import Database
from bot.storage.throwaway_postgres import running_postgres
from crm_bridge.local.bench import ClinicBench, bench_clinic, verdict
from crm_bridge.local.bench_data import Size

SMALLER = 10
"""The first clinic is so many times smaller: what is due must take as long in both."""
Explain = Callable[[str], None] | None


def bench_clinics(size: Size, url: str | None, explain: Explain) -> dict[str, Any]:
    """Both sizes on a throwaway server; on a given database only the big one, and nothing to compare it with."""
    if url:
        big = asyncio.run(_one(url, size, explain))
        return verdict(big, big)
    less = replace(size, patients=size.patients // SMALLER, visits=size.visits // SMALLER)
    # a clinic of this size gives its server a quarter of a gigabyte
    with running_postgres("-c shared_buffers=256MB -c maintenance_work_mem=128MB -c max_wal_size=4GB") as server:
        with server.database() as first:
            small = asyncio.run(_one(first, less, None))
        with server.database() as second:
            return verdict(small, asyncio.run(_one(second, size, explain)))


async def _one(url: str, size: Size, explain: Explain) -> dict[str, Any]:
    await migrate.upgrade(url)
    database = Database(url)
    try:
        return await bench_clinic(ClinicBench(database, size), explain=explain)
    finally:
        await database.dispose()
