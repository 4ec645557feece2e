"""A hundred callers fight for ten openings on both databases, while processes are killed and holds run out."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.clinic import Patient, Visit
from bot.domain.follow_up import BOT, SYSTEM, Need
from bot.storage.engine import Database
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.tables import HoldRow, VisitRow, WaitlistRow
from crm_bridge.local.waitlist import Offer
from crm_bridge.port import CrmError, HoldExpired, IllegalStep, OpeningTaken
from tests.rules.house import REGISTRAR, THERAPIST, House, at

CALLERS, OPENINGS = 100, 10
DYING = Path(__file__).parent / "dying_caller.py"
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def house(migrated_url: str) -> AsyncIterator[House]:
    opened = Database(migrated_url)
    made = House(opened)
    await made.furnish()
    yield made
    await opened.dispose()


async def openings(house: House, count: int = OPENINGS) -> list[str]:
    return [await house.opening(at(25 + number // 8, f"{9 + number % 8:02}:00")) for number in range(count)]


async def killed_in_the_middle(house: House, opening: str, patient: Patient, where: str) -> None:
    """Another process books that opening and is killed at that point of its transaction."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(DYING),
        *(house.database.url, house.clock.now().isoformat(), opening, patient.id, where),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said = await asyncio.wait_for(process.stdout.readline(), 60)
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    assert said == b"in the middle\n"


