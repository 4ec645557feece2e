"""What the clinic has published is understood wherever somebody tries it out, not in calls alone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.composition.core import DEMO_CLINIC, open_core
from bot.composition.desk import open_desk
from bot.composition.learning import PublishedPhrases, learning_parts
from bot.domain.clock import MOSCOW, ManualClock
from bot.settings import Settings, load_settings
from crm_bridge.port import CrmError
from dialogs.port import Intent, NluContext, State
from tests.integration.storage.test_phrases import PASSED, Trainer

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
ASKED = "запишите к терапуше"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data=tmp_path)


async def publish(settings: Settings) -> int:
    """Teach the clinic's own word; returns the publication's number."""
    trainer = Trainer()
    trainer.result = replace(PASSED, unlearned=())
    async with open_desk(settings) as desk:
        learning = learning_parts(desk.clinic, train=trainer.train)
        await learning.synonyms.add("терапуше", "терапевту", by="staff:1")
        done = await learning.school.train(by="staff:1")
        return (await learning.school.publish(done.id, by="staff:1")).id


async def test_nothing_is_taught_and_nothing_is_made_before_there_is_a_database(settings: Settings) -> None:
    assert (await PublishedPhrases(settings).taught()).synonyms == {}
    assert list(settings.data.iterdir()) == []


async def test_a_rehearsal_understands_what_is_published_as_its_own_version_none(settings: Settings) -> None:
    await publish(settings)
    async with open_core(settings, ManualClock(NOW), clinic=DEMO_CLINIC) as core:
        said = await core.understander.interpret(ASKED, NluContext(state=State.OPEN, now=NOW))
        assert said.slots["specialty"] == "терапевт"
        assert core.understander.version == await core.learning.school.live_version() == 0


async def test_a_renewal_that_cannot_be_read_changes_nothing(settings: Settings) -> None:
    number = await publish(settings)
    async with open_core(settings, ManualClock(NOW)) as core:
        await core.understander.ready()
        moved = "ALTER TABLE phrase_publications RENAME TO away"
        async with core.database.write() as session:
            await (await session.connection()).exec_driver_sql(moved)
        with pytest.raises(CrmError):
            await core.understander.renew()
        said = await core.understander.interpret(ASKED, NluContext(state=State.OPEN, now=NOW))
        assert (said.intent, said.slots["specialty"]) == (Intent.BOOK_APPOINTMENT, "терапевт")
        assert core.understander.version == number


def test_nlu_parse_understands_what_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRATURA__DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    asyncio.run(publish(load_settings(None)))
    asked = json.dumps({"id": 1, "text": ASKED, "state": "open"}, ensure_ascii=False)
    done = CliRunner().invoke(cli, ["nlu", "parse", "--jsonl"], input=asked + "\n", catch_exceptions=False)
    assert json.loads(done.output)["slots"]["specialty"] == "терапевт"
