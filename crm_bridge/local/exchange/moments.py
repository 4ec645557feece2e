"""Dates and times out of a cell. Every function raises ValueError with a Russian sentence."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from crm_bridge.local.exchange.cells import Cell, cell_text

_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (a calendar without a zone)
_EXCEL_LAST = 80_000
_OLDEST_YEARS = 120
_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_DAY_FIRST = re.compile(r"(\d{1,2})[./\-\s](\d{1,2})[./\-\s](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2})[:.-](\d{2})(?:[:.]\d{2}(?:\.\d+)?)?")
_DATE_HELP = "нужна дата вида 31.12.1980"


def day(cell: Cell, today: date) -> date:
    """A date: дд.мм.гггг, ISO, «5 мая 1980 г.», Excel's serial number; a year of two digits is the last such one."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    shown = cell_text(cell)
    serial = _serial(cell)
    if serial is not None:
        return serial.date()
    plain = re.sub(r"[T\s]+0?0:00(:00(\.0+)?)?Z?$|\s*(г\.?|года)$", "", shown.strip(" .'`"))
    try:
        return _parsed(plain, today)
    except ValueError:
        raise ValueError(f"«{shown}» — не дата: {_DATE_HELP}") from None


def _serial(cell: Cell) -> datetime | None:
    """Excel counts days from the end of 1899; a date that lost its format is such a number."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return None
    if isinstance(cell, str) and not re.fullmatch(r"\d{4,5}([.,]\d+)?", cell.strip()):
        return None
    number = float(str(cell).replace(",", "."))
    # Four digits typed by hand are a year, not the summer of 1905.
    if not (0 < number <= _EXCEL_LAST) or (1900 <= number <= 2100 and number.is_integer()):
        return None
    return _EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))


def _parsed(text: str, today: date) -> date:
    if match := _YEAR_FIRST.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST.fullmatch(text):
        return date(_year(match[3], today), int(match[2]), int(match[1]))
    if (match := re.fullmatch(r"(\d{1,2})\s+([а-яё]+)\s+(\d{4})", text.casefold())) and match[2] in _MONTHS:
        return date(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
    raise ValueError(text)


def _year(digits: str, today: date) -> int:
    if len(digits) == 4:
        return int(digits)
    century = today.year // 100 * 100
    year = century + int(digits)
    return year if year <= today.year else year - 100


def birth_date(cell: Cell, today: date) -> date:
    """A date on which somebody living can have been born."""
    born = day(cell, today)
    if born > today:
        raise ValueError(f"«{cell_text(cell)}»: дата рождения в будущем, проверьте год")
    if born.year < today.year - _OLDEST_YEARS:
        raise ValueError(f"«{cell_text(cell)}»: возраст больше {_OLDEST_YEARS} лет, проверьте год")
    return born


def clock_time(cell: Cell) -> time:
    """A time of day: 9:30, 09.30, Excel's part of a day; of a moment, its time."""
    if isinstance(cell, datetime):
        return cell.time().replace(second=0, microsecond=0)
    if isinstance(cell, time):
        return cell.replace(second=0, microsecond=0)
    if isinstance(cell, float) and 0 <= cell < 1:
        return (_EXCEL_EPOCH + timedelta(minutes=round(cell * 1440))).time()
    shown = cell_text(cell)
    match = _CLOCK.fullmatch(shown)
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return time(int(match[1]), int(match[2]))
    raise ValueError(f"«{shown}» — не время: нужно время вида 09:30")


def moment(cell: Cell, today: date) -> datetime:
    """A date with its time, the clinic's wall clock without a zone; without a time it is midnight."""
    if isinstance(cell, datetime):
        return cell.replace(second=0, microsecond=0, tzinfo=None)
    serial = _serial(cell)
    if serial is not None:
        return serial.replace(second=0)
    days, _, clock = cell_text(cell).replace("T", " ").partition(" ")
    if not clock or _CLOCK.fullmatch(clock.strip()) is None:
        return datetime.combine(day(cell, today), time())
    return datetime.combine(day(days, today), clock_time(clock.strip()))
