"""What a running service does for learning, round by round."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from bot.calls.unclear import UnclearWords
from bot.composition.learning import Learning, learning_parts
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.learning import MaskedPhrase, SetStatus, Why
from bot.learning.gather import Gathering
from bot.learning.live import FORGET_EVERY, LiveLearning
from bot.storage.engine import Database
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.paging import Asked
from dialogs.nlu.regression import Figures
from dialogs.nlu.retrain import Retrained, RetrainOrder
from dialogs.port import Directory
from tests.fixtures.databases import Copy

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
GOOD = Figures(lines=500, accuracy=0.9, macro_f1=0.9, missed_emergencies=0, false_emergencies=0, patients_as_spam=0)
POOL = "бумагу в бассейн"


class Understanding:
    """Understands by the publication that it was last made of; `broken` renewals fail."""

    def __init__(self, learning: Learning) -> None:
        self.version = -1
        self.broken = 0
        self._learning = learning

    async def renew(self) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError("no room for a model")
        self.version = (await self._learning.school.taught()).version


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def learning(copied: Copy, clock: ManualClock) -> AsyncIterator[Learning]:
    database = Database(copied("sqlite"))

    async def train(order: RetrainOrder) -> Retrained:
        return Retrained(
            before=GOOD, after=GOOD, own_before=GOOD, own_after=GOOD, held_before=None, held_after=None, worse=(),
            unlearned=(),
        )  # fmt: skip

    yield learning_parts(LocalClinic(database, clock), train=train)
    await database.dispose()


@pytest.fixture
def understanding(learning: Learning) -> Understanding:
    return Understanding(learning)


@pytest.fixture
def gathering() -> Gathering:
    return Gathering()


@pytest.fixture
async def live(
    learning: Learning, understanding: Understanding, gathering: Gathering, clock: ManualClock
) -> AsyncIterator[LiveLearning]:
    made = LiveLearning(
        gathering=gathering,
        phrases=learning.phrases,
        school=learning.school,
        understanding=understanding,
        clock=clock,
        rules=learning.rules,
    )
    yield made
    await made.close()


def said(text: str) -> UnclearWords:
    return UnclearWords(
        text=text, state="open", directory=Directory(), why=Why.REJECTED, guess="", confidence=0.0, call_id="c1", at=NOW
    )


async def texts(learning: Learning) -> list[str]:
    return [one.text for one in (await learning.inbox.page(Asked())).items]


async def test_words_of_calls_are_written_in_the_next_round(
    live: LiveLearning, learning: Learning, gathering: Gathering
) -> None:
    gathering.take(said("это Кузнецов Пётр Ильич бумагу в бассейн"))
    await live.round()
    assert await texts(learning) == ["это [имя] бумагу в бассейн"]


async def test_words_of_the_last_seconds_are_written_when_the_service_ends(
    live: LiveLearning, learning: Learning, gathering: Gathering
) -> None:
    live.start()
    async with asyncio.timeout(30):
        gathering.take(said("справку для бассейна"))
        while not await texts(learning):
            await asyncio.sleep(0.05)
    gathering.take(said(POOL))
    await live.close()
    assert await texts(learning) == ["справку для бассейна", POOL]


async def test_what_is_published_is_taken_up_and_a_failed_renewal_is_tried_again(
    live: LiveLearning, learning: Learning, understanding: Understanding, caplog: pytest.LogCaptureFixture
) -> None:
    await learning.transcripts.take_given([(POOL, "", "documents")], by="staff:1")
    done = await learning.school.train(by="staff:1")
    published = await learning.school.publish(done.id, by="staff:1")
    await live.round()
    assert understanding.version == -1, "nothing is renewed before it was made"
    understanding.version, understanding.broken = 0, 1
    await live.round()
    assert (understanding.version, "OSError" in str([vars(one) for one in caplog.records])) == (0, True)
    await live.round()
    assert understanding.version == published.id


async def test_an_ordered_training_is_done_once(live: LiveLearning, learning: Learning) -> None:
    await learning.transcripts.take_given([(POOL, "", "documents")], by="staff:1")
    ordered = await learning.school.order(by="staff:1")
    await live.round()
    async with asyncio.timeout(30):
        while (done := await learning.school.training(ordered.id)).ended_at is None:
            await asyncio.sleep(0.05)
    assert done.status is SetStatus.READY
    await live.round()
    assert (await learning.school.training(ordered.id)) == done


async def test_old_phrases_are_forgotten_some_times_a_day(
    live: LiveLearning, learning: Learning, clock: ManualClock
) -> None:
    old = MaskedPhrase(text=POOL, key=POOL, state="open", why=Why.REJECTED, call_id="c1", at=NOW)
    await live.round()
    await learning.phrases.keep([old])
    clock.advance(learning.rules.keep + timedelta(seconds=1))
    await live.round()
    assert await texts(learning) == []
    await learning.phrases.keep([old])
    await live.round()
    assert await texts(learning) == [POOL], "not in every round"
    clock.advance(FORGET_EVERY)
    await live.round()
    assert await texts(learning) == []
