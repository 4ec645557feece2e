"""The clinic's bench on a small clinic: the rows are there, every question is asked, plans are shown."""

from __future__ import annotations

import pytest

from bot.storage import migrate
from bot.storage.engine import Database
from crm_bridge.local.bench import LIMITS_MS, ClinicBench, NotEmpty, bench_clinic, verdict
from crm_bridge.local.bench_data import Size


@pytest.mark.postgres
async def test_a_small_clinic_is_filled_and_measured(postgres_url: str) -> None:
    await migrate.upgrade(postgres_url)
    database = Database(postgres_url)
    size, plans = Size(patients=1000, visits=3000), list[str]()
    try:
        figures = await bench_clinic(ClinicBench(database, size), explain=plans.append)
        with pytest.raises(NotEmpty):
            await ClinicBench(database, size).fill()
    finally:
        await database.dispose()

    assert figures["rows"]["patients"] == 1000
    assert figures["rows"]["visits"] == 3000
    assert all(figures[name]["p95_ms"] > 0 for name in LIMITS_MS)
    assert any("== due_work" in plan and "Execution Time" in plan for plan in plans)


def test_the_verdict_names_what_is_too_slow() -> None:
    quick = {name: {"p95_ms": 1.0} for name in LIMITS_MS}
    slow = quick | {"patient_by_phone": {"p95_ms": 11.0}, "due_work": {"p95_ms": 19.0}}
    assert verdict(quick, quick)["ok"]
    said = verdict(quick, slow)
    assert (said["over"], said["flat"], said["ok"]) == ({"patient_by_phone": 11.0}, False, False)
