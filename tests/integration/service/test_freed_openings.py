"""A visit is cancelled, and the bot phones who waits for its time: composition's own parts, talks in text."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.calls.conversation import Conversation
from bot.composition.core import Core, open_core, open_state
from bot.composition.service import TaskFacts, call_out, outbound_settings
from bot.composition.sweep import Sweep
from bot.domain.clinic import Visit
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import Need, WaitRequest, Wish
from bot.outbound.service import OutboundService
from bot.settings import OutboundSettings, load_settings
from bot.storage.tasks import SqlTaskStore
from crm_bridge.local.sweep import Swept
from telephony.port import CallLeg
from telephony.simulated import SimulatedExchange, SimulatedLine

CLINIC = Path(__file__).parents[2] / "dialogues" / "clinic.json"
MONDAY = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
FREED = datetime(2026, 11, 24, 9, 30, tzinfo=MOSCOW)
FIRST, SECOND = "+79165550110", "+79165550111"
GENEROUS_S = 60
TURNS = 12

Answers = Mapping[str, str]
YES: Answers = {"ask_identity": "да это я", "ask_slot_ok": "да подходит", "ask_more": "нет спасибо"}
NO: Answers = {"ask_identity": "да", "ask_slot_ok": "нет не подходит", "ask_waitlist": "да оставьте"}


@dataclass
class TextTalks:
    """Leads an answered call in text, as the session leads it in sound."""

    core: Core
    facts: TaskFacts
    answers: dict[str, Answers]
    said: dict[str, list[str]] = field(default_factory=dict)
    live: frozenset[str] = frozenset()

    async def run(self, leg: CallLeg, script: str, task_id: str | None) -> Mapping[str, Any]:
        assert task_id is not None
        talk = self.core.conversation(
            call_id=leg.call_id,
            caller=leg.caller,
            direction="outbound",
            script=script,
            about=await self.facts.about(task_id),
        )
        outcome = await self._lead(talk, leg.caller)
        await leg.hangup()
        return outcome

    async def _lead(self, talk: Conversation, phone: str) -> Mapping[str, Any]:
        reply = await talk.start()
        for _ in range(TURNS):
            self.said.setdefault(phone, []).extend(say.text for say in reply.say)
            if reply.action is not None:
                return talk.outcome()
            reply = await talk.heard(self.answers[phone][reply.state])
        return await talk.hungup()


@dataclass
class Phoning:
    """One clinic with two who wait for the same half hour, and its outbound calls."""

    core: Core
    clock: ManualClock
    outbound: OutboundService
    tasks: SqlTaskStore
    exchange: SimulatedExchange
    talks: TextTalks

    async def rings_at(self, phone: str) -> None:
        """Wait until the bot phones there, and take the call."""
        ringing = await asyncio.wait_for(self.exchange.phone(phone).next_call(), GENEROUS_S)
        await ringing.answer()

    async def quiet(self) -> None:
        """Wait until nobody is to be phoned about a freed opening; reminders of other visits ring on."""
        async with asyncio.timeout(GENEROUS_S):
            while any(task.offer_id for task in await self.tasks.open_tasks()):
                await asyncio.sleep(0.02)

    async def visits_of(self, phone: str) -> list[Visit]:
        patient = (await self.core.crm.patients_by_phone(phone))[0]
        return list(await self.core.crm.visits_of([patient.id]))

    async def waiting(self) -> list[str]:
        return [entry.phone for entry in await self.core.desk.waitlist.waitlist()]


@asynccontextmanager
async def open_phoning(folder: Path, answers: dict[str, Answers]) -> AsyncIterator[Phoning]:
    settings = load_settings(data=folder, outbound=OutboundSettings(poll_seconds=1, lines=8))
    clock = ManualClock(MONDAY)
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings, clock, clinic=CLINIC))
        await core.understander.ready()
        state = await stack.enter_async_context(open_state(core))
        exchange = SimulatedExchange(folder, speed=50)
        line = SimulatedLine(exchange)
        await line.start()
        stack.push_async_callback(line.close)
        tasks = SqlTaskStore(core.database, core.clock)
        talks = TextTalks(core, TaskFacts(tasks), answers)

        async def live() -> frozenset[str]:
            return talks.live

        outbound = call_out(core, state, line, tasks, talks, live)  # type: ignore[arg-type]
        stack.push_async_callback(outbound.close)
        yield Phoning(core, clock, outbound, tasks, exchange, talks)


async def free_what_two_wait_for(phoning: Phoning) -> None:
    """Both want tomorrow between half past nine and ten, and the one visit there is cancelled."""
    core, wish = phoning.core, Wish(days=frozenset({FREED.date()}), time_from=time(9, 30), time_to=time(10))
    for name, phone in (("Громов Илья Петрович", FIRST), ("Яшина Вера Ивановна", SECOND)):
        patient = await core.crm.register_patient(full_name=name, birth_date=date(1958, 11, 7), phone=phone)
        need = Need(specialty="терапевт")
        await core.crm.join_waitlist(
            WaitRequest(patient_id=patient.id, need=need, wish=wish, comment="завтра к половине десятого", phone=phone),
            call_id=None,
        )
        phoning.clock.advance(timedelta(seconds=1))
    [visit] = [one for one in await core.crm.visits_between(FREED, FREED.replace(minute=31)) if one.doctor]
    await core.crm.cancel(visit.id, reason="заболела", call_id=None)


async def test_who_is_first_is_phoned_says_yes_and_is_booked(tmp_path: Path) -> None:
    async with open_phoning(tmp_path, {FIRST: YES}) as phoning:
        await free_what_two_wait_for(phoning)
        await phoning.outbound.start()
        await phoning.rings_at(FIRST)
        await phoning.quiet()
        [visit] = await phoning.visits_of(FIRST)
        assert visit.starts_at == FREED
        assert visit.doctor is not None
        assert await phoning.visits_of(SECOND) == []
        assert await phoning.waiting() == [SECOND]
        told = " ".join(phoning.talks.said[FIRST])
        assert "Освободилось завтра" in told
        assert visit.doctor.full_name.split()[0] not in told
        assert list(phoning.talks.said) == [FIRST]


async def test_who_is_first_says_no_and_the_next_is_phoned_at_once(tmp_path: Path) -> None:
    async with open_phoning(tmp_path, {FIRST: NO, SECOND: YES}) as phoning:
        await free_what_two_wait_for(phoning)
        await phoning.outbound.start()
        await phoning.rings_at(FIRST)
        await phoning.rings_at(SECOND)  # within the same minute of the clinic's clock
        await phoning.quiet()
        assert await phoning.visits_of(FIRST) == []
        [visit] = await phoning.visits_of(SECOND)
        assert visit.starts_at == FREED
        assert await phoning.waiting() == [FIRST]


async def test_at_night_nothing_is_kept_from_others_and_in_the_morning_it_is_offered(tmp_path: Path) -> None:
    async with open_phoning(tmp_path, {}) as phoning:
        await free_what_two_wait_for(phoning)
        sweep = Sweep(phoning.core, outbound_settings(phoning.core.settings))
        phoning.clock.advance(timedelta(hours=11))
        assert (await sweep()).offers == ()
        phoning.clock.advance(timedelta(hours=12, minutes=5))
        [offer] = (await sweep()).offers
        assert (offer.entry.phone, offer.opening.starts_at) == (FIRST, FREED)


async def test_a_locked_database_is_asked_again_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_phoning(tmp_path, {}) as phoning:
        await free_what_two_wait_for(phoning)
        sweep = Sweep(phoning.core, outbound_settings(phoning.core.settings))
        file = phoning.core.database.engine.url.database
        assert file is not None
        with closing(sqlite3.connect(file, isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            assert await sweep() == Swept()
        assert "the time-driven rules wait for the database" in caplog.text
        assert "Traceback" not in caplog.text
        assert len((await sweep()).offers) == 1


async def test_where_nobody_is_phoned_nothing_is_kept_from_others(tmp_path: Path) -> None:
    async with open_phoning(tmp_path, {}) as phoning:
        await free_what_two_wait_for(phoning)
        rules = outbound_settings(phoning.core.settings)
        assert (await Sweep(phoning.core, replace(rules, enabled=False))()).offers == ()
        assert len((await Sweep(phoning.core, rules)()).offers) == 1
