"""Two people train and publish at once, on both databases; what one has taken back stays taken back."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from bot.composition.learning import Learning, learning_parts
from bot.domain.clock import ManualClock
from bot.domain.learning import PhraseStatus, SetStatus
from bot.storage.engine import Database
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.paging import Asked
from crm_bridge.port import Refused
from tests.integration.storage.test_phrases import CORE, NOW, POOL, Trainer


@pytest.fixture
def learning(database: Database) -> Learning:
    return learning_parts(LocalClinic(database, ManualClock(NOW)), train=Trainer().train)


async def label(learning: Learning, words: str, intent: str) -> None:
    assert not (await learning.transcripts.take_given([(words, "", intent)], by="staff:1")).errors


async def trained(learning: Learning, words: str, intent: str) -> int:
    await label(learning, words, intent)
    done = await learning.school.train(by="staff:1")
    assert done.status is SetStatus.READY
    return done.id


async def test_of_two_orders_at_once_one_is_taken(learning: Learning) -> None:
    await label(learning, POOL, "documents")
    orders = [learning.school.order(by=f"staff:{number}") for number in range(4)]
    done = await asyncio.gather(*orders, return_exceptions=True)
    assert len([one for one in done if isinstance(one, Refused)]) == 3
    assert len(await learning.school.ordered()) == 1


async def test_of_publications_at_once_one_is_taken_and_its_phrases_are_marked(learning: Learning) -> None:
    number = await trained(learning, POOL, "documents")
    done = await asyncio.gather(
        *(learning.school.publish(number, by=f"staff:{who}") for who in range(4)), return_exceptions=True
    )
    assert [type(one) for one in done].count(Refused) == 3
    [live] = await learning.school.publications()
    assert live.set_id == number
    assert len((await learning.inbox.page(Asked(), status=PhraseStatus.PUBLISHED)).items) == 1


async def test_a_publication_that_fails_half_way_is_none(learning: Learning, database: Database) -> None:
    first = await trained(learning, POOL, "documents")
    async with database.write() as session:
        await session.execute(text("ALTER TABLE unknown_phrases RENAME TO away"))
    with pytest.raises(Exception, match=r"unknown_phrases|База клиники не отвечает"):
        await learning.school.publish(first, by="staff:1")
    assert await learning.school.publications() == []


async def test_going_back_skips_what_was_taken_back_before(learning: Learning) -> None:
    school = learning.school
    good = await trained(learning, POOL, "documents")
    await school.publish(good, by="staff:1")
    bad = await trained(learning, CORE, "vaccination")
    await school.publish(bad, by="staff:1")
    assert (await school.roll_back(by="staff:1")).set_id == good
    newer = await trained(learning, "бумажку в лагерь ребёнку", "documents")
    await school.publish(newer, by="staff:1")
    assert (await school.roll_back(by="staff:1")).set_id == good


async def test_a_lesson_of_an_intent_that_is_no_more_is_left_out(learning: Learning, database: Database) -> None:
    await learning.school.publish(await trained(learning, POOL, "documents"), by="staff:1")
    renamed = "REPLACE(CAST(lessons AS TEXT), 'documents', 'paperwork')"
    value = renamed if database.is_sqlite else f"CAST({renamed} AS JSON)"
    async with database.write() as session:
        await session.execute(text(f"UPDATE phrase_sets SET lessons = {value}"))
    assert (await learning.school.taught()).added == ()
