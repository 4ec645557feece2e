"""Plans of spoken calls over the real database: enough people and times for the whole of them, nobody's twice."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from bot.composition.core import open_core
from bot.demo.spoken.arrivals import arrivals
from bot.demo.spoken.casting import draw_plans, morning_scenarios, talk_scenarios
from bot.demo.spoken.people import draw_people, write_clinic
from bot.demo.spoken.plan import NOISES, CallPlan
from bot.demo.spoken.scenarios import SCENARIOS, STRANGERS
from bot.domain.clock import MOSCOW, ManualClock
from bot.settings import load_settings

MONDAY = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


async def plans_of(drawn: list[tuple[str, str]], folder: Path, seed: int) -> list[CallPlan]:
    dice = random.Random(seed)
    people = draw_people([name for name, _ in drawn], dice, STRANGERS)
    clinic = write_clinic(folder, people)
    async with open_core(load_settings(data=folder), ManualClock(MONDAY), clinic=clinic) as core:
        return await draw_plans(core, people, [noise for _, noise in drawn], dice)


@pytest.mark.parametrize("seed", [1, 2])
async def test_ninety_calls_have_every_scenario_in_every_noise_and_ten_settings_of_five_voices(
    tmp_path: Path, seed: int
) -> None:
    plans = await plans_of(talk_scenarios(90), tmp_path, seed)
    assert Counter(plan.noise for plan in plans) == dict.fromkeys(NOISES, 30)
    assert set(Counter((plan.scenario, plan.noise) for plan in plans).values()) == {2}
    assert {plan.scenario for plan in plans} == set(SCENARIOS)
    assert len({plan.voice for plan in plans}) >= 8
    assert len({plan.voice.name for plan in plans}) == 5


async def test_nobody_wants_what_somebody_else_wants_and_everybody_has_a_telephone(tmp_path: Path) -> None:
    plans = await plans_of(talk_scenarios(90), tmp_path, 1)
    assert len({plan.part.phone[-4:] for plan in plans}) == 90, "live events show four digits"
    wishes = [
        (one.expected.visit.specialty or one.expected.visit.doctor or one.expected.visit.service, one.expected.visit.at)
        for one in plans
        if one.expected.visit is not None and one.expected.visit.at is not None
    ]
    assert len(set(wishes)) == len(wishes) > 30
    assert all(plan.before is not None for plan in plans if plan.scenario in ("move", "cancel", "confirm"))
    assert all(plan.patient.id for plan in plans if plan.known)


async def test_the_whole_morning_with_its_burst_can_be_planned(tmp_path: Path) -> None:
    dice = random.Random(1)
    times = arrivals(200, 120, 10, dice)
    plans = await plans_of(morning_scenarios(len(times), 0.5, dice), tmp_path, 1)
    assert len(plans) == 250
    assert sum(plan.spam for plan in plans) == 125
    patients = await plans_of(morning_scenarios(len(times), 0, dice), tmp_path, 1)
    assert not any(plan.spam for plan in patients)
