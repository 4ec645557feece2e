"""For systems without HTTP: our events as a CSV file, and their appointments read from one."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.domain.phone import normalize_phone
from crm_bridge.foreign import CrmEvent
from crm_bridge.port import Refused

EXPORTED = ("key", "event", "object_id", "at", "full_name", "phone", "doctor", "service", "wished_at", "comment")
REQUIRED = ("id", "event", "at")
OPTIONAL = ("request_id", "full_name", "phone", "doctor", "service", "comment")
_TOPICS = {
    "создан": "appointment.created",
    "записан": "appointment.created",
    "подтверждён": "appointment.created",
    "отменён": "appointment.cancelled",
    "не пришёл": "appointment.no_show",
}
_COLUMNS = {
    "номер": "id",
    "событие": "event",
    "статус": "event",
    "время": "at",
    "наша заявка": "request_id",
    "пациент": "full_name",
    "фио": "full_name",
    "телефон": "phone",
    "врач": "doctor",
    "услуга": "service",
    "комментарий": "comment",
}
_MOMENTS = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that was left out; `line` counts from 1 with the heading, `fault` is Russian."""

    line: int
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAppointments:
    """What a file holds; reading it again gives the same keys, so that working it in twice is harmless."""

    events: tuple[CrmEvent, ...]
    bad: tuple[BadRow, ...]


def export_events(path: Path, events: Sequence[CrmEvent]) -> int:
    """Write a file that Excel opens: `;`, UTF-8 with its mark. It appears whole or not at all. Returns the rows."""
    _write_whole(path, [_row(event) for event in events])
    return len(events)


def add_event(path: Path, event: CrmEvent) -> bool:
    """One more row of such a file, which again appears whole; False when its key is in it already."""
    rows = exported_rows(path)
    if any(row[:1] == [event.key] for row in rows):
        return False
    _write_whole(path, [*rows, _row(event)])
    return True


def exported_rows(path: Path) -> list[list[str]]:
    """The rows of such a file without the heading, none when there is no file. Raises Refused."""
    if not path.exists():
        return []
    # somebody may have saved it from Excel
    text = io.StringIO(_decoded(path.read_bytes()), newline="")
    return list(csv.reader(text, delimiter=";"))[1:]


def _row(event: CrmEvent) -> list[str]:
    told = {**event.payload, "key": event.key, "event": event.topic, "object_id": event.object_id}
    return [_harmless(str(told.get(column) or ""), column) for column in EXPORTED]


def _write_whole(path: Path, rows: Sequence[Sequence[str]]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([EXPORTED, *rows])
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _harmless(text: str, column: str) -> str:
    """A name that begins like a formula must not become one in somebody's spreadsheet."""
    return f"'{text}" if text.startswith(_FORMULA) and column != "phone" else text


def read_appointments(data: bytes, zone: ZoneInfo, *, source: str = "csv") -> ReadAppointments:
    """Events of their appointments; `,` or `;`, UTF-8 or CP1251, Russian or English headings, times of `zone`.

    Raises Refused for a file that is no such table.
    """
    text = _decoded(data)
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") >= heading.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = [_column(name) for name in reader.fieldnames or ()]
    except csv.Error:
        raise Refused("Файл не похож на таблицу CSV") from None
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise Refused(f"В файле нет столбцов: {', '.join(missing)}")
    reader.fieldnames = columns
    events, bad = [], []
    for row in _rows(reader):
        try:
            events.append(_event(row, zone, source))
        except ValueError as error:
            bad.append(BadRow(line=reader.line_num, fault=str(error)))
    return ReadAppointments(events=tuple(events), bad=tuple(bad))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return data.decode("cp1251")
        except UnicodeDecodeError:
            raise Refused("Кодировка файла не UTF-8 и не Windows-1251") from None


def _rows(reader: csv.DictReader[str]) -> Iterator[Mapping[str, str]]:
    try:
        for row in reader:
            # cells beyond the heading come under None; missing ones as None
            yield {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    except csv.Error:
        raise Refused(f"Файл не читается со строки {reader.line_num}") from None


def _column(name: str) -> str:
    folded = " ".join((name or "").lower().split())
    return _COLUMNS.get(folded, folded)


def _event(row: Mapping[str, str], zone: ZoneInfo, source: str) -> CrmEvent:
    topic = _topic(row["event"])
    at = _at(row["at"], zone)
    number = row["id"]
    if not number:
        raise ValueError("Нет номера приёма")
    payload: dict[str, str] = {"at": at.isoformat()}
    for name in OPTIONAL:
        if row.get(name):
            payload[name] = _phone(row[name]) if name == "phone" else row[name]
    told = hashlib.sha256("\0".join((number, topic, payload["at"])).encode()).hexdigest()
    return CrmEvent(key=f"{source}:{told[:32]}", topic=topic, object_id=number, payload=payload)


def _topic(said: str) -> str:
    folded = " ".join(said.lower().split())
    known = {name.replace("ё", "е"): topic for name, topic in _TOPICS.items()}
    topic = folded if folded in _TOPICS.values() else known.get(folded.replace("ё", "е"))
    if topic is None:
        raise ValueError(f"Неизвестное событие «{said[:40]}»")
    return topic


def _at(said: str, zone: ZoneInfo) -> datetime:
    for form in _MOMENTS:
        try:
            return datetime.strptime(said, form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise ValueError(f"Непонятное время «{said[:40]}»: нужно вида 25.11.2026 14:30") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _phone(said: str) -> str:
    """Also as Excel spoils it: 7,9161110001E+10."""
    text = said.replace(",", ".")
    if "e" in text.lower():
        try:
            text = str(int(float(text)))
        except (ValueError, OverflowError):
            raise ValueError(f"Непонятный телефон «{said[:40]}»") from None
    elif text.endswith(".0"):
        text = text[:-2]
    phone = normalize_phone(text)
    if phone is None:
        raise ValueError(f"Непонятный телефон «{said[:40]}»")
    return phone
