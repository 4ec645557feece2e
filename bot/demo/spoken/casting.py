"""Plans of a run: which scenario, which voice, which noise, drawn by one seed over a clinic that is open."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.composition.core import Core
from bot.demo.spoken.people import Somebody
from bot.demo.spoken.plan import NOISES, VOICES, CallPlan, seen_visit
from bot.demo.spoken.scenarios import SCENARIOS, Drawer
from bot.demo.spoken.times import Times
from bot.domain.clinic import Patient

MORNING: Final[dict[str, int]] = {
    "book_specialty": 28,
    "book_doctor": 8,
    "book_new": 10,
    "book_service": 10,
    "vaccination": 4,
    "move": 8,
    "cancel": 6,
    "confirm": 6,
    "home_visit": 5,
    "sick_leave": 2,
    "results": 4,
    "info": 5,
    "operator": 4,
}
"""What patients phone for in a morning, in a hundred; sales pitches come on top of it."""


def talk_scenarios(calls: int) -> list[tuple[str, str]]:
    """Scenario and noise of every call: each scenario equally often in each noise, thirds of each noise."""
    names, noises = list(SCENARIOS), list(NOISES)
    return [(names[number // len(noises) % len(names)], noises[number % len(noises)]) for number in range(calls)]


def morning_scenarios(calls: int, spam: float, dice: random.Random) -> list[tuple[str, str]]:
    """Scenarios of a morning in which a part `spam` of the calls are sales pitches; all lines are clean."""
    pitches = round(calls * spam)
    patients = dice.choices(tuple(MORNING), tuple(MORNING.values()), k=calls - pitches)
    names = [*patients, *["spam"] * pitches]
    dice.shuffle(names)
    return [(name, "clean") for name in names]


async def draw_plans(
    core: Core, people: Sequence[Somebody], noises: Sequence[str], dice: random.Random
) -> list[CallPlan]:
    """A plan for each of the people; visits that they must have already are booked on the way."""
    today = core.clock.now().date()
    directory = await core.clinic.directory()
    drawer = Drawer(
        times=Times(core.clinic, today, dice),
        today=today,
        zone=core.settings.zone,
        streets=directory.streets,
        dice=dice,
    )
    return [
        await _plan(core, drawer, one, noise, number)
        for number, (one, noise) in enumerate(zip(people, noises, strict=True))
    ]


async def _plan(core: Core, drawer: Drawer, one: Somebody, noise: str, number: int) -> CallPlan:
    patient = await _patient(core, one)
    drawn = await SCENARIOS[one.scenario](drawer, patient)
    voice = VOICES[number % len(VOICES)]
    return CallPlan(
        number=number,
        scenario=one.scenario,
        patient=patient,
        known=one.known,
        voice=voice,
        noise=noise,
        part=drawer.part(drawn, patient, voice),
        expected=drawn.expected,
        before=seen_visit(drawn.before, drawer.zone) if drawn.before else None,
    )


async def _patient(core: Core, one: Somebody) -> Patient:
    stranger = Patient(id="", full_name=one.full_name, birth_date=one.birth_date, phone=one.phone)
    if not one.known:
        return stranger
    found = await core.clinic.find_patient(one.full_name, one.birth_date)
    assert found is not None, "whoever is known was written into the clinic's file"
    return replace(found, phone=one.phone)
