"""Requests that people act on: the same fields and validators whoever fills them, bot, registrar or programme."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from bot.domain.phone import normalize_phone
from dialogs.script.model import RequestField, RequestForm, Script

_FIRST_BIRTH: Final = date(1900, 1, 1)
_NAME: Final = re.compile(r"[А-ЯЁа-яё-]{2,}(?: [А-ЯЁа-яё-]{2,})+")
_EFFECTS: Final[Mapping[str, frozenset[str]]] = {
    "create_request": frozenset(),
    "callback": frozenset({"reason", "note"}),
}
"""Effects that make a request, and the fields that they add by themselves."""

Fault = tuple[str, str]
"""A field and what is wrong with it, in Russian."""


def faults_of(form: RequestForm, fields: Mapping[str, str], today: date, known: Collection[str] = ()) -> list[Fault]:
    """What must be mended before the request can be acted on; none when it is right.

    `known` are fields that need not be filled, for the request says them otherwise: by the patient's card.
    """
    found = [(name, f"такого поля нет; есть: {', '.join(form.fields)}") for name in fields if name not in form.fields]
    for name, field in form.fields.items():
        value = fields.get(name, "").strip()
        if not value and field.required and name not in known:
            found.append((name, f"не заполнено: {field.label}"))
        elif value and not _CHECKS[field.check](field, value, today):
            found.append((name, _told(field)))
    return found


def _is_name(field: RequestField, value: str, today: date) -> bool:
    return bool(_NAME.fullmatch(value))


def _is_birth(field: RequestField, value: str, today: date) -> bool:
    born = _day(value)
    return born is not None and _FIRST_BIRTH <= born <= today


def _is_date(field: RequestField, value: str, today: date) -> bool:
    return _day(value) is not None


def _is_moment(field: RequestField, value: str, today: date) -> bool:
    try:
        return "T" in value and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_phone(field: RequestField, value: str, today: date) -> bool:
    return normalize_phone(value) is not None


def _is_address(field: RequestField, value: str, today: date) -> bool:
    return bool(re.search(r"[а-яё]{2}", value, re.I) and re.search(r"\d", value))


def _is_number(field: RequestField, value: str, today: date) -> bool:
    return bool(re.fullmatch(r"\d{12}", value))


def _is_choice(field: RequestField, value: str, today: date) -> bool:
    return value in field.choices


def _is_text(field: RequestField, value: str, today: date) -> bool:
    return True


_CHECKS: Final[Mapping[str, Callable[[RequestField, str, date], bool]]] = {
    "text": _is_text,
    "name": _is_name,
    "birth_date": _is_birth,
    "date": _is_date,
    "moment": _is_moment,
    "phone": _is_phone,
    "address": _is_address,
    "sick_leave_number": _is_number,
    "choice": _is_choice,
}
_WANTED: Final[Mapping[str, str]] = {
    "name": "нужны фамилия и имя: Петрова Анна Ивановна",
    "birth_date": "нужна дата рождения вида 1962-03-05",
    "date": "нужна дата вида 2026-11-24",
    "moment": "нужны дата и время вида 2026-11-24T10:00",
    "phone": "нужны десять цифр номера: +79165550101",
    "address": "нужны улица и дом: улица Ленина, дом 5",
    "sick_leave_number": "нужны двенадцать цифр",
}


def _told(field: RequestField) -> str:
    if field.check == "choice":
        return f"нет такого значения, допустимы: {', '.join(field.choices)}"
    return _WANTED[field.check]


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None


def json_schema(form: RequestForm) -> dict[str, Any]:
    """The fields as JSON Schema (2020-12): for forms that are drawn from it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": form.title,
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, field in form.fields.items() if field.required],
        "properties": {name: _property(field) for name, field in form.fields.items()},
    }


_PROPERTIES: Final[Mapping[str, Mapping[str, str]]] = {
    "birth_date": {"format": "date"},
    "date": {"format": "date"},
    "moment": {"pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}"},
    "phone": {"format": "phone"},
    "sick_leave_number": {"pattern": r"^\d{12}$"},
}


def _property(field: RequestField) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "string", "title": field.label, **_PROPERTIES.get(field.check, {})}
    if field.check == "choice":
        made["oneOf"] = [{"const": value, "title": title} for value, title in field.choices.items()]
    return made


def misfilled(script: Script) -> Iterator[tuple[str, str]]:
    """Steps that make a request otherwise than its form says: place and what to do, in Russian."""
    for name, form in script.forms.items():
        if form.request and form.request not in script.requests:
            yield f"forms.{name}", f"заявки «{form.request}» нет среди requests"
    for name, step in script.steps.items():
        added = _EFFECTS.get(step.do or "")
        if added is None:
            continue
        kind = str(step.args.get("kind", "")) if step.do == "create_request" else "callback"
        form_of = script.requests.get(kind)
        if form_of is None:
            yield f"steps.{name}", f"заявки «{kind}» нет среди requests: опишите её поля"
            continue
        given = step.args.get("fields") or {}
        written = {*given, *added}
        for field in sorted(written - set(form_of.fields)):
            yield f"steps.{name}", f"в заявке «{kind}» нет поля «{field}»: добавьте его в requests.{kind}.fields"
        for field in sorted(one for one, about in form_of.fields.items() if about.required and one not in written):
            yield f"steps.{name}", f"заявке «{kind}» нужно поле «{field}»"
