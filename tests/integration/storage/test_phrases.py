"""The queue, trainings and publications on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.composition.learning import Learning, learning_parts
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.learning import MaskedPhrase, PhraseSet, PhraseStatus, SetStatus, Why
from bot.learning.school import STALE
from bot.storage.engine import Database
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.paging import Asked
from crm_bridge.port import NotFound, Refused
from dialogs.nlu.regression import Figures
from dialogs.nlu.retrain import Retrained, RetrainOrder

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
GOOD = Figures(lines=500, accuracy=0.9, macro_f1=0.9, missed_emergencies=0, false_emergencies=0, patients_as_spam=0)
PASSED = Retrained(
    before=GOOD, after=GOOD, own_before=GOOD, own_after=GOOD, held_before=None, held_after=None, worse=(),
    unlearned=(0,),
)  # fmt: skip
POOL, CORE = "бумагу в бассейн", "привить от кори"


class Trainer:
    """Answers what it is told to; `orders` is what it was asked."""

    def __init__(self) -> None:
        self.result: Retrained | BaseException = PASSED
        self.orders: list[RetrainOrder] = []
        self.meanwhile: Callable[[], Awaitable[Sequence[PhraseSet]]] | None = None
        self.seen: Sequence[PhraseSet] | None = None

    async def train(self, order: RetrainOrder) -> Retrained:
        self.orders.append(order)
        if self.meanwhile is not None:
            self.seen = await self.meanwhile()
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def trainer() -> Trainer:
    return Trainer()


@pytest.fixture
async def learning(migrated_url: str, clock: ManualClock, trainer: Trainer) -> AsyncIterator[Learning]:
    database = Database(migrated_url)
    yield learning_parts(LocalClinic(database, clock), train=trainer.train)
    await database.dispose()


def heard(text: str, at: datetime = NOW, state: str = "open", why: Why = Why.REJECTED) -> MaskedPhrase:
    return MaskedPhrase(
        text=text, key=text, state=state, why=why, call_id="c1", at=at, guess="documents", confidence=0.2
    )


async def ids(learning: Learning, status: PhraseStatus | None = None) -> list[int]:
    return [one.id for one in (await learning.inbox.page(Asked(limit=200), status=status)).items]


async def taught(learning: Learning, intents: dict[str, str]) -> None:
    """These phrases were heard and labelled."""
    await learning.phrases.keep([heard(text) for text in intents])
    for phrase in (await learning.inbox.page(Asked(limit=200))).items:
        if phrase.text in intents:
            await learning.inbox.label([phrase.id], intents[phrase.text], by="staff:1")


async def test_the_same_words_are_counted_not_doubled(learning: Learning) -> None:
    assert await learning.phrases.keep([heard(POOL), heard(CORE)]) == 2
    later = NOW + timedelta(hours=1)
    assert await learning.phrases.keep([heard(POOL, later, why=Why.DENIED), heard(POOL, state="confirm")]) == 1
    pool, core, other = (await learning.inbox.page(Asked())).items
    assert (pool.times, pool.first_at, pool.last_at, pool.why) == (2, NOW, later, Why.DENIED)
    assert (core.times, other.state, other.status) == (1, "confirm", PhraseStatus.NEW)


async def test_pages_go_on_where_the_one_before_ended(learning: Learning) -> None:
    await learning.phrases.keep([heard(f"фраза {number}") for number in range(5)])
    first = await learning.inbox.page(Asked(limit=3))
    rest = await learning.inbox.page(Asked(limit=3, after=first.next))
    assert [one.text[-1] for one in (*first.items, *rest.items)] == ["0", "1", "2", "3", "4"]
    assert rest.next is None


async def test_a_label_says_who_and_when_and_a_conflict_is_refused(learning: Learning) -> None:
    await learning.phrases.keep([heard(POOL), heard(POOL, state="confirm")])
    one, other = await ids(learning)
    await learning.inbox.label([one], "documents", by="staff:1")
    phrase = await learning.inbox.phrase(one)
    assert (phrase.status, phrase.label, phrase.labelled_by, phrase.labelled_at) == (
        PhraseStatus.LABELLED, "documents", "staff:1", NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="уже учит «documents»"):
        await learning.inbox.label([other], "prep_info", by="staff:2")
    await learning.inbox.label([other], "prep_info", by="staff:2", force=True)
    assert (await learning.inbox.phrase(one)).label == "prep_info", "one text teaches one intent"
    with pytest.raises(NotFound, match="999"):
        await learning.inbox.label([one, 999], "prep_info", by="staff:2")


async def test_what_is_old_and_unlabelled_is_forgotten(learning: Learning, clock: ManualClock) -> None:
    await taught(learning, {CORE: "vaccination"})
    await learning.phrases.keep([heard(POOL), heard("второе"), heard("новое", NOW + timedelta(days=100))])
    await learning.inbox.ignore([await _id(learning, "второе")], by="staff:1")
    assert await learning.phrases.forget(NOW + timedelta(days=1)) == 2
    assert [one.text for one in (await learning.inbox.page(Asked())).items] == [CORE, "новое"]


async def _id(learning: Learning, text: str) -> int:
    return next(one.id for one in (await learning.inbox.page(Asked(limit=200))).items if one.text == text)


async def test_transcripts_are_taken_once_masked_and_bad_rows_named(learning: Learning) -> None:
    rows = [
        ("Меня зовут Кузнецов Пётр Ильич, бумагу в бассейн", "", ""),
        (CORE, "open", "vaccination"),
        ("не туда попали", "в коридоре", ""),
        ("не туда попали", "", "прививка"),
        ("Кузнецов Пётр Ильич", "", ""),
        (CORE, "confirm", "documents"),
        (CORE, "open", ""),
    ]
    taken = await learning.transcripts.take_given(rows, by="staff:1")
    assert (taken.new, taken.known, sorted(taken.errors)) == (2, 1, [3, 4, 5, 6])
    assert "в коридоре" in taken.errors[3]
    assert "уже учит «vaccination»" in taken.errors[6]
    again = await learning.transcripts.take_given(rows, by="staff:1")
    assert (again.new, again.known, sorted(again.errors)) == (0, 3, [3, 4, 5, 6])
    pool, core = (await learning.inbox.page(Asked())).items
    assert (pool.text, pool.status, pool.call_id) == (
        "меня зовут [имя] бумагу в бассейн", PhraseStatus.NEW, "import",
    )  # fmt: skip
    assert (core.status, core.label, core.labelled_by) == (PhraseStatus.LABELLED, "vaccination", "staff:1")


async def test_a_transcript_with_an_intent_labels_what_waits_and_changes_no_label(learning: Learning) -> None:
    await learning.phrases.keep([heard(POOL)])
    assert (await learning.transcripts.take_given([(POOL, "", "documents")], by="staff:1")).known == 1
    [phrase] = (await learning.inbox.page(Asked())).items
    assert (phrase.label, phrase.status, phrase.times) == ("documents", PhraseStatus.LABELLED, 1)


async def test_from_label_to_publication_and_back(learning: Learning, trainer: Trainer) -> None:
    school = learning.school
    with pytest.raises(Refused, match="Новых размеченных фраз нет"):
        await school.order(by="staff:1")
    await taught(learning, {POOL: "documents"})
    first = await school.order(by="staff:1")
    with pytest.raises(Refused, match="уже идёт"):
        await school.order(by="staff:2")
    with pytest.raises(Refused, match="ещё не закончено"):
        await school.publish(first.id, by="staff:1")
    done = await school.run(first.id)
    assert (done.status, done.figures["unlearned"]) == (SetStatus.READY, list(await ids(learning)))
    assert await school.live_version() == 0
    await school.publish(None, by="staff:1")
    assert [(one.text, one.intent) for one in (await school.taught()).added] == [(POOL, "documents")]
    assert await ids(learning, PhraseStatus.PUBLISHED) == await ids(learning)
    with pytest.raises(Refused, match="Новых размеченных фраз нет"):
        await school.order(by="staff:1")

    await taught(learning, {CORE: "vaccination"})
    second = await school.order(by="staff:1")
    await school.run(second.id)
    assert [one.text for one in trainer.orders[1].live] == [POOL]
    await school.publish(second.id, by="staff:1")
    assert len((await school.taught()).added) == 2
    with pytest.raises(Refused, match="rollback"):
        await school.publish(first.id, by="staff:1")

    back = await school.roll_back(by="staff:2")
    assert (back.set_id, (await school.taught()).version) == (first.id, back.id)
    assert await ids(learning, PhraseStatus.LABELLED) == [await _id(learning, CORE)]
    assert (await school.roll_back(by="staff:2")).set_id is None
    assert (await school.taught()).added == ()
    with pytest.raises(Refused, match="Отменять нечего"):
        await school.roll_back(by="staff:2")
    assert len(await school.publications()) == 4


async def test_own_words_are_taught_with_the_next_training(learning: Learning, trainer: Trainer) -> None:
    school, synonyms = learning.school, learning.synonyms
    added = await synonyms.add("Флюшка", "флюорография", by="staff:1")
    await synonyms.add("кровушка", "анализ крови", by="staff:1")
    assert (await synonyms.add("флюшка", "рентген", by="staff:2")).id == added.id
    assert await synonyms.as_mapping() == {"кровушка": "анализ крови", "флюшка": "рентген"}
    assert (await school.taught()).synonyms == {}
    trainer.result = replace(PASSED, unlearned=())
    done = await school.run((await school.order(by="staff:1")).id)
    assert trainer.orders[0].synonyms == {"кровушка": "анализ крови", "флюшка": "рентген"}
    await school.publish(done.id, by="staff:1")
    assert (await school.taught()).synonyms == done.synonyms
    await synonyms.remove(added.id)
    assert len((await school.taught()).synonyms) == 2, "what is published stays until the next publication"
    with pytest.raises(NotFound):
        await synonyms.remove(added.id)


@pytest.mark.parametrize(
    ("said", "meant", "why"),
    [
        ("не дышит", "спит", "признак опасности"),
        ("да", "нет", "готовый ответ"),
        ("...", "флюорография", "от одной буквы"),
        ("флюорография", "рентген", "цепочку"),
        ("рентгенчик", "флюшка", "цепочку"),
        ("узи", "узи", "цепочку"),
    ],
)
async def test_some_words_cannot_mean_anything_else(learning: Learning, said: str, meant: str, why: str) -> None:
    await learning.synonyms.add("флюшка", "флюорография", by="staff:1")
    with pytest.raises(Refused, match=why):
        await learning.synonyms.add(said, meant, by="staff:1")


async def test_what_makes_calls_less_safe_is_not_published(learning: Learning, trainer: Trainer) -> None:
    trainer.result = replace(PASSED, after=replace(GOOD, missed_emergencies=1))
    await taught(learning, {POOL: "documents"})
    done = await learning.school.run((await learning.school.order(by="staff:1")).id)
    assert done.status is SetStatus.REFUSED
    with pytest.raises(Refused, match="пропущенных экстренных"):
        await learning.school.publish(done.id, by="staff:1")
    assert await learning.school.live_version() == 0


async def test_a_training_that_dies_is_told_and_can_be_repeated(
    learning: Learning, trainer: Trainer, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    trainer.result = ValueError(POOL)
    await taught(learning, {POOL: "documents"})
    done = await learning.school.run((await learning.school.order(by="staff:1")).id)
    assert done.status is SetStatus.FAILED
    assert POOL not in caplog.text
    with pytest.raises(Refused, match="прервалось"):
        await learning.school.publish(done.id, by="staff:1")
    lost = await learning.school.order(by="staff:1")
    clock.advance(STALE + timedelta(seconds=1))
    again = await learning.school.order(by="staff:1")
    assert (await learning.school.training(lost.id)).status is SetStatus.FAILED
    trainer.result = PASSED
    assert (await learning.school.run(again.id)).status is SetStatus.READY


async def test_what_is_done_here_and_now_is_nobody_elses(learning: Learning, trainer: Trainer) -> None:
    await taught(learning, {POOL: "documents"})
    trainer.meanwhile = learning.school.ordered
    done = await learning.school.train(by="staff:1")
    assert (trainer.seen, done.status) == ([], SetStatus.READY), "a service that looks for orders finds none"
    assert (await learning.school.run(done.id)).ended_at == done.ended_at, "what has ended is not done again"
    assert len(trainer.orders) == 1


async def test_a_training_stopped_with_its_program_can_be_ordered_again(learning: Learning, trainer: Trainer) -> None:
    await taught(learning, {POOL: "documents"})
    trainer.result = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await learning.school.train(by="staff:1")
    trainer.result = PASSED
    assert (await learning.school.train(by="staff:1")).status is SetStatus.READY


async def test_the_status_tells_how_much_is_dealt_with(learning: Learning) -> None:
    assert (await learning.school.status()).dealt_with == 0
    await taught(learning, {POOL: "documents"})
    await learning.phrases.keep([heard(CORE), heard("а"), heard("б")])
    await learning.inbox.ignore([await _id(learning, "а")], by="staff:1")
    found = await learning.school.status()
    assert (found.dealt_with, found.counts) == (
        0.5, {"new": 2, "labelled": 1, "ignored": 1, "published": 0},
    )  # fmt: skip
    assert (found.live, found.last_set) == (None, None)