async def test_a_hundred_callers_for_ten_openings_with_kills_in_between(house: House) -> None:
    offered = await openings(house)
    patient = await house.patient()
    answers: Counter[str] = Counter()
    visits: list[Visit] = []

    async def caller(number: int) -> None:
        """One who is refused one opening tries them all, as a caller who takes any time would."""
        for step in range(OPENINGS):
            opening = offered[(number + step) % OPENINGS]
            try:
                hold = await house.clinic.hold(opening, owner=f"call-{number}")
                visits.append(await house.clinic.book(hold.id, patient_id=patient.id, call_id=f"call-{number}"))
            except (OpeningTaken, HoldExpired):
                continue
            answers["booked"] += 1
            return
        answers["told that nothing is left"] += 1

    # Three processes die on three of the openings: before a word is written, with the visit written, after commit.
    for opening, where in zip(offered, ("held", "booking", "booked"), strict=False):
        await killed_in_the_middle(house, opening, patient, where)
    # Two more callers held an opening and are never heard of again; the clock takes it from them.
    for number, opening in enumerate(offered[5:7]):
        await house.clinic.hold(opening, owner=f"gone-{number}")
    await asyncio.gather(*(caller(number) for number in range(CALLERS // 2)))
    assert answers["booked"] == OPENINGS - 1 - 4, "one was booked by who died after it, four are still held"
    answers.clear()
    house.clock.advance(timedelta(seconds=181))
    await asyncio.gather(*(caller(number) for number in range(CALLERS // 2, CALLERS)))
    assert answers == {"booked": 4, "told that nothing is left": CALLERS // 2 - 4}

    async with house.database.read() as session:
        taken = Counter(await session.scalars(select(VisitRow.opening_id)))
    assert taken == Counter(dict.fromkeys(offered, 1))
    assert len(visits) == OPENINGS - 1


async def test_a_hundred_at_one_moment_ten_visits_ninety_clear_answers(house: House) -> None:
    offered = await openings(house)
    patient = await house.patient()

    async def caller(number: int) -> object:
        for step in range(OPENINGS):
            try:
                hold = await house.clinic.hold(offered[(number + step) % OPENINGS], owner=f"call-{number}")
                return await house.clinic.book(hold.id, patient_id=patient.id, call_id=f"call-{number}")
            except (OpeningTaken, HoldExpired) as error:
                answer = error
        return answer

    answers = await asyncio.gather(*map(caller, range(CALLERS)))

    visits = [answer for answer in answers if isinstance(answer, Visit)]
    refused = [str(answer) for answer in answers if isinstance(answer, OpeningTaken)]
    assert (len(visits), len(refused)) == (OPENINGS, CALLERS - OPENINGS)
    assert all(refused), "every refusal says why"
    async with house.database.read() as session:
        assert Counter(await session.scalars(select(VisitRow.opening_id))) == Counter(dict.fromkeys(offered, 1))
        assert await session.scalar(select(func.count()).select_from(HoldRow)) == 0


async def waiting(house: House, count: int) -> list[Patient]:
    """People who wait for a therapist, the first of them the longest."""
    people = []
    for number in range(count):
        phone = f"+7916222{number:04}"
        person = await house.patient(name=f"Ждущий Номер {'абвгдежзик'[number]}", phone=phone)
        await house.desk.waitlist.add_to_waitlist(
            patient_id=person.id, need=Need(specialty=THERAPIST), comment="в любой день", by=BOT
        )
        house.clock.advance(timedelta(seconds=1))
        people.append(person)
    return people


async def test_a_freed_opening_reaches_the_best_entry_within_one_tick(house: House) -> None:
    visit = await house.book(at(26, "09:00"))
    first, *_ = await waiting(house, 3)
    assert list((await house.desk.sweep.tick()).offers) == []

    await house.clinic.cancel(visit.id, reason="recovered", call_id=None)
    house.clock.advance(timedelta(minutes=1))
    [offer] = (await house.desk.sweep.tick()).offers

    assert offer.entry.patient_id == first.id
    # one holder at a time: a second tick, and one of a twin of this process, offer it to nobody else
    twin = LocalDesk(LocalClinic(house.database, house.clock))
    both = await asyncio.gather(house.desk.sweep.tick(), twin.sweep.tick())
    assert [list(done.offers) for done in both] == [[], []]


async def test_twins_of_the_service_offer_an_opening_once(house: House) -> None:
    await waiting(house, 4)
    await openings(house, 2)
    twins = [LocalDesk(LocalClinic(house.database, house.clock)) for _ in range(4)]

    done = await asyncio.gather(*(twin.waitlist.offer_openings(by=SYSTEM) for twin in twins))

    offers = [offer for one in done for offer in one]
    assert len(offers) == 2
    assert len({offer.opening.id for offer in offers}) == len({offer.entry.id for offer in offers}) == 2


async def offered_to_two(house: House) -> tuple[Offer, Offer]:
    """The first did not answer in time, so that the second is asked about the same opening; both now say «да»."""
    await waiting(house, 2)
    await openings(house, 1)
    [late] = (await house.desk.sweep.tick()).offers
    house.clock.advance(timedelta(minutes=15))
    [now] = (await house.desk.sweep.tick()).offers
    assert now.opening.id == late.opening.id
    return late, now


async def test_of_two_acceptances_one_wins(house: House) -> None:
    late, now = await offered_to_two(house)

    results = await asyncio.gather(
        *(house.desk.waitlist.accept_offer(one.entry.id, by=BOT) for one in (late, now)), return_exceptions=True
    )

    assert isinstance(results[0], OpeningTaken)
    assert isinstance(results[1], Visit)
    assert results[1].patient.id == now.entry.patient_id


async def test_the_same_acceptance_ten_times_is_one_visit(house: House) -> None:
    await waiting(house, 1)
    await openings(house, 1)
    [offer] = (await house.desk.sweep.tick()).offers

    async def say_yes() -> str:
        try:
            return (await house.desk.waitlist.accept_offer(offer.entry.id, by=BOT)).id
        except (OpeningTaken, IllegalStep):
            return ""

    won = set(await asyncio.gather(*(say_yes() for _ in range(10)))) - {""}
    assert len(won) == 1


async def test_yes_and_no_at_one_moment_never_wait_for_each_other(house: House) -> None:
    """The bot hears «да» as a registrar closes the entry: either wins, both get an answer, the opening is whole."""
    await waiting(house, 6)
    await openings(house, 6)
    offers = (await house.desk.sweep.tick()).offers
    assert len(offers) == 6

    async def answer(offer: Offer, number: int) -> None:
        waitlist = house.desk.waitlist
        if number % 2:
            closing: Awaitable[object] = waitlist.decline_offer(offer.entry.id, by=REGISTRAR)
        else:
            closing = waitlist.close_waitlist(offer.entry.id, "нашёл сам", by=REGISTRAR)
        results = await asyncio.gather(waitlist.accept_offer(offer.entry.id, by=BOT), closing, return_exceptions=True)
        assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, CrmError)], results

    await asyncio.gather(*(answer(offer, number) for number, offer in enumerate(offers)))

    async with house.database.read() as session:
        visits = (await session.scalars(select(VisitRow.opening_id))).all()
        assert len(visits) == len(set(visits))
        kept = set(await session.scalars(select(HoldRow.opening_id)))
        asked = set(
            await session.scalars(select(WaitlistRow.offered_opening_id).where(WaitlistRow.status == "offered"))
        )
        assert kept == asked, "an opening is kept only for whom it is offered to"
