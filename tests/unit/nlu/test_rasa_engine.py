"""The engine `rasa` with its breaker, and the embedded one that stands by."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.clock import ManualClock
from dialogs.nlu.breaker import Circuit, CircuitBreaker
from dialogs.nlu.pipeline import Understander
from dialogs.nlu.rasa_client import RasaClient
from dialogs.nlu.rasa_engine import RasaEngine
from dialogs.nlu.standby import StandbyUnderstander
from dialogs.port import FALLBACK, EngineFailed, Intent, NluCapabilities
from tests.fakes.rasa import TOKEN, RecordedRasa, ranked

TEXT = "запишите меня к терапевту на завтра"
LOGGER = "dialogs.nlu.rasa_engine"


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))


@pytest.fixture
async def rasa():
    return RecordedRasa()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(clock, failures=2, pause_s=10)


@pytest.fixture
async def engine(rasa, breaker):
    async with rasa.serving() as url:
        engine = RasaEngine(RasaClient(url, TOKEN, timeout_s=20.0), breaker)
        yield engine
        await engine.close()


@pytest.mark.parametrize("text", ["", "   ", "12 45", "8 916 111 22 01", "а", "?!", "ok google", "👍", "\n\t", "5 а 7"])
async def test_wordless_text_is_never_sent_and_means_nothing(engine, rasa, text):
    ranking = await engine.rank(text, "confirm")
    assert rasa.asked == []
    assert rasa.looked == 0
    assert len({p for _, p in ranking}) == 1
    assert {name for name, _ in ranking} == set(Intent)


@pytest.mark.parametrize("text", ["", "...", "12 45", "э", "ну вот", "№ 7"])
async def test_silence_never_becomes_a_yes(engine, rasa, text, context):
    found = await Understander(engine).interpret(text, context("confirm"))
    assert found.intent == FALLBACK
    assert rasa.asked == []


async def test_digits_beside_the_question_stay_away_from_it_too(engine, rasa, context):
    found = await Understander(engine).interpret("55 66 77", context("ask_phone"))
    assert found.intent != Intent.AFFIRM
    assert rasa.asked == []


async def test_it_answers_as_recorded_after_one_look_at_the_model(engine, rasa):
    for _ in range(3):
        assert (await engine.rank(TEXT, "open"))[0][0] == Intent.BOOK_APPOINTMENT
    assert (rasa.looked, len(rasa.asked)) == (1, 3)
    assert engine.answers
    assert engine.model.startswith("rasa-")


async def test_a_service_without_its_model_is_not_asked_to_rank(engine, rasa):
    rasa.state = "загружается"
    with pytest.raises(EngineFailed):
        await engine.rank(TEXT, "open")
    assert rasa.asked == []


async def test_it_is_left_alone_while_it_fails_and_tried_again(engine, rasa, clock):
    await engine.rank(TEXT, "open")
    rasa.status = 500
    for _ in range(5):
        with pytest.raises(EngineFailed):
            await engine.rank(TEXT, "open")
    assert not engine.answers
    rasa.status = 200
    with pytest.raises(EngineFailed):
        await engine.rank(TEXT, "open")
    clock.advance(timedelta(seconds=10))
    assert await engine.rank(TEXT, "open")
    assert (rasa.looked, len(rasa.asked)) == (2, 2), "while it was left alone, nothing reached it"


async def test_who_answers_is_told_once_for_each_change(engine, rasa, clock, caplog):
    caplog.set_level(logging.INFO, LOGGER)
    for status in (200, 200, 500, 500, 500, 200, 200):
        rasa.status = status
        clock.advance(timedelta(seconds=10))
        try:
            await engine.rank(TEXT, "open")
        except EngineFailed:
            continue
    told = [(record.levelname, getattr(record, "reason", None)) for record in caplog.records if record.name == LOGGER]
    assert told == [("INFO", None), ("WARNING", "broken"), ("INFO", None)]
    assert TEXT not in caplog.text


async def test_a_caller_who_hangs_up_during_the_probe_does_not_keep_the_others_away(engine, breaker, rasa):
    rasa.stalls = True
    asking = asyncio.create_task(engine.rank(TEXT, "open"))
    while breaker.circuit is not Circuit.PROBED:
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    rasa.stalls = False
    assert await engine.rank(TEXT, "open")


async def test_a_probe_takes_no_longer_than_one_question(rasa, clock):
    rasa.stalls = True
    async with rasa.serving() as url:
        engine = RasaEngine(RasaClient(url, TOKEN, timeout_s=0.05), CircuitBreaker(clock))
        with pytest.raises(EngineFailed):
            await engine.rank(TEXT, "open")
        await engine.close()


class Embedded:
    """An embedded engine with one answer."""

    name = "embedded"
    capabilities = NluCapabilities()

    def __init__(self) -> None:
        self.asked = 0

    async def rank(self, text, state):
        self.asked += 1
        return (("book_appointment", 0.7), ("complaint", 0.3))


@pytest.fixture
def embedded():
    return Embedded()


async def test_what_rasa_cannot_answer_the_embedded_engine_does(engine, rasa, embedded, context):
    understander = StandbyUnderstander(Understander(engine), Understander(embedded))
    rasa.says = ranked(sick_leave=0.97)
    assert (await understander.interpret("нужен больничный лист", context())).intent == Intent.SICK_LEAVE
    assert embedded.asked == 0
    rasa.status = 500
    assert (await understander.interpret("нужен больничный лист", context())).intent == Intent.BOOK_APPOINTMENT
    assert embedded.asked == 1


async def test_a_sure_answer_is_softened_and_its_order_kept(engine, rasa):
    rasa.says = ranked(book_appointment=0.98, complaint=0.02)
    ranking = await engine.rank(TEXT, "open")
    assert [name for name, _ in ranking[:2]] == ["book_appointment", "complaint"]
    assert ranking[0][1] == pytest.approx(0.875)
    assert sum(p for _, p in ranking) == pytest.approx(1.0)


async def test_a_sure_yes_without_its_words_is_not_believed(engine, rasa, context):
    """Softened, Rasa is outweighed by what the state demands of a yes."""
    rasa.says = ranked(affirm=0.97, smalltalk=0.03)
    found = await Understander(engine).interpret("попозже есть что нибудь", context("ask_slot_ok"))
    assert found.policy != "act"


async def test_two_requests_in_one_breath_are_ranked_by_one_engine(engine, rasa, embedded, context):
    """The second part fails: nothing of Rasa's first answer is kept."""
    understander = StandbyUnderstander(Understander(engine), Understander(embedded))
    rasa.says = ranked(sick_leave=0.97)
    await understander.interpret("нужен больничный лист", context())
    rasa.breaks_on = "закройте больничный"
    found = await understander.interpret("запишите к врачу. и ещё закройте больничный", context())
    assert rasa.asked[-1] == rasa.breaks_on
    assert embedded.asked == 3
    assert Intent.SICK_LEAVE not in found.intents
