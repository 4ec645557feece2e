"""A folder shared with a system that has no HTTP: each request one row, each of their rows worked in once."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.clock import MOSCOW, ManualClock
from crm_bridge.foreign import BookingWish, CrmEvent
from crm_bridge.foreign_inbox import MemorySeenKeys, OnceWorker
from crm_bridge.generic_http.csv_files import EXPORTED, exported_rows
from crm_bridge.generic_http.folder import STILL_S, CsvFolder, CsvInbox
from crm_bridge.port import CrmUnavailable
from tests.unit.crm.foreign_stage import NOW

WISH = BookingWish(
    request_id="visit:7",
    full_name="Сидорова Мария",
    phone="+79161110001",
    wished_at=NOW + timedelta(days=2, hours=2),
    doctor="Иванов Иван",
)
THEIRS = "Номер;Статус;Время;Наша заявка\r\nA-1;Подтверждён;25.11.2026 12:00;visit:7\r\nA-2;уехал;25.11.2026 12:00;\r\n"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def there(tmp_path: Path, clock: ManualClock) -> CsvFolder:
    return CsvFolder(tmp_path, clock, MOSCOW)


class TestRequests:
    async def test_each_is_one_row_of_its_day(self, there: CsvFolder, tmp_path: Path, clock: ManualClock) -> None:
        for wish in (WISH, WISH, replace(WISH, request_id="visit:8")):
            await there.request_booking(wish)
        clock.advance(timedelta(days=1))
        await there.request_booking(replace(WISH, request_id="visit:9"))
        rows = exported_rows(tmp_path / "out" / "requests-2026-11-23.csv")
        assert [row[0] for row in rows] == ["visit:7", "visit:8"]
        told = dict(zip(EXPORTED, rows[0], strict=True))
        assert (told["full_name"], told["wished_at"]) == ("Сидорова Мария", "25.11.2026 12:00")
        assert len(exported_rows(tmp_path / "out" / "requests-2026-11-24.csv")) == 1

    async def test_a_lost_one_is_found_also_in_yesterdays_file_saved_from_excel(
        self, there: CsvFolder, tmp_path: Path, clock: ManualClock
    ) -> None:
        await there.request_booking(WISH)
        clock.advance(timedelta(days=1))
        await there.request_booking(replace(WISH, request_id="visit:8"))
        file = tmp_path / "out" / "requests-2026-11-23.csv"
        file.write_bytes(file.read_text(encoding="utf-8-sig").encode("cp1251"))
        assert await there.find_request("visit:7") == "visit:7"
        assert await there.find_request("visit:77") is None

    async def test_a_folder_that_cannot_be_written_is_an_outage(self, tmp_path: Path, clock: ManualClock) -> None:
        (tmp_path / "out").write_text("no folder")
        with pytest.raises(CrmUnavailable, match="нельзя писать"):
            await CsvFolder(tmp_path, clock, MOSCOW).request_booking(WISH)

    async def test_the_check_names_a_missing_folder(self, there: CsvFolder, tmp_path: Path, clock: ManualClock) -> None:
        assert await there.check() == []
        assert list(tmp_path.iterdir()) == []
        assert "нет" in (await CsvFolder(tmp_path / "none", clock, MOSCOW).check())[0]


@dataclass
class Office:
    """Where the events are worked in, unless it is `down`."""

    taken: list[CrmEvent] = field(default_factory=list)
    down: bool = False

    async def take(self, event: CrmEvent, *, system: str) -> bool:
        if self.down:
            raise CrmUnavailable("База клиники не отвечает")
        self.taken.append(event)
        return True


class TestTheirAppointments:
    @pytest.fixture
    def office(self) -> Office:
        return Office()

    @pytest.fixture
    def inbox(self, tmp_path: Path, office: Office) -> CsvInbox:
        (tmp_path / "in").mkdir()
        return CsvInbox(tmp_path, OnceWorker("csv", office, MemorySeenKeys()), MOSCOW)

    @staticmethod
    def lay_down(file: Path, text: str, *, ago_s: float = STILL_S + 1, encoding: str = "utf-8") -> None:
        """A file as if it had last been written so long ago."""
        file.write_text(text, encoding=encoding)
        written = time.time() - ago_s
        os.utime(file, (written, written))

    async def test_a_file_is_taken_when_it_no_longer_grows(
        self, inbox: CsvInbox, office: Office, tmp_path: Path
    ) -> None:
        file = tmp_path / "in" / "приёмы.csv"
        self.lay_down(file, THEIRS[:20], ago_s=STILL_S - 20)
        assert [await inbox.round() for _ in range(3)] == [0, 0, 0]
        self.lay_down(file, THEIRS)
        assert [await inbox.round() for _ in range(2)] == [1, 0]
        [event] = office.taken
        assert (event.topic, event.payload["request_id"]) == ("appointment.created", "visit:7")
        left_out = tmp_path / "in" / "done" / "приёмы.csv.errors.txt"
        assert left_out.read_text(encoding="utf-8") == "Строка 3: Неизвестное событие «уехал»\n"
        assert not file.exists()

    async def test_the_same_rows_again_change_nothing(self, inbox: CsvInbox, office: Office, tmp_path: Path) -> None:
        for name in ("a.csv", "B.CSV"):
            self.lay_down(tmp_path / "in" / name, THEIRS, encoding="cp1251")
        assert await inbox.round() == 1
        assert {file.name for file in (tmp_path / "in" / "done").glob("?.[cC]*")} >= {"a.csv", "B.CSV"}
        assert len(office.taken) == 1

    async def test_without_our_database_the_file_stays(self, inbox: CsvInbox, office: Office, tmp_path: Path) -> None:
        self.lay_down(tmp_path / "in" / "a.csv", THEIRS)
        office.down = True
        with pytest.raises(CrmUnavailable):
            await inbox.round()
        office.down = False
        assert await inbox.round() == 1

    async def test_what_is_no_table_is_put_away_with_its_fault(
        self, inbox: CsvInbox, office: Office, tmp_path: Path
    ) -> None:
        self.lay_down(tmp_path / "in" / "a.csv", "Врач;Номер\n")
        await inbox.round()
        assert "нет столбцов" in (tmp_path / "in" / "done" / "a.csv.errors.txt").read_text(encoding="utf-8")
        assert office.taken == []
