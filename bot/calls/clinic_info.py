"""What the clinic says of itself, as effects of the script: prices, hours, address, preparation, documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.domain.clinic import ANY_FUNDING, Branch, ClinicDirectory, Doctor, Funding, Hours, Service
from dialogs.speech_text import decline_phrase, spoken_span

_ON = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
_SINCE = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")
_UNTIL = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")


def fold(text: str) -> str:
    """Lower case, ё as е, single spaces: how names are compared."""
    return " ".join(text.casefold().replace("ё", "е").split())


def named_doctors(directory: ClinicDirectory, said: str) -> tuple[Doctor, ...]:
    """Doctors by surname or fuller name."""
    words = set(fold(said).split())
    return tuple(doctor for doctor in directory.doctors if words and words <= set(fold(doctor.full_name).split()))


def meant(names: Iterable[str], said: str) -> list[str]:
    """The name that was said, or else those that begin with it: «УЗИ» is every УЗИ of the clinic."""
    wanted = fold(said)
    known = {fold(name): name for name in names}
    if wanted in known:
        return [known[wanted]]
    return [name for folded, name in known.items() if wanted and folded.startswith(f"{wanted} ")]


def services_meant(directory: ClinicDirectory, said: object) -> list[dict[str, str]]:
    """The services that were named, each with its `name`, where the words fit several; else none."""
    names = meant((one.name for one in directory.services), str(said or ""))
    return [{"name": name} for name in names] if len(names) > 1 else []


def service_named(directory: ClinicDirectory, said: object) -> Service | None:
    """The service of this name, or the only one that begins with it."""
    names = meant((one.name for one in directory.services), str(said or ""))
    return next((one for one in directory.services if names == [one.name]), None)


def service_id(directory: ClinicDirectory, said: object) -> str | None:
    """The id of a service of this name; None when none is named."""
    service = service_named(directory, said)
    return service.id if service else None


def price(directory: ClinicDirectory, args: Mapping[str, Any]) -> dict[str, Any]:
    """The price of a service, or of a visit to a doctor or a specialty."""
    named = str(args.get("service") or "")
    specialty = str(args.get("specialty") or "")
    if args.get("doctor") and not named:
        specialty = next((doctor.specialty for doctor in named_doctors(directory, str(args["doctor"]))), specialty)
    asked = named or (f"приём {decline_phrase(specialty, 'gent')}" if specialty else "")
    listed = {item.name: item.price for item in directory.services if item.price is not None}
    amounts = {**listed, **directory.prices}
    found = meant(amounts, asked)
    if len(found) == 1:
        return {"found": True, "amount": amounts[found[0]], "name": found[0]}
    return {"found": False, "several": [{"name": name} for name in found]}


def price_by_payer(directory: ClinicDirectory, args: Mapping[str, Any]) -> dict[str, Any]:
    """The price, whether ОМС and ДМС pay for it, and in `share` what the named policy leaves to the patient."""
    service = service_named(directory, args.get("service"))
    kinds = service.fundings if service else ANY_FUNDING
    share = service.prices.get(str(args.get("policy_kind") or ""), 0) if service else 0
    return price(directory, args) | {"oms": Funding.OMS in kinds, "dms": Funding.DMS in kinds, "share": share}


def payers(directory: ClinicDirectory, args: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the service is given over `policy_kind`; `matters` when the payer decides its price or whether it is."""
    service = service_named(directory, args.get("service"))
    kinds = service.fundings if service else ANY_FUNDING
    wanted = str(args.get("policy_kind") or "")
    return {
        "service": str(args.get("service") or ""),
        "takes": not wanted or wanted in kinds,
        "only_paid": tuple(kinds) == (Funding.PAID,),
        "matters": len(kinds) > 1 and service is not None and (bool(service.prices) or len(kinds) < len(ANY_FUNDING)),
        "amount": service.price if service else None,
    }


def prep(directory: ClinicDirectory, service: str) -> dict[str, Any]:
    """How to prepare: the clinic's text for this very study, else for the kind of study it is."""
    texts = {**directory.prep, **{item.name: item.prep for item in directory.services if item.prep}}
    found = meant(texts, service)
    if not found:  # the kind of study it is: «анализ крови» for «анализ крови на сахар»
        found = sorted((name for name in texts if fold(service).startswith(f"{fold(name)} ")), key=len)[-1:]
    if len(found) == 1:
        return {"found": True, "service": service, "text": texts[found[0]]}
    return {"found": False, "service": service, "several": [{"name": name} for name in found]}


def documents(directory: ClinicDirectory, *, policy_kind: str, child: bool, service: str = "") -> dict[str, Any]:
    """What to bring: the service's own text by who pays, else the clinic's by who comes and who pays."""
    known = service_named(directory, service)
    own = known.documents if known else {}
    texts = {fold(name): text for name, text in directory.documents.items()}
    keys = ("ребенок",) if child else ("дмс",) if policy_kind == "dms" else ()
    general = next((texts[key] for key in keys if key in texts), texts.get("default", "паспорт и полис."))
    text = own.get(policy_kind) or own.get("default") or general
    return {"text": text[:1].lower() + text[1:]}


def hours(directory: ClinicDirectory, *, kind: str, wanted: str, now: datetime) -> dict[str, Any]:
    """Opening hours of the clinic or the laboratory, spoken: `span` of the day asked about, else the whole `week`."""
    branch = directory.branches[0]
    table = branch.lab_hours if kind == "lab" else branch.hours
    day = _single_day(wanted)
    span = table.on(day or now.date())
    return {
        "open": span is not None,
        "day": day.isoformat() if day else "",
        "span": _span(span) if span else "",
        "week": _week(table),
    }


def _single_day(wanted: str) -> date | None:
    try:
        return date.fromisoformat(wanted)
    except ValueError:
        return None


def _span(open_hours: tuple[time, time]) -> str:
    return spoken_span(f"{open_hours[0]:%H:%M}/{open_hours[1]:%H:%M}")


def _week(table: Hours) -> str:
    """«с понедельника по пятницу с восьми часов до двадцати часов, … , в воскресенье выходной»."""
    days = [table.by_weekday.get(number) for number in range(1, 8)]
    parts: list[str] = []
    start = 0
    for number in range(1, 8):
        if number < 7 and days[number] == days[start]:
            continue
        span = days[start]
        parts.append(f"{_days(start, number - 1)} {_span(span) if span else 'выходной'}")
        start = number
    return ", ".join(parts)


def _days(first: int, last: int) -> str:
    if first == last:
        return _ON[first]
    return f"{'со' if first == 1 else 'с'} {_SINCE[first]} по {_UNTIL[last]}"


def address(branches: Sequence[Branch]) -> dict[str, Any]:
    """Where the clinic is."""
    return {"count": len(branches), "list": [{"name": one.name, "address": one.address} for one in branches]}


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
