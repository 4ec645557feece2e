"""Imports into real databases: exact counts, the same twice, all or nothing of a batch, resumed after a kill."""

from __future__ import annotations

import asyncio
import csv
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select

from bot.domain.clock import MOSCOW, ManualClock
from bot.storage.base import Base
from bot.storage.engine import Database
from crm_bridge.local.exchange.errors import ExchangeError
from crm_bridge.local.exchange.fields import Kind
from crm_bridge.local.exchange.importer import ImportOrder, ImportReport, import_table
from crm_bridge.local.exchange.sink import Outcome
from crm_bridge.local.tables import PatientRow, PhoneRow
from tests.fixtures.dirty_rows import MAPPING, DirtyList, dirty_list

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
SEED = 20261123
BOOKKEEPING = {"import_runs", "import_errors", "audit", "outbox"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def settle(database: Database, dirty: DirtyList) -> None:
    """Put those into the base whom the list takes for known."""
    known = [(f"p{number}", one) for number, one in enumerate(dirty.people) if one.known]
    async with database.write() as session:
        await session.execute(
            insert(PatientRow),
            [
                {"id": key, "full_name": one.name, "birth_date": one.born, "note": "есть", "created_at": NOW}
                for key, one in known
            ],
        )
        phones = [{"patient_id": key, "phone": one.phone} for key, one in known if one.known == "same"]
        await session.execute(insert(PhoneRow), phones)


async def table_counts(database: Database) -> dict[str, int]:
    async with database.read() as session:
        return {
            table.name: int(await session.scalar(select(func.count()).select_from(table)) or 0)
            for table in Base.metadata.sorted_tables
            if table.name not in BOOKKEEPING
        }


def counts_of(report: ImportReport) -> dict[str, int]:
    counts = {outcome.value: int(getattr(report, outcome.value)) for outcome in Outcome}
    assert sum(counts.values()) == report.total
    return counts


def order(path: Path, **how: Any) -> ImportOrder:
    return ImportOrder(path=path, kind=Kind.PATIENTS, mapping=MAPPING, **how)


def written(tmp_path: Path, content: bytes, name: str = "patients.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


async def test_ten_thousand_dirty_rows_give_exact_counts_twice(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    dirty = dirty_list(10_000, SEED)
    await settle(database, dirty)
    path = written(tmp_path, dirty.csv())
    first = await import_table(order(path), database, clock)
    assert counts_of(first) == dirty.counts()
    after = await table_counts(database)
    assert after["patients"] == len(dirty.people)

    second = await import_table(order(path), database, clock)
    expected = dirty.counts()
    calm = expected["new"] + expected["changed"] + expected["unchanged"]
    assert counts_of(second) == {**expected, "new": 0, "changed": 0, "unchanged": calm}
    assert await table_counts(database) == after


async def test_a_dry_run_tells_the_same_counts_and_changes_nothing(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    dirty = dirty_list(2_600, SEED)
    await settle(database, dirty)
    before = await table_counts(database)
    told: list[tuple[int, int]] = []
    path = written(tmp_path, dirty.csv())
    dry = await import_table(order(path, dry_run=True), database, clock, progress=lambda *now: told.append(now))
    assert counts_of(dry) == dirty.counts()
    assert await table_counts(database) == before
    assert told == [(done, 2_600) for done in (0, 500, 1_000, 1_500, 2_000, 2_500, 2_600)]
    assert dry.errors is not None
    assert len(dry.errors.read_text(encoding="utf-8-sig").splitlines()) == dirty.counts()["bad"] + 1


@pytest.mark.parametrize(("name", "make"), [
    ("comma.csv", lambda dirty: dirty.csv(",", "utf-8-sig")),
    ("tab.txt", lambda dirty: dirty.csv("\t", "utf-8")),
    ("unicode.txt", lambda dirty: dirty.csv("\t", "utf-16")),
    ("book.xlsx", lambda dirty: dirty.xlsx()),
])  # fmt: skip
async def test_every_form_of_a_file_says_the_same(
    database: Database, clock: ManualClock, tmp_path: Path, name: str, make: Any
) -> None:
    dirty = dirty_list(600, SEED)
    await settle(database, dirty)
    report = await import_table(order(written(tmp_path, make(dirty), name)), database, clock)
    assert counts_of(report) == dirty.counts()


async def test_bad_rows_can_be_mended_and_fed_again(database: Database, clock: ManualClock, tmp_path: Path) -> None:
    def plain(path: Path) -> ImportOrder:
        return ImportOrder(path=path, kind=Kind.PATIENTS)

    content = "ФИО;Дата рождения;Телефон\nИванов Иван Иванович;31.02.1980;89161234567\nПетрова Анна;1.5.1990;123\n"
    report = await import_table(plain(written(tmp_path, content.encode("cp1251"))), database, clock)
    assert (report.new, report.bad) == (0, 2)
    assert report.errors == tmp_path / "patients.errors.csv"
    with report.errors.open(encoding="utf-8-sig", newline="") as stream:
        headings, *bad = csv.reader(stream, delimiter=";")
    assert headings == ["ФИО", "Дата рождения", "Телефон", "Ошибка"]
    assert [row[:3] for row in bad] == [
        ["Иванов Иван Иванович", "31.02.1980", "89161234567"],
        ["Петрова Анна", "1.5.1990", "123"],
    ]
    assert "нужна дата вида 31.12.1980" in bad[0][3]

    mended = report.errors.read_text(encoding="utf-8-sig").replace("31.02.1980", "28.02.1980")
    again = await import_table(plain(written(tmp_path, mended.encode(), "mended.csv")), database, clock)
    assert (again.new, again.bad) == (1, 1)
    assert again.errors is not None
    assert again.errors.read_text(encoding="utf-8-sig").splitlines()[0] == "ФИО;Дата рождения;Телефон;Ошибка"


async def test_a_fault_in_the_middle_of_a_batch_leaves_nothing_of_it_and_the_import_resumes(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    dirty = dirty_list(2_600, SEED)
    await settle(database, dirty)
    path = written(tmp_path, dirty.csv())
    known = sum(1 for one in dirty.people if one.known)
    phones: list[int] = []

    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO phones"):
            phones.append(1)
            if len(phones) == 4:
                raise RuntimeError("the lights went out")

    event.listen(database.engine.sync_engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="lights"):
        await import_table(order(path), database, clock)
    event.remove(database.engine.sync_engine, "before_cursor_execute", fail)
    assert (await table_counts(database))["patients"] == known + dirty.counts(1_500)["new"]

    report = await import_table(order(path), database, clock)
    assert report.resumed_from == 1_500
    assert counts_of(report) == dirty.counts()
    assert (await table_counts(database))["patients"] == len(dirty.people)
    assert report.errors is not None
    assert len(report.errors.read_text(encoding="utf-8-sig").splitlines()) == dirty.counts()["bad"] + 1


CHILD = """
import asyncio, sys, time
from pathlib import Path
from sqlalchemy import event
from bot.domain.clock import ManualClock
from bot.storage.engine import Database
from tests.integration.storage.test_exchange import NOW, import_table, order

async def main():
    database = Database(sys.argv[1])
    seen = []
    def stop(connection, cursor, statement, *rest):
        if statement.startswith("INSERT INTO phones"):
            seen.append(1)
            if len(seen) == 3:
                print("in the middle", flush=True)
                time.sleep(600)
    event.listen(database.engine.sync_engine, "before_cursor_execute", stop)
    await import_table(order(Path(sys.argv[2])), database, ManualClock(NOW))

asyncio.run(main())
"""


async def test_a_killed_process_leaves_whole_batches_and_the_next_one_resumes(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    dirty = dirty_list(2_200, SEED)
    await settle(database, dirty)
    path = written(tmp_path, dirty.csv())
    await database.dispose()
    root = Path(__file__).parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, database.url, str(path)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "in the middle\n"
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    child.stdout.close()

    known = sum(1 for one in dirty.people if one.known)
    assert (await table_counts(database))["patients"] == known + dirty.counts(1_000)["new"]
    report = await import_table(order(path), database, clock)
    assert report.resumed_from == 1_000
    assert counts_of(report) == dirty.counts()
    assert (await table_counts(database))["patients"] == len(dirty.people)


async def test_two_imports_of_one_file_at_once_count_no_batch_twice(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    dirty = dirty_list(1_600, SEED)
    await settle(database, dirty)
    path = written(tmp_path, dirty.csv())
    results = await asyncio.gather(
        import_table(order(path), database, clock), import_table(order(path), database, clock), return_exceptions=True
    )
    reports = [one for one in results if isinstance(one, ImportReport)]
    refusals = [one for one in results if isinstance(one, ExchangeError)]
    assert len(reports) == 1
    assert len(refusals) == 1
    assert "загружает другая команда" in str(refusals[0])
    assert counts_of(reports[0]) == dirty.counts()
    assert (await table_counts(database))["patients"] == len(dirty.people)
