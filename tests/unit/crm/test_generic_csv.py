"""CSV for systems without HTTP: files as people save them, and the same file twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.domain.clock import MOSCOW
from crm_bridge.foreign import CrmEvent
from crm_bridge.generic_http.csv_files import export_events, read_appointments
from crm_bridge.port import Refused

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


class TestCsv:
    RUSSIAN = (
        "Номер;Статус;Время;Пациент;Телефон;Врач\r\n"
        "1;Записан;25.11.2026 14:30;Сидорова Мария;8 (916) 111-00-01;Иванов\r\n"
        '2;отменен;26.11.2026 09:00;"Ким; Виктор";7,9161110002E+10;\r\n'
        "3;Не пришёл;25.11.2026 14:30;;;\r\n"
        "4;уехал;25.11.2026 14:30;;;\r\n"
        "5;Записан;вчера;;;\r\n"
        "6;Записан;25.11.2026 14:30;;12;\r\n"
    )

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
    def test_what_people_save_from_excel(self, encoding: str) -> None:
        read = read_appointments(self.RUSSIAN.encode(encoding), MOSCOW)
        assert [(event.object_id, event.topic) for event in read.events] == [
            ("1", "appointment.created"),
            ("2", "appointment.cancelled"),
            ("3", "appointment.no_show"),
        ]
        assert read.events[0].payload["at"] == "2026-11-25T14:30:00+03:00"
        assert [event.payload.get("phone") for event in read.events] == ["+79161110001", "+79161110002", None]
        assert read.events[1].payload["full_name"] == "Ким; Виктор"
        assert [bad.line for bad in read.bad] == [5, 6, 7]

    def test_commas_english_and_the_clinics_own_zone(self) -> None:
        text = "id,event,at\n9,appointment.created,2026-11-25T14:30:00\n"
        [event] = read_appointments(text.encode(), ZoneInfo("Asia/Novosibirsk")).events
        assert event.payload["at"] == "2026-11-25T14:30:00+07:00"

    def test_the_same_file_twice_gives_the_same_keys(self) -> None:
        first, second = (read_appointments(self.RUSSIAN.encode(), MOSCOW).events for _ in range(2))
        assert [event.key for event in first] == [event.key for event in second]
        assert len({event.key for event in first}) == 3

    @pytest.mark.parametrize("data", [b"", b"\x98\xff", "Номер;Врач\n1;Ким\n".encode(), b"a\0b,c\n"])
    def test_no_such_table(self, data: bytes) -> None:
        with pytest.raises(Refused):
            read_appointments(data, MOSCOW)

    def test_export_can_be_read_by_excel_and_holds_no_formula(self, tmp_path: Path) -> None:
        path = tmp_path / "events.csv"
        told = {"full_name": '=HYPERLINK("x")', "phone": "+79161110001", "at": NOW.isoformat()}
        event = CrmEvent(key="visit:1", topic="appointment.created", object_id="1", payload=told)
        assert export_events(path, [event]) == 1
        heading, row = path.read_bytes().decode("utf-8-sig").splitlines()
        assert heading.startswith("key;event;object_id;at;")
        assert '"\'=HYPERLINK(""x"")";+79161110001' in row
        assert list(tmp_path.iterdir()) == [path]
