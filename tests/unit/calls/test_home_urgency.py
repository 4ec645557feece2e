"""What a doctor who is called home must know at once: the temperature, and whether to hurry (TR2)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crm_bridge.memory import MemoryClinic
from tests.fixtures.talk import Talk

ADDRESS = ("Садовая десять квартира пять", "второй подъезд")
ADULT, BABY = ("Рогов Илья Семёнович", "2 мая 1988"), ("Рогова Ева Ильинична", "10 июля 2026")


async def request_of(talk: Talk, clinic: MemoryClinic, wish: str, person: tuple[str, str]) -> Mapping[str, str]:
    call = talk(caller="+79031110299")
    await call.start()
    for turn in (wish, "нет", *ADDRESS, *person, "да"):
        await call.heard(turn)
    [request] = await clinic.open_requests()
    return request.fields


@pytest.mark.parametrize(
    ("wish", "person", "temperature", "urgent"),
    [
        ("врача на дом, температура тридцать девять и пять", ADULT, "39.5", "да"),
        ("врача на дом, температура тридцать восемь", ADULT, "38", None),
        ("врача на дом, у дочки кашель и насморк", BABY, None, "да"),
    ],
)
async def test_a_high_fever_and_a_baby_are_urgent(
    talk: Talk, clinic: MemoryClinic, wish: str, person: tuple[str, str], temperature: str | None, urgent: str | None
) -> None:
    fields = await request_of(talk, clinic, wish, person)
    assert (fields.get("temperature"), fields.get("urgent")) == (temperature, urgent)
    assert fields["symptoms"] == wish
