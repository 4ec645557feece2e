"""What `doctor`, `rasa status` and whoever wants Rasa's own answers are told of the service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.composition.rasa import rasa_state, ready_rasa
from bot.doctor.understanding import check_understanding
from bot.domain.clock import SystemClock
from bot.nlu_settings import NluSettings
from bot.rasa.environment import RasaError
from bot.settings import load_settings
from dialogs.nlu.rasa_training import RasaTraining, rasa_training
from tests.fakes.rasa import RECORDED, TOKEN, RecordedRasa, ranked

UNHURRIED_MS = 5000


@pytest.fixture(scope="module")
def training() -> RasaTraining:
    """Of the phrases of this version."""
    return rasa_training()


@pytest.fixture
def rasa(training: RasaTraining) -> RecordedRasa:
    """A service trained on the phrases of this version."""
    service = RecordedRasa()
    service.state = {**RECORDED["status"], "model_file": f"/models/{training.model}"}
    service.says = ranked(book_appointment=0.9)
    return service


@pytest.fixture
async def settings(rasa: RecordedRasa) -> AsyncIterator[NluSettings]:
    async with rasa.serving() as url:
        yield NluSettings(engine="rasa", rasa_url=url, rasa_token=TOKEN, rasa_timeout_ms=UNHURRIED_MS)


async def test_all_is_well(settings: NluSettings, training: RasaTraining) -> None:
    state = await rasa_state(settings, training)
    assert (state.grade, state.remedy) == ("ok", "")
    assert training.model in state.told


async def test_a_model_of_other_phrases_is_a_warning(
    rasa: RecordedRasa, settings: NluSettings, training: RasaTraining
) -> None:
    rasa.state = RECORDED["status"] | {"model_file": "/models/old.tar.gz"}
    state = await rasa_state(settings, training)
    assert state.grade == "warn"
    assert "old.tar.gz" in state.told
    assert "run --train" in state.remedy


async def test_a_wrong_secret(settings: NluSettings, training: RasaTraining) -> None:
    state = await rasa_state(settings.model_copy(update={"rasa_token": "another-token-12345"}), training)
    assert state.grade == "fail"
    assert "nlu.rasa_token" in state.remedy
    assert "встроенный движок" in state.told


@pytest.mark.parametrize("says", ["не то", ranked(order_pizza=1.0)])
async def test_answers_that_are_of_no_use(
    rasa: RecordedRasa, settings: NluSettings, training: RasaTraining, says: object
) -> None:
    rasa.says = says
    state = await rasa_state(settings, training)
    assert state.grade == "fail"
    assert state.remedy


async def test_the_doctor_names_the_engine(settings: NluSettings, training: RasaTraining) -> None:
    [embedded] = await check_understanding(load_settings(nlu=NluSettings()))
    assert (embedded.grade, embedded.text) == ("ok", "встроенный движок")
    [rasa] = await check_understanding(load_settings(nlu=settings))
    assert rasa.grade == "ok"
    assert "Rasa отвечает" in rasa.text


async def test_whoever_wants_rasa_itself_is_refused_while_it_is_broken(
    rasa: RecordedRasa, settings: NluSettings, training: RasaTraining
) -> None:
    rasa.status = 500
    with pytest.raises(RasaError, match="отвечает ошибкой"):
        await ready_rasa(settings, SystemClock())
    rasa.status = 200
    engine = await ready_rasa(settings, SystemClock())
    assert engine.model == training.model
    await engine.close()
