"""Imports of dirty tables: a dry run or the real thing, 500 rows a transaction, resumed after a kill.

A row is new, changed (a known thing was completed), unchanged, a repetition of an earlier row of the file, or bad; bad
rows go to an error file, which can be mended and fed again. Feeding a file again changes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clock import MOSCOW, Clock
from bot.storage.engine import Database
from crm_bridge.local.exchange import runs
from crm_bridge.local.exchange.catalog_in import DoctorsSink, ServicesSink
from crm_bridge.local.exchange.error_file import write_error_file
from crm_bridge.local.exchange.errors import ExchangeError, RowError
from crm_bridge.local.exchange.fields import Kind, KindSpec, Record, check_columns, read_record
from crm_bridge.local.exchange.history_in import ConsentsSink, VisitsSink
from crm_bridge.local.exchange.kinds import SPECS
from crm_bridge.local.exchange.patients_in import PatientsSink
from crm_bridge.local.exchange.schedules_in import SchedulesSink
from crm_bridge.local.exchange.seen import seen_of
from crm_bridge.local.exchange.sink import Outcome, Sink, Source, chunks
from crm_bridge.local.exchange.tables_in import Line, Table, read_table
from crm_bridge.local.part import new_uuid

BATCH: Final = 500
"""Rows a transaction: short enough that calls are not kept waiting for the base."""

Progress = Callable[[int, int], None]
"""Told of rows done and rows in all after every batch."""
SinkMaker = Callable[[Source], Sink]
_SINKS: Final[Mapping[Kind, SinkMaker]] = {
    Kind.PATIENTS: PatientsSink,
    Kind.DOCTORS: DoctorsSink,
    Kind.SERVICES: ServicesSink,
    Kind.SCHEDULES: SchedulesSink,
    Kind.CONSENTS: ConsentsSink,
    Kind.VISITS: VisitsSink,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows: `total` is the sum of the five. `errors` is the error file, if a row was bad."""

    kind: Kind
    total: int
    new: int
    changed: int
    unchanged: int
    repeated: int
    bad: int
    resumed_from: int
    dry_run: bool
    errors: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What to import: `errors` is where bad rows go (beside the file unless said), `mapping` heading -> field."""

    path: Path
    kind: Kind
    dry_run: bool = False
    errors: Path | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def error_path(self) -> Path:
        return self.errors or self.path.with_name(f"{self.path.stem}.errors.csv")


async def import_table(
    order: ImportOrder, database: Database, clock: Clock, *, progress: Progress = lambda done, total: None
) -> ImportReport:
    """Import one file. Raises ExchangeError; batches before it stay, and the same command goes on after them."""
    if order.error_path.resolve() == order.path.resolve():
        raise ExchangeError(f"{order.path}: файл ошибок не может быть самим файлом; укажите другой в --errors")
    content = await asyncio.to_thread(order.path.read_bytes)
    spec = SPECS[order.kind]
    table = await asyncio.to_thread(read_table, order.path, content, spec.names(order.mapping), order.mapping.keys())
    check_columns(spec, table, order.mapping)
    run = _Import(order, spec, table, database, clock, progress)
    return await run.run(_digest(order, content))


def _digest(order: ImportOrder, content: bytes) -> str:
    how = json.dumps([order.kind.value, sorted(order.mapping.items())], ensure_ascii=False)
    return hashlib.sha256(how.encode() + b"\0" + content).hexdigest()


class _Import:
    """One run over one table."""

    def __init__(
        self, order: ImportOrder, spec: KindSpec, table: Table, database: Database, clock: Clock, progress: Progress
    ) -> None:
        self._order, self._spec, self._table = order, spec, table
        self._database, self._clock, self._progress = database, clock, progress
        now = clock.now()
        self._today = now.astimezone(MOSCOW).date()
        source = Source(file_name=order.path.name, now=now, today=self._today, new_id=new_uuid)
        self._sink = _SINKS[order.kind](source)
        self._seen = seen_of(spec)
        self._counts: Counter[str] = Counter()
        self._errors: dict[int, str] = {}

    async def run(self, file_hash: str) -> ImportReport:
        mark = None if self._order.dry_run else await self._begin(file_hash)
        resumed_from = mark.rows_done if mark else 0
        if mark:
            self._counts.update(mark.counts)
            self._errors.update(mark.errors)
            self._replay(self._table.lines[:resumed_from])
        done = resumed_from
        self._progress(done, len(self._table.lines))
        for lines in chunks(self._table.lines[resumed_from:], BATCH):
            await self._batch(lines, done, mark)
            done += len(lines)
            self._progress(done, len(self._table.lines))
        if self._errors:
            await asyncio.to_thread(write_error_file, self._order.error_path, self._table, self._errors)
        if mark:
            kind, counts = self._order.kind.value, dict(self._counts)
            await runs.finish(self._database, mark, kind=kind, counts=counts, now=self._clock.now())
        return self._report(resumed_from)

    async def _begin(self, file_hash: str) -> runs.Mark:
        return await runs.begin(
            self._database,
            file_hash=file_hash,
            kind=self._order.kind.value,
            file_name=self._order.path.name,
            now=self._clock.now(),
            run_id=new_uuid(),
        )

    def _replay(self, lines: Sequence[Line]) -> None:
        """What earlier batches said, so that what repeats it is known after a kill as well."""
        for line in lines:
            if line.number not in self._errors:
                # What was a good birth date on the day of the kill may be none today: then it repeats nothing.
                with suppress(RowError):
                    self._seen.add(self._read(line), line.number)

    def _read(self, line: Line) -> Record:
        return read_record(self._spec, self._table, line, self._today)

    async def _batch(self, lines: Sequence[Line], done: int, mark: runs.Mark | None) -> None:
        errors: dict[int, str] = {}
        records: list[tuple[Line, Record]] = []
        for line in lines:
            try:
                records.append((line, self._read(line)))
            except RowError as error:
                errors[line.number] = str(error)
        try:
            async with self._transaction() as session:
                counts = self._counts + await self._judge(session, records, errors)
                if mark:
                    await self._sink.write(session)
                    after = done + len(lines)
                    await runs.advance(session, mark.run_id, before=done, after=after, counts=counts, errors=errors)
        except IntegrityError as error:
            raise ExchangeError("База изменилась во время загрузки: повторите команду, она продолжит") from error
        self._counts = counts
        self._errors.update(errors)

    def _transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self._database.read() if self._order.dry_run else self._database.write()

    async def _judge(
        self, session: AsyncSession, records: Sequence[tuple[Line, Record]], errors: dict[int, str]
    ) -> Counter[str]:
        """Count the outcomes of a batch; bad rows are added to `errors`."""
        counts: Counter[str] = Counter()
        if records:
            await self._sink.load(session, [record for _, record in records])
        for line, record in records:
            try:
                repeated = self._seen.repeats(record)
                outcome = self._sink.take(record, line.number)
            except RowError as error:
                errors[line.number] = str(error)
                continue
            self._seen.add(record, line.number)
            counts[Outcome.REPEATED if repeated else outcome] += 1
        counts[Outcome.BAD] += len(errors)
        return counts

    def _report(self, resumed_from: int) -> ImportReport:
        counts = {outcome.value: self._counts[outcome] for outcome in Outcome}
        return ImportReport(
            kind=self._order.kind,
            total=len(self._table.lines),
            resumed_from=resumed_from,
            dry_run=self._order.dry_run,
            errors=self._order.error_path if self._errors else None,
            **counts,
        )
