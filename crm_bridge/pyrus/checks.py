"""Whether the clinic's forms are what the mapping file says, before the first patient finds out.

Source: the vendor's Python client, `GET /forms/{id}` -> `fields[{id, type, info{options[{choice_id, deleted, fields}],
catalog_id, code, fields}}]`. UNVERIFIED: names of types beyond `text`, `phone`, `multiple_choice`, `catalog` and
`due_date_time`, so only what a value of ours would not fit is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crm_bridge.port import NotFound, Refused
from crm_bridge.pyrus.api import Json, PyrusApi, SignInRefused
from crm_bridge.pyrus.mapping import Bookings, CallTasks, Leads, PyrusMapping, Telephony


class FormCheck:
    """One form against its section of the mapping; `faults` are Russian, each with the place in the file."""

    def __init__(self, section: str, form: Json) -> None:
        self._section = section
        self._fields = {field["id"]: field for field in _flat(form.get("fields") or ())}
        self.faults: list[str] = []

    def has(self, numbers: Mapping[str, int]) -> None:
        """Every field is there."""
        for name, number in numbers.items():
            if number not in self._fields:
                self._fault(f"fields.{name}", f"в форме нет поля {number}")

    def chooses(self, name: str, number: int | None, choices: Iterable[int]) -> None:
        """The field has all these choices."""
        field = self._fields.get(number or 0)
        if field is None:
            return
        known = {option.get("choice_id") for option in _info(field).get("options") or () if not option.get("deleted")}
        missing = [str(choice) for choice in choices if choice not in known]
        if missing:
            self._fault(f"fields.{name}", f"у поля {number} нет вариантов {', '.join(missing)}")

    def looks_up(self, name: str, number: int | None, catalog: int | None) -> None:
        """The field is of this catalogue, or of none when we write text into it."""
        field = self._fields.get(number or 0)
        if field is not None and _info(field).get("catalog_id") != catalog:
            told = f"справочник поля {number} — {_info(field).get('catalog_id') or 'нет'}, а не {catalog or 'текст'}"
            self._fault(f"catalogs.{name}", told)

    def coded(self, number: int, code: str) -> None:
        """The field has this symbolic code."""
        field = self._fields.get(number)
        if field is not None and code not in (field.get("code"), _info(field).get("code")):
            self._fault("call_id_code", f"у поля {number} нет кода {code}")

    def _fault(self, place: str, told: str) -> None:
        self.faults.append(f"{self._section}.{place}: {told}")


async def faults_of(api: PyrusApi, mapping: PyrusMapping) -> list[str]:
    """Everything in which the forms differ from the mapping; empty when all is well.

    Raises CrmUnavailable, SignInRefused.
    """
    faults = []
    for name in ("bookings", "leads", "call_tasks", "telephony"):
        section = getattr(mapping, name)
        if section is None:
            continue
        try:
            form = await api.read(f"/forms/{section.form}")
        except SignInRefused:
            raise
        except (NotFound, Refused) as error:
            faults.append(f"{name}.form: форма {section.form} не открывается, {error}")
        else:
            faults += _compared(FormCheck(name, form), section)
    return faults


def _compared(check: FormCheck, section: Bookings | Leads | CallTasks | Telephony) -> list[str]:
    if isinstance(section, Telephony):
        check.has({"call_id": section.call_id_field})
        check.coded(section.call_id_field, section.call_id_code)
        return check.faults
    check.has(section.fields.model_dump(exclude_none=True))
    if isinstance(section, Bookings):
        if section.sources:
            check.chooses("source", section.fields.source, section.sources.values())
        check.chooses("status", section.fields.status, section.states.values())
        check.looks_up("service", section.fields.service, section.catalogs.service)
        check.looks_up("doctor", section.fields.doctor, section.catalogs.doctor)
    elif isinstance(section, Leads):
        check.chooses("stage", section.fields.stage, section.stages.values())
    return check.faults


def _info(field: Mapping[str, Any]) -> Mapping[str, Any]:
    return field.get("info") or {}


def _flat(fields: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The fields of a form, those within sections and under choices too."""
    for field in fields:
        yield field
        yield from _flat(_info(field).get("fields") or ())
        for option in _info(field).get("options") or ():
            yield from _flat(option.get("fields") or ())
