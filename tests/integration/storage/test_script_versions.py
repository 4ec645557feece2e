"""Versions of scripts on both databases: kept as they are, never overwritten, put live and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import Actor, ActorKind
from bot.domain.script_versions import (
    Exam,
    NoSuchVersion,
    Problem,
    PublishRefused,
    ScriptConflict,
    ScriptRejected,
)
from bot.scripting.desk import ScriptDesk
from bot.scripting.exam import shipped_files
from bot.scripting.library import ScriptLibrary
from bot.scripting.store import ScriptStore
from bot.storage.engine import Database
from crm_bridge.local.part import Ground
from crm_bridge.local.tables import AuditRow

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
ANNA, OLEG = Actor(kind=ActorKind.STAFF, id="anna"), Actor(kind=ActorKind.STAFF, id="oleg")
SHIPPED = shipped_files("inbound")
BAD = "Чем могу навредить?"


async def examine(script: str, files: Mapping[str, str], *, talk: bool) -> Exam:
    """An examiner that minds one sentence."""
    faulty = BAD in files["inbound.yml"]
    return Exam(script=script, findings=(Problem(place="steps.open", message="так нельзя"),) if faulty else ())


def greeting(words: str) -> dict[str, str]:
    """The shipped script, asking in other words."""
    assert "Чем могу помочь?" in SHIPPED["inbound.yml"]
    return {**SHIPPED, "inbound.yml": SHIPPED["inbound.yml"].replace("Чем могу помочь?", words)}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def desk(database: Database, clock: ManualClock) -> ScriptDesk:
    return ScriptDesk(ScriptStore(Ground(database=database, clock=clock)), examine)


def asks(library: ScriptLibrary) -> str:
    question = library.script("inbound").question("open")
    assert question is not None
    return question.say[0]


async def test_without_anything_in_the_database_the_shipped_script_is_live(desk: ScriptDesk) -> None:
    state = await desk.state("inbound")
    assert (state.live, state.newest, state.published_at) == (0, 0, None)
    [only] = await desk.versions("inbound")
    assert (only.number, only.live, only.created_at) == (0, True, None)
    assert (await desk.version("inbound", 0)).files == SHIPPED


async def test_a_draft_is_kept_to_the_letter_and_no_call_takes_it(desk: ScriptDesk) -> None:
    files = greeting("Слушаю?")
    saved = await desk.save("inbound", files, base=0, by=ANNA, note="мягче")
    assert (saved.number, saved.base, saved.note, saved.created_by, saved.live) == (1, 0, "мягче", "staff:anna", False)
    assert saved.created_at == NOW
    assert (await desk.version("inbound", 1)).files == files
    assert (await desk.state("inbound")).live == 0


async def test_a_save_on_an_outdated_base_overwrites_nothing(desk: ScriptDesk) -> None:
    await desk.save("inbound", greeting("Раз?"), base=0, by=ANNA)
    with pytest.raises(ScriptConflict, match="уже изменили: вы правили версию 0, а последняя 1"):
        await desk.save("inbound", greeting("Два?"), base=0, by=OLEG)
    with pytest.raises(ScriptConflict, match=r"Версии 5 .* нет: последняя 1"):
        await desk.save("inbound", greeting("Два?"), base=5, by=OLEG)
    assert [one.number for one in await desk.versions("inbound")] == [1, 0]
    assert (await desk.save("inbound", greeting("Два?"), base=1, by=OLEG)).number == 2
    assert (await desk.save("reminder", shipped_files("reminder"), base=0, by=OLEG)).number == 1


async def test_of_those_who_save_at_once_one_wins(desk: ScriptDesk) -> None:
    saves = [desk.save("inbound", greeting(f"Вариант {one}?"), base=0, by=ANNA) for one in range(5)]
    done = await asyncio.gather(*saves, return_exceptions=True)
    assert sum(isinstance(one, ScriptConflict) for one in done) == 4
    [kept] = [one for one in done if not isinstance(one, BaseException)]
    assert (await desk.version("inbound", 1)).files == kept.files


async def test_only_what_changed_may_be_sent(desk: ScriptDesk) -> None:
    mine = {"inbound.yml": greeting("Слушаю?")["inbound.yml"]}
    await desk.save("inbound", mine, base=0, by=ANNA, whole=False)
    assert (await desk.version("inbound", 1)).files == {**SHIPPED, **mine}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"shared/common.yml": ""}, "Нет главного файла inbound.yml"),
        ({"inbound.yml": "", "../other.yml": ""}, "Имя файла «../other.yml» не годится"),
        ({"inbound.yml": "", "/etc/other.yml": ""}, "не годится"),
        ({"inbound.yml": "х" * 2_000_001}, "Слишком много"),
    ],
)
async def test_what_can_be_no_script_is_not_kept(desk: ScriptDesk, files: dict[str, str], message: str) -> None:
    with pytest.raises(ScriptRejected, match=message):
        await desk.save("inbound", files, base=0, by=ANNA)


async def test_a_script_that_there_is_not(desk: ScriptDesk) -> None:
    with pytest.raises(NoSuchVersion, match="есть: inbound, reminder"):
        await desk.state("outbound")
    with pytest.raises(NoSuchVersion, match="Версии 7"):
        await desk.publish("inbound", 7, by=ANNA)


async def test_publishing_needs_the_exam(desk: ScriptDesk) -> None:
    await desk.save("inbound", greeting(BAD), base=0, by=ANNA)
    with pytest.raises(PublishRefused, match="так нельзя") as refused:
        await desk.publish("inbound", 1, by=ANNA)
    assert refused.value.exam.findings[0].place == "steps.open"
    assert (await desk.state("inbound")).live == 0


async def test_publish_and_going_back_step_by_step(desk: ScriptDesk, clock: ManualClock) -> None:
    for number in (1, 2):
        await desk.save("inbound", greeting(f"Версия {number}?"), base=number - 1, by=ANNA)
        clock.advance(timedelta(minutes=1))
        await desk.publish("inbound", number, by=ANNA)
    state = await desk.state("inbound")
    assert (state.live, state.published_by, state.published_at) == (2, "staff:anna", NOW + timedelta(minutes=2))
    assert (await desk.roll_back("inbound", by=OLEG)).number == 1
    assert (await desk.roll_back("inbound", by=OLEG)).number == 0
    with pytest.raises(ScriptRejected, match="возвращать нечего"):
        await desk.roll_back("inbound", by=OLEG)
    await desk.publish("inbound", 2, by=ANNA)
    assert [one.number for one in await desk.store.publications("inbound")] == [2, 0, 1, 2, 1]
    assert [(one.number, one.live) for one in await desk.versions("inbound")] == [(2, True), (1, False), (0, False)]


async def test_publishing_what_is_live_changes_nothing(desk: ScriptDesk) -> None:
    await desk.save("inbound", greeting("Слушаю?"), base=0, by=ANNA)
    await desk.publish("inbound", 1, by=ANNA)
    await desk.publish("inbound", 1, by=OLEG)
    assert len(await desk.store.publications("inbound")) == 1


async def test_who_did_what_is_in_the_audit(desk: ScriptDesk, database: Database) -> None:
    await desk.save("inbound", greeting("Слушаю?"), base=0, by=ANNA)
    await desk.publish("inbound", 1, by=OLEG)
    await desk.roll_back("inbound", by=ANNA)
    async with database.read() as session:
        rows = list(await session.scalars(select(AuditRow).order_by(AuditRow.id)))
    assert [(row.actor, row.action, row.subject_id, row.detail) for row in rows] == [
        ("staff:anna", "script.save", "inbound", {"version": 1, "base": 0}),
        ("staff:oleg", "script.publish", "inbound", {"version": 1, "before": 0}),
        ("staff:anna", "script.publish", "inbound", {"version": 0, "before": 1}),
    ]


async def test_new_calls_take_the_published_version_and_running_ones_keep_theirs(
    desk: ScriptDesk, clock: ManualClock
) -> None:
    library = ScriptLibrary(desk, clock, calls_last=timedelta(hours=4))
    await library.load()
    before = library.script("inbound")
    assert (before.version, asks(library)) == (0, "Чем могу помочь?")
    await desk.save("inbound", greeting("Слушаю?"), base=0, by=ANNA)
    assert await library.renew() is False
    await desk.publish("inbound", 1, by=ANNA)
    assert await library.renew() is True
    assert (library.script("inbound").version, asks(library)) == (1, "Слушаю?")
    assert library.script("inbound", before.version) == before
    assert library.script("reminder").version == 0


async def test_after_a_restart_a_call_finds_the_version_it_began_with(desk: ScriptDesk, clock: ManualClock) -> None:
    for number in range(1, 8):
        await desk.save("inbound", greeting(f"Версия {number}?"), base=number - 1, by=ANNA)
        await desk.publish("inbound", number, by=ANNA)
        clock.advance(timedelta(hours=3))
    library = ScriptLibrary(desk, clock, calls_last=timedelta(hours=10))
    await library.load()
    assert library.script("inbound").version == 7
    for number in (6, 5, 4):
        assert library.script("inbound", number).version == number, "it was live in the last ten hours"
    assert library.script("inbound", 3).version == 7, "no call is so old: what is live must do"
    later = ScriptLibrary(desk, clock, calls_last=timedelta(0))
    await later.load()
    assert [later.script("inbound", number).version for number in (6, 5, 4)] == [6, 5, 7], "the last three in any case"


async def test_versions_that_no_call_can_be_in_are_not_kept_for_months(desk: ScriptDesk, clock: ManualClock) -> None:
    library = ScriptLibrary(desk, clock, calls_last=timedelta(hours=4))
    for number in range(1, 7):
        await desk.save("inbound", greeting(f"Раз {number}?"), base=number - 1, by=ANNA)
        await desk.publish("inbound", number, by=ANNA)
        assert await library.renew()
        clock.advance(timedelta(hours=3))
    kept = [number for number in range(7) if library.script("inbound", number).version == number]
    assert kept == [0, 4, 5, 6]


async def test_a_published_version_that_cannot_be_read_any_more_leaves_calls_what_they_have(
    desk: ScriptDesk, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.save("inbound", {"inbound.yml": "steps: {a: [1\n"}, base=0, by=ANNA)
    await desk.store.publish("inbound", 1, by=ANNA)
    library = ScriptLibrary(desk, clock, calls_last=timedelta(hours=4))
    await library.load()
    await library.renew()
    assert library.script("inbound").version == 0
    assert caplog.text.count("cannot be read any more") == 1
    assert (await desk.live("inbound")).version == 0


async def test_a_database_that_is_away_leaves_the_shipped_scripts(clock: ManualClock) -> None:
    database = Database("sqlite+aiosqlite:////nowhere/at/all.sqlite")
    away = ScriptDesk(ScriptStore(Ground(database=database, clock=clock)), examine)
    library = ScriptLibrary(away, clock, calls_last=timedelta(hours=4))
    await library.load()
    assert library.script("inbound").version == 0
    await database.dispose()


async def test_a_version_that_was_checked_is_published_at_once(database: Database, clock: ManualClock) -> None:
    exams: list[str] = []

    async def count(script: str, files: Mapping[str, str], *, talk: bool) -> Exam:
        exams.append(script)
        return await examine(script, files, talk=talk)

    desk = ScriptDesk(ScriptStore(Ground(database=database, clock=clock)), count)
    for number, words in ((1, "Слушаю?"), (2, BAD)):
        await desk.save("inbound", greeting(words), base=number - 1, by=ANNA)
        await desk.check("inbound", number)
    await desk.publish("inbound", 1, by=ANNA)
    with pytest.raises(PublishRefused):
        await desk.publish("inbound", 2, by=ANNA)
    assert len(exams) == 3, "what failed is looked at again"
