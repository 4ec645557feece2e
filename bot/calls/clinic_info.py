"""What the clinic says of itself, as effects of the script: prices, hours, address, preparation, documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot.domain.clinic import Branch, ClinicDirectory, Doctor, Hours
from dialogs.spoken import clock, rank_names

_DAY_NAMES = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")


def fold(text: str) -> str:
    """Lower case, ё as е, single spaces: how names are compared."""
    return " ".join(text.casefold().replace("ё", "е").split())


def named_doctors(directory: ClinicDirectory, said: str) -> tuple[Doctor, ...]:
    """Doctors by surname or fuller name."""
    words = set(fold(said).split())
    return tuple(doctor for doctor in directory.doctors if words and words <= set(fold(doctor.full_name).split()))


def service_name(directory: ClinicDirectory, said: str) -> str | None:
    """The clinic's own name of a service."""
    return next((service.name for service in directory.services if fold(service.name) == fold(said)), None)


def price(directory: ClinicDirectory, args: Mapping[str, Any]) -> dict[str, Any]:
    """The price of a service, or of a visit to a doctor or a specialty."""
    wanted = fold(str(args.get("service") or ""))
    specialty = str(args.get("specialty") or "")
    if args.get("doctor") and not wanted:
        specialty = next((doctor.specialty for doctor in named_doctors(directory, str(args["doctor"]))), specialty)
    names = (wanted,) if wanted else tuple(fold(name) for name in rank_names(specialty))
    for name, amount in directory.prices.items():
        if fold(name) in names:
            return {"found": True, "amount": amount, "name": name}
    listed = next((item for item in directory.services if fold(item.name) == wanted and item.price is not None), None)
    if listed is not None:
        return {"found": True, "amount": listed.price, "name": listed.name}
    return {"found": False}


def prep(directory: ClinicDirectory, service: str) -> dict[str, Any]:
    """How to prepare: the clinic's text for this very study, else for the kind of study it is."""
    texts = {fold(name): (name, text) for name, text in directory.prep.items()}
    own = {fold(item.name): (item.name, item.prep) for item in directory.services if item.prep}
    wanted = fold(service)
    found = own.get(wanted) or texts.get(wanted)
    if found is None and wanted:
        related = [item for name, item in texts.items() if wanted.startswith(name) or name.startswith(wanted)]
        found = min(related, key=lambda item: len(item[0]), default=None)
    return {"found": True, "service": service, "text": found[1]} if found else {"found": False, "service": service}


def documents(directory: ClinicDirectory, *, policy_kind: str, child: bool) -> dict[str, Any]:
    """What to bring, by who comes and who pays."""
    texts = {fold(name): text for name, text in directory.documents.items()}
    keys = ("ребенок",) if child else ("дмс",) if policy_kind == "dms" else ()
    text = next((texts[key] for key in keys if key in texts), texts.get("default", "паспорт и полис."))
    return {"text": text[:1].lower() + text[1:]}


def hours(directory: ClinicDirectory, *, kind: str, wanted: str, now: datetime) -> dict[str, Any]:
    """Opening hours of the clinic or the laboratory: on the day asked about, else the whole week."""
    branch = directory.branches[0]
    table = branch.lab_hours if kind == "lab" else branch.hours
    who = "Анализы принимаем" if kind == "lab" else "Мы работаем"
    day = _single_day(wanted)
    if day is not None:
        open_hours = table.on(day)
        name = _DAY_NAMES[day.weekday()]
        if open_hours is None:
            closed = "лаборатория не работает" if kind == "lab" else "клиника не работает"
            return {"open": False, "text": f"{name[:1].upper()}{name[1:]} {closed}."}
        return {"open": True, "text": f"{who} {name} {_span(open_hours)}."}
    return {"open": table.on(now.date()) is not None, "text": f"{who} {_week(table)}."}


def _single_day(wanted: str) -> date | None:
    try:
        return date.fromisoformat(wanted)
    except ValueError:
        return None


def _span(open_hours: tuple[Any, Any]) -> str:
    opened, closed = (clock(f"2000-01-01T{moment:%H:%M}", genitive=True) for moment in open_hours)
    return f"с {opened} до {closed}"


def _week(table: Hours) -> str:
    """«с понедельника по пятницу с восьми до двадцати, в субботу с девяти до пятнадцати, в воскресенье выходной»."""
    days = [table.by_weekday.get(number) for number in range(1, 8)]
    parts: list[str] = []
    start = 0
    for number in range(1, 8):
        if number < 7 and days[number] == days[start]:
            continue
        parts.append(f"{_days(start, number - 1)} {_span(span) if (span := days[start]) else 'выходной'}")
        start = number
    return ", ".join(parts)


def _days(first: int, last: int) -> str:
    if first == last:
        return _DAY_NAMES[first]
    since = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")
    until = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")
    return f"{'со' if first == 1 else 'с'} {since[first]} по {until[last]}"


def address(branches: Iterable[Branch]) -> dict[str, Any]:
    """Where the clinic is."""
    known = list(branches)
    if len(known) == 1:
        return {"count": 1, "text": f"Наш адрес: {known[0].address}."}
    places = ". ".join(f"{branch.name}: {branch.address}" for branch in known)
    return {"count": len(known), "text": f"Наши адреса. {places}."}


def home_visit_day(directory: ClinicDirectory, now: datetime) -> dict[str, Any]:
    """The day on which a doctor can still come: today until the clinic's hour, else the next working day."""
    branch = directory.branches[0]
    until = branch.home_visit_until
    today = branch.hours.on(now.date()) is not None and (until is None or now.time() < until)
    day = now.date()
    while not today and day < now.date() + timedelta(days=8):
        day += timedelta(days=1)
        if branch.hours.on(day) is not None:
            break
    return {"today": today, "date": day.isoformat(), "until": f"{until:%H:%M}" if until else ""}
