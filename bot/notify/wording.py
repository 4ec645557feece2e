"""Values of the templates' variables, as they are written rather than spoken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.clinic import Branch, Doctor, Service
from bot.notify.port import OfferFacts, VisitFacts

_MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
_DAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")


def written_day(day: date) -> str:
    """«24 ноября (вторник)»."""
    return f"{day.day} {_MONTHS[day.month - 1]} ({_DAYS[day.weekday()]})"


def written_moment(moment: datetime, zone: ZoneInfo) -> str:
    """«14:30 24 ноября», by the clock of `zone`."""
    local = moment.astimezone(zone)
    return f"{local:%H:%M} {local.day} {_MONTHS[local.month - 1]}"


def written_time(local: datetime) -> str:
    """«24 ноября в 10:00, вторник», by the moment's own clock."""
    return f"{local.day} {_MONTHS[local.month - 1]} в {local:%H:%M}, {_DAYS[local.weekday()]}"


def written_sum(rubles: int) -> str:
    """«12 500»: groups are kept together by a no-break space."""
    return f"{rubles:,}".replace(",", "\u00a0")


def address_name(full_name: str) -> str:
    """How a patient is addressed: «Мария Петровна»; a name of one word stays as it is."""
    return " ".join(full_name.split()[1:]) or full_name.strip()


def initials(full_name: str) -> str:
    """«Сидорова М. П.»."""
    surname, *rest = full_name.split() or [""]
    return " ".join([surname, *(f"{name[0]}." for name in rest)])


def what_is_booked(service: Service | None, doctor: Doctor | None) -> str:
    """«УЗИ почек, врач Иванов И. И.»; the title of the opening's owner when there is nothing else to say."""
    parts = [service.name] if service else []
    if doctor:
        parts.append(f"{'врач' if parts else 'Врач'} {initials(doctor.full_name)}".rstrip("."))
    return ", ".join(parts) or "Приём"


def visit_values(facts: VisitFacts) -> dict[str, str]:
    """What every template about a visit may say."""
    visit = facts.visit
    named = _named(
        facts.clinic,
        facts.branch,
        visit.patient.full_name,
        visit.starts_at,
        what_is_booked(visit.service, visit.doctor),
    )
    return named | {
        "prep": (visit.service.prep or "") if visit.service else "",
        "reason": facts.reason,
        "patient_short": initials(visit.patient.full_name),
    }


def offer_values(facts: OfferFacts) -> Mapping[str, str]:
    """The same of an opening that is offered."""
    opening = facts.opening
    zone = ZoneInfo(facts.branch.timezone)
    return _named(
        facts.clinic,
        facts.branch,
        facts.person.patient.full_name,
        opening.starts_at,
        what_is_booked(opening.service, opening.doctor),
    ) | {"deadline": written_moment(facts.until, zone)}


def _named(clinic: str, branch: Branch, full_name: str, starts_at: datetime, what: str) -> dict[str, str]:
    """A visit takes place by the branch's clock, wherever the patient is."""
    local = starts_at.astimezone(ZoneInfo(branch.timezone))
    return {
        "clinic": clinic,
        "branch": branch.name,
        "address": branch.address.rstrip("."),
        "patient": address_name(full_name),
        "day": written_day(local.date()),
        "time": f"{local:%H:%M}",
        "what": what,
    }
