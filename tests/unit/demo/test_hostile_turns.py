"""A thousand random and hostile turns: every rule holds in every call. `registratura accept hostile` is the same."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.composition.core import DEMO_CLINIC
from bot.demo.hostile.callers import OUTBOUND, TEMPERS, Act, draw_caller
from bot.demo.hostile.judge import judge
from bot.demo.hostile.play import House, Remembering, play
from bot.demo.hostile.run import run_hostile, shortest
from crm_bridge.local.build import read_clinic
from dialogs.nlu.pipeline import Understander
from dialogs.script import load_script
from tests.fixtures.talk import NOW

TURNS = 1000
SEED = 1


@pytest.fixture(scope="module")
def house(understander: Understander) -> House:
    scripts = {name: load_script(name) for name in ("inbound", *OUTBOUND)}
    return House(data=read_clinic(DEMO_CLINIC, NOW), scripts=scripts, understander=Remembering(understander), now=NOW)


async def test_a_thousand_hostile_turns_break_no_rule(house: House) -> None:
    report = await run_hostile(house, turns=TURNS, seed=SEED, tell=lambda _: None)
    assert report.turns >= TURNS
    assert not report.counts, "\n" + json.dumps(report.broken, ensure_ascii=True, indent=1)


async def test_callers_of_every_temper_come(house: House) -> None:
    callers = [draw_caller(seed, house.data.patients) for seed in range(200)]
    assert {one.temper for one in callers} == set(TEMPERS)
    assert {one.script for one in callers} == {"inbound", *OUTBOUND}


async def test_the_same_seed_gives_the_same_call(house: House) -> None:
    first, second = [await play(house, draw_caller(3, house.data.patients)) for _ in range(2)]
    assert first.acts == second.acts
    assert [one.said for one in first.moments] == [one.said for one in second.moments]


async def test_a_broken_rule_is_shortened_to_what_breaks_it(house: House) -> None:
    """One step of the script is spoiled: of a long call only the question that leads there is left."""
    script = house.scripts["inbound"]
    spoiled = script.steps["info.address.say"].model_copy(update={"say": ("Наш адрес None.",)})
    script = script.model_copy(update={"steps": {**script.steps, "info.address.say": spoiled}})
    worse = replace(house, scripts={**house.scripts, "inbound": script})
    people = house.data.patients
    caller = next(one for one in (draw_caller(seed, people) for seed in range(50)) if one.direction == "inbound")
    words = ("до скольки вы работаете", "сколько стоит мрт поясницы", "какой у вас адрес", "когда сдать кровь", "а")
    acts = [Act(kind="say", text=text) for text in words]
    call = await play(worse, replace(caller, outage=False), acts)
    assert "слова робота" in {name for name, _ in judge(call, script)}
    left = await shortest(worse, replace(caller, outage=False), acts, "слова робота")
    assert [act.text for act in left] == ["какой у вас адрес"]
