"""Schedules: hours of a doctor or a service, cut into openings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.local.build import stable_id
from crm_bridge.local.exchange.catalog_in import DEFAULT_MINUTES, Catalog, Row, load_rows
from crm_bridge.local.exchange.errors import RowError
from crm_bridge.local.exchange.fields import Record
from crm_bridge.local.exchange.sink import Outcome, Source, columns_of, insert_all, rows_in
from crm_bridge.local.tables import OpeningRow

_MOST = 200
"""Openings that one row can give: more is a slip in the hours."""


class SchedulesSink:
    """Openings are only added; one that would overlap another of its doctor is refused with the whole row."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._catalog = Catalog([], [], [])
        self._known: dict[str, list[Row]] = {}
        self._new: list[Row] = []

    async def load(self, session: AsyncSession, records: Sequence[Record]) -> None:
        self._catalog = await load_rows(session)
        self._known = defaultdict(list)
        days = {record["day"] for record in records}
        found = await rows_in(session, columns_of(OpeningRow), OpeningRow.local_date, days)
        for row in [*found, *self._new]:
            self._known[row["doctor_id"] or row["service_id"]].append(row)

    def take(self, record: Record, line: int) -> Outcome:
        doctor = self._catalog.doctor(record["doctor"]) if "doctor" in record else None
        service = self._catalog.service(record["service"]) if "service" in record else None
        owner = doctor or service
        assert owner is not None, "a row without doctor and service is not read"
        minutes = record.get("slot_min") or (service["duration_min"] if service else DEFAULT_MINUTES)
        branch = self._catalog.branch(record.get("branch") or owner["branch_id"])
        starts = self._starts(record, minutes, ZoneInfo(branch["timezone"]))
        fresh = []
        for start in starts:
            end = start + timedelta(minutes=minutes)
            if not self._is_there(owner["id"], start, end):
                fresh.append(_opening(owner["id"], start, end, branch["id"], is_doctor=doctor is not None))
        self._known[owner["id"]].extend(fresh)
        self._new.extend(fresh)
        return Outcome.NEW if fresh else Outcome.UNCHANGED

    def _starts(self, record: Record, minutes: int, zone: ZoneInfo) -> list[datetime]:
        begin = datetime.combine(record["day"], record["time_from"], tzinfo=zone)
        step = timedelta(minutes=minutes)
        end = datetime.combine(record["day"], record["time_to"], tzinfo=zone) if "time_to" in record else begin + step
        count = int((end - begin) / step)
        if end <= self._source.now:
            raise RowError("Дата: это время уже прошло, удалите строку или исправьте дату")
        if count == 0:
            raise RowError(f"Окончание: за это время не помещается приём в {minutes} минут, проверьте часы")
        if count > _MOST:
            raise RowError(f"Длительность: получилось {count} окон в одной строке, проверьте часы и длительность")
        return [begin + step * number for number in range(count)]

    def _is_there(self, owner: str, start: datetime, end: datetime) -> bool:
        for row in self._known[owner]:
            if row["starts_at"] == start and row["ends_at"] == end:
                return True
            if row["starts_at"] < end and start < row["ends_at"]:
                shown = f"{row['starts_at'].astimezone(start.tzinfo):%H:%M}"
                raise RowError(f"Начало: время {start:%H:%M} пересекается с окном {shown}, которое уже есть")
        return False

    async def write(self, session: AsyncSession) -> None:
        await insert_all(session, OpeningRow, self._new)
        self._new = []


def _opening(owner: str, start: datetime, end: datetime, branch_id: str, *, is_doctor: bool) -> dict[str, Any]:
    return {
        "id": stable_id("opening", owner, start.isoformat()),
        "starts_at": start,
        "ends_at": end,
        "local_date": start.date(),
        "local_time": start.time(),
        "branch_id": branch_id,
        "doctor_id": owner if is_doctor else None,
        "service_id": None if is_doctor else owner,
    }
