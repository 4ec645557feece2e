"""How quick the bundled clinic is when it is big: figures, and the plans of the queries behind them."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import event, func, select, text

from bot.domain.clinic import OpeningQuery
from bot.domain.clock import MOSCOW, ManualClock
from bot.storage.engine import Database
from crm_bridge.local.bench_data import PROFESSIONS, Size, fill
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.segments import LocalSegments, Segment
from crm_bridge.local.tables import PatientRow

NOW = datetime(2026, 11, 23, 12, 5, tzinfo=MOSCOW)
LIMITS_MS = {"openings_30_days": 50, "patient_by_phone": 10, "segment_of_four": 1000, "due_work": 20}
"""What issue 3 promises of the 95th percentile."""
PAGE = 100
"""Openings asked for at a time: a page of them."""


class NotEmpty(Exception):
    """The database holds somebody's patients; the text is Russian."""


@dataclass(slots=True, kw_only=True)
class Measured:
    """Milliseconds of every run, and the statements of the last one."""

    runs: list[float] = field(default_factory=list)
    statements: list[tuple[str, Any]] = field(default_factory=list)

    def at(self, share: float) -> float:
        return round(sorted(self.runs)[min(len(self.runs) - 1, int(len(self.runs) * share))], 1)


class ClinicBench:
    """A filled clinic and what is asked of it."""

    def __init__(self, database: Database, size: Size) -> None:
        self._database, self._size = database, size
        clinic = LocalClinic(database, ManualClock(NOW))
        self._clinic, self._desk, self._segments = clinic, LocalDesk(clinic), LocalSegments(clinic.ground)
        self._chance = random.Random(size.seed)

    async def fill(self) -> float:
        """Make the clinic; the seconds it took. Raises NotEmpty."""
        async with self._database.read() as session:
            if await session.scalar(select(PatientRow.id).limit(1)):
                raise NotEmpty("В этой базе уже есть пациенты: для замера нужна пустая")
        began = time.monotonic()
        async with self._database.engine.begin() as connection:
            await fill(connection, self._size, NOW, NOW.date())
        async with self._database.engine.connect() as connection:
            outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await outside.execute(text("VACUUM ANALYZE"))
        return round(time.monotonic() - began, 1)

    async def counts(self) -> dict[str, int]:
        """Rows of the tables that matter."""
        async with self._database.read() as session:
            return {
                name: int(await session.scalar(select(func.count()).select_from(text(name))) or 0)
                for name in ("patients", "visits", "openings", "clinic_tasks")
            }

    def asked(self) -> dict[str, tuple[Callable[[], Awaitable[object]], int]]:
        """What is measured, and how often."""
        return {
            "openings_30_days": (self._openings, 120),
            "patient_by_phone": (self._patient, 200),
            "segment_of_four": (self._segment, 12),
            "due_work": (lambda: self._clinic.due_errands(limit=PAGE), 120),
            "time_driven_rules": (self._time, 20),
            "inactive_patients": (self._desk.sweep.inactive, 12),
        }

    async def measure(self, name: str) -> Measured:
        """Run one of them often; the first run warms up and is not counted."""
        what, runs = self.asked()[name]
        measured = Measured()
        await what()
        for _ in range(runs):
            with self._listening(measured):
                began = time.perf_counter()
                await what()
                measured.runs.append((time.perf_counter() - began) * 1000)
        return measured

    async def plans(self, measured: Measured) -> list[str]:
        """EXPLAIN ANALYZE of the last run's statements."""
        shown = []
        async with self._database.engine.connect() as connection:
            for statement, parameters in measured.statements:
                rows = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
                shown.append("\n".join([statement, *(row[0] for row in rows)]))
        return shown

    @contextmanager
    def _listening(self, measured: Measured) -> Iterator[None]:
        measured.statements = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.lstrip().upper().startswith("SELECT"):
                measured.statements.append((statement, parameters))

        engine = self._database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", note)

    async def _openings(self) -> Sequence[object]:
        today = NOW.date()
        query = OpeningQuery(
            specialty=self._chance.choice(PROFESSIONS),
            date_from=today,
            date_to=today + timedelta(days=30),
            limit=PAGE,
        )
        found = await self._clinic.openings(query)
        assert len(found) == PAGE, "a busy clinic still has openings"
        return found

    async def _patient(self) -> Sequence[object]:
        found = await self._clinic.patients_by_phone(f"+79{self._chance.randrange(self._size.patients):09}")
        assert len(found) == 1, "each has a phone of their own"
        return found

    async def _time(self) -> None:
        """What a minute asks of the visits and the waiting list when nothing is due."""
        sweep = self._desk.sweep
        done = await sweep.mark_no_shows() + await sweep.withdraw_overdue() + await sweep.expire_waits()
        assert done == 0, "nothing was due"

    async def _segment(self) -> int:
        segment = Segment(
            last_visit_before=date(2026, 9, 1) + timedelta(days=self._chance.randrange(30)),
            visits_at_least=2,
            cancelled_at_least=1,
            spent_at_least=3000,
        )
        return await self._segments.count(segment)


async def bench_clinic(bench: ClinicBench, *, explain: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Fill and measure one clinic: 95th percentiles and medians in milliseconds."""
    figures: dict[str, Any] = {"filled_seconds": await bench.fill(), "rows": await bench.counts()}
    for name in bench.asked():
        measured = await bench.measure(name)
        figures[name] = {"p50_ms": measured.at(0.5), "p95_ms": measured.at(0.95), "runs": len(measured.runs)}
        if explain:
            for plan in await bench.plans(measured):
                explain(f"== {name}\n{plan}\n")
    return figures


def verdict(small: dict[str, Any], big: dict[str, Any]) -> dict[str, Any]:
    """Both sizes and whether the promises are kept; `flat` allows the noise of two milliseconds or half as much."""
    over = {name: big[name]["p95_ms"] for name, limit in LIMITS_MS.items() if big[name]["p95_ms"] > limit}
    before, after = small["due_work"]["p95_ms"], big["due_work"]["p95_ms"]
    flat = after <= max(before * 1.5, before + 2)
    return {"limits_ms": LIMITS_MS, "small": small, "big": big, "over": over, "flat": flat, "ok": flat and not over}
