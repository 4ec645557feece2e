"""A folder shared with a system that has no HTTP: our requests in a file a day, their appointments in theirs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.domain.clock import Clock
from crm_bridge.foreign import BookingWish, CrmEvent, ForeignCapabilities
from crm_bridge.foreign_inbox import OnceWorker
from crm_bridge.generic_http.csv_files import BadRow, ReadAppointments, add_event, exported_rows, read_appointments
from crm_bridge.port import CrmUnavailable, Refused

log = logging.getLogger(__name__)

NAME = "csv"
OUT, IN, DONE = "out", "in", "done"
STILL_S = 30.0
"""A file that has not changed for so long is whole: who makes one may pause between its heading and its rows."""
_LOOKED_THROUGH = 3
"""Files in which a lost request is looked for: the outbox gives up within a day."""


class CsvFolder:
    """Connector and BookingRequests: `out/requests-2026-11-23.csv` grows by a row for each request.

    Raises CrmUnavailable while the folder cannot be written, as when somebody has the file open on Windows.
    """

    def __init__(self, folder: Path, clock: Clock, zone: ZoneInfo) -> None:
        self._out = folder / OUT
        self._clock = clock
        self._zone = zone
        self._turn = asyncio.Lock()

    @property
    def capabilities(self) -> ForeignCapabilities:
        return ForeignCapabilities(name=NAME, booking="request")

    async def close(self) -> None:
        """Nothing is kept open."""

    async def request_booking(self, wish: BookingWish) -> str:
        """The request's own id: there is no other."""
        now = self._clock.now().astimezone(self._zone)
        told = {name: value for name, value in asdict(wish).items() if name not in ("request_id", "wished_at")}
        wished = wish.wished_at.astimezone(self._zone).strftime("%d.%m.%Y %H:%M") if wish.wished_at else ""
        payload = {**told, "at": now.strftime("%d.%m.%Y %H:%M"), "wished_at": wished}
        event = CrmEvent(key=wish.request_id, topic="appointment.requested", object_id=wish.request_id, payload=payload)
        async with self._turn:
            await asyncio.to_thread(self._add, f"requests-{now:%Y-%m-%d}.csv", event)
        return wish.request_id

    async def find_request(self, request_id: str) -> str | None:
        """Among the requests of the last days."""
        found = await asyncio.to_thread(self._is_written, request_id)
        return request_id if found else None

    async def check(self) -> Sequence[str]:
        """What is wrong with the folder, in Russian."""
        return await asyncio.to_thread(self._faults)

    def _add(self, name: str, event: CrmEvent) -> None:
        try:
            self._out.mkdir(parents=True, exist_ok=True)
            add_event(self._out / name, event)
        except OSError as error:
            raise CrmUnavailable(f"В папку обмена нельзя писать ({error.strerror})") from None

    def _is_written(self, request_id: str) -> bool:
        try:
            files = sorted(self._out.glob("requests-*.csv"))[-_LOOKED_THROUGH:]
            return any(row[:1] == [request_id] for file in files for row in exported_rows(file))
        except OSError as error:
            raise CrmUnavailable(f"Папка обмена не читается ({error.strerror})") from None

    def _faults(self) -> list[str]:
        folder = self._out.parent
        if not folder.is_dir():
            return [f"папки обмена {folder} нет"]
        probe = folder / ".registratura"
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            return [f"в папку обмена {folder} нельзя писать ({error.strerror})"]
        return []


class CsvInbox:
    """Their appointments: every file of `in/` that is no longer written is worked in and put into `in/done/`.

    Beside it `….errors.txt` names the rows that were left out.
    """

    def __init__(self, folder: Path, worker: OnceWorker, zone: ZoneInfo, *, still_s: float = STILL_S) -> None:
        self._in = folder / IN
        self._worker = worker
        self._zone = zone
        self._still_s = still_s

    async def round(self) -> int:
        """Take the files that are whole; returns how many events were new. Raises CrmUnavailable."""
        taken = 0
        for file in await asyncio.to_thread(self._whole):
            taken += await self._take(file)
        return taken

    def _whole(self) -> list[Path]:
        """Files that have not changed for so long that nobody is writing them."""
        files = sorted(self._in.iterdir()) if self._in.is_dir() else []
        return [
            file
            for file in files
            if file.suffix.lower() == ".csv" and time.time() - file.stat().st_mtime >= self._still_s
        ]

    def _read(self, file: Path) -> ReadAppointments:
        """In a thread: a whole base of appointments takes seconds, and calls are going on."""
        return read_appointments(file.read_bytes(), self._zone, source=NAME)

    async def _take(self, file: Path) -> int:
        try:
            read = await asyncio.to_thread(self._read, file)
        except Refused as error:
            await asyncio.to_thread(_put_away, file, [str(error)])
            return 0
        taken = await self._worker.work_in(read.events)
        await asyncio.to_thread(_put_away, file, [_line(row) for row in read.bad])
        log.info("a file of appointments was taken", extra={"events": taken, "left_out": len(read.bad)})
        return taken


def _line(row: BadRow) -> str:
    return f"Строка {row.line}: {row.fault}"


def _put_away(file: Path, faults: Sequence[str]) -> None:
    done = file.parent / DONE
    done.mkdir(exist_ok=True)
    if faults:
        (done / f"{file.name}.errors.txt").write_text("\n".join(faults) + "\n", encoding="utf-8")
    file.replace(done / file.name)
