"""The mapping file against the clinic's real forms, and values that the forms hold in ways of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.clock import MOSCOW
from crm_bridge.port import CrmUnavailable
from crm_bridge.pyrus import PyrusMapping
from crm_bridge.pyrus.values import choice_of, read_moment, text_of
from tests.contract.pyrus_subject import mapping_of, pyrus
from tests.fakes.pyrus import Fault


def changed(section: str, **changes: Any) -> PyrusMapping:
    """The clinic's mapping with something else in one section."""
    whole = mapping_of().model_dump()
    for name, value in changes.items():
        known = whole[section][name]
        whole[section][name] = known | value if isinstance(known, Mapping) else value
    return PyrusMapping.model_validate(whole)


async def test_forms_that_fit_have_no_faults() -> None:
    async with pyrus(mapping_of()) as there:
        assert await there.connector.check() == []


@pytest.mark.parametrize(
    ("mapping", "fault"),
    [
        (changed("bookings", form=4711), "bookings.form: форма 4711 не открывается"),
        (changed("bookings", fields={"comment": 77}), "bookings.fields.comment: в форме нет поля 77"),
        (changed("bookings", sources={"site": 9}), "bookings.fields.source: у поля 4 нет вариантов 9"),
        (changed("bookings", states={"refused": 12, "paid": 13}), "у поля 9 нет вариантов 12, 13"),
        (changed("bookings", states={"paid": 99}), "у поля 9 нет вариантов 99"),
        (changed("bookings", catalogs={"doctor": 300}), "справочник поля 6 — 277, а не 300"),
        (changed("bookings", catalogs={"doctor": None}), "справочник поля 6 — 277, а не текст"),
        (changed("bookings", catalogs={"service": 5}), "справочник поля 5 — нет, а не 5"),
        (changed("leads", stages={"won": 8}), "leads.fields.stage: у поля 4 нет вариантов 8"),
        (changed("call_tasks", fields={"due": 50}), "call_tasks.fields.due: в форме нет поля 50"),
        (changed("telephony", call_id_code="u_other"), "telephony.call_id_code: у поля 1 нет кода u_other"),
    ],
)
async def test_a_difference_is_told_with_its_place(mapping: PyrusMapping, fault: str) -> None:
    async with pyrus(mapping) as there:
        (told,) = await there.connector.check()
        assert fault in told


async def test_an_outage_is_not_taken_for_a_wrong_file() -> None:
    async with pyrus(mapping_of()) as there:
        there.fake.faults.extend([Fault("error", on="/forms/")] * 2)
        with pytest.raises(CrmUnavailable):
            await there.connector.check()


SECTIONED = {
    "fields": [
        {"id": 1, "type": "title", "value": {"checkmark": "checked", "fields": [{"id": 2, "value": " Орлова "}]}},
        {"id": 3, "value": {"choice_ids": [5, 6], "fields": [{"id": 4, "value": "внутри варианта"}]}},
        {"id": 7, "value": None},
    ]
}


@pytest.mark.parametrize(("field", "text"), [(2, "Орлова"), (4, "внутри варианта"), (3, ""), (7, ""), (99, "")])
def test_fields_within_sections_are_read(field: int, text: str) -> None:
    assert text_of(SECTIONED, field) == text


def test_the_first_choice_counts() -> None:
    assert [choice_of(SECTIONED, field) for field in (3, 2, 7, None)] == [5, None, None, None]


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-11-23T07:00:00Z", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("2026-11-23T07:00:00", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=MOSCOW)),
        ("завтра", None),
        (None, None),
        ({"choice_ids": [1]}, None),
    ],
)
def test_moments_are_read(value: object, at: datetime | None) -> None:
    assert read_moment(value, MOSCOW) == at
