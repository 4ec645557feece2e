"""The real Rasa 3.6: trained on a fixed sample of each intent, served with a token, behind the whole pipeline."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.composition.core import UpcomingUnderstander
from bot.composition.rasa import rasa_engine, rasa_state
from bot.doctor.understanding import check_understanding
from bot.domain.clock import ManualClock
from bot.nlu_settings import NluSettings
from bot.rasa.environment import RasaEnvironment, find_environment
from bot.rasa.server import RasaServer
from bot.rasa.trainer import train
from bot.settings import cache_folder, load_settings
from dialogs.nlu.pipeline import Understander
from dialogs.nlu.rasa_client import FaultKind, RasaClient, RasaFault
from dialogs.nlu.rasa_engine import RasaEngine
from dialogs.nlu.rasa_training import rasa_training
from dialogs.port import FALLBACK, EngineFailed, Intent, NluContext

TOKEN = "token-of-the-real-one-1234"
PER_INTENT, EPOCHS = 40, 30
"""Enough to tell the plainest requests apart: the figures of the full training are in docs/rasa-result.json."""
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))
UNHURRIED_MS = 5000
"""Other tests keep both cores busy."""
PLAIN = {
    "запишите меня пожалуйста на приём к врачу": Intent.BOOK_APPOINTMENT,
    "мне нужно закрыть больничный лист": Intent.SICK_LEAVE,
    "предлагаем вашей компании выгодный кредит": Intent.SPAM,
    "вызовите врача на дом": Intent.HOME_VISIT,
    "готовы ли мои анализы": Intent.TEST_RESULTS,
}
COUNT = """
import json, sys
from rasa.shared.nlu.training_data.loading import load_data
data = load_data(sys.argv[1])
print(json.dumps(dict(data.number_of_examples_per_intent)))
"""


@pytest.fixture(scope="module")
def environment() -> RasaEnvironment:
    """Built by `make system` of CI (scripts/build_rasa.sh)."""
    return find_environment(cache_folder())


@asynccontextmanager
async def running(server: RasaServer) -> AsyncIterator[float]:
    try:
        yield await server.start(print)
    finally:
        await server.stop()


@asynccontextmanager
async def asking(settings: NluSettings) -> AsyncIterator[RasaEngine]:
    engine = rasa_engine(settings, ManualClock(NOW))
    try:
        yield engine
    finally:
        await engine.close()


def context(state: str) -> NluContext:
    return NluContext(state=state, now=NOW)


@pytest.mark.timeout(900)
async def test_a_whole_life_of_the_service(environment: RasaEnvironment, tmp_path: Path, unused_tcp_port: int) -> None:
    training = rasa_training(per_intent=PER_INTENT, epochs=EPOCHS)
    model = await train(environment, training, print)
    url = f"http://127.0.0.1:{unused_tcp_port}"
    settings = NluSettings(engine="rasa", rasa_url=url, rasa_token=TOKEN, rasa_timeout_ms=UNHURRIED_MS)
    server = RasaServer(environment, model, url=url, token=TOKEN, log=tmp_path / "rasa.log")
    async with asking(settings) as engine, running(server):
        await it_understands_plain_requests(Understander(engine))
        assert (engine.answers, engine.model) == (True, training.model)
        await it_never_sees_wordless_text(Understander(engine))
        await it_ranks_every_intent(url)
        await a_wrong_token_is_refused(url)
        [finding] = await check_understanding(load_settings(nlu=settings))
        assert finding.grade == "warn", "it answers, and is trained on other phrases than all of this version"
    await when_it_has_gone_the_embedded_engine_answers(settings)
    assert (await rasa_state(settings, training)).grade == "fail"
    assert TOKEN not in (tmp_path / "rasa.log").read_text(encoding="utf-8")


async def it_understands_plain_requests(understander: Understander) -> None:
    found = {text: (await understander.interpret(text, context("open"))).ranking[0][0] for text in PLAIN}
    right = sum(found[text] == intent for text, intent in PLAIN.items())
    assert right >= len(PLAIN) - 1, found
    listed = await understander.interpret("да, конечно", context("confirm"))
    assert listed.intent == Intent.AFFIRM


async def it_never_sees_wordless_text(understander: Understander) -> None:
    for text in ("", "  ", "12 45", "???"):
        assert (await understander.interpret(text, context("confirm"))).intent == FALLBACK


async def it_ranks_every_intent(url: str) -> None:
    client = RasaClient(url, TOKEN, timeout_s=UNHURRIED_MS / 1000)
    ranking = await client.parse("а подскажите пожалуйста до скольки вы работаете")
    assert all(p > 0 for _, p in ranking), "the question asked must be able to raise any of them"
    await client.close()


async def a_wrong_token_is_refused(url: str) -> None:
    client = RasaClient(url, "another-token-1234", timeout_s=UNHURRIED_MS / 1000)
    with pytest.raises(RasaFault) as refused:
        await client.parse("здравствуйте")
    assert refused.value.kind is FaultKind.REFUSED
    await client.close()


async def when_it_has_gone_the_embedded_engine_answers(settings: NluSettings) -> None:
    async with asking(settings) as engine:
        with pytest.raises(EngineFailed):
            await engine.rank("здравствуйте запишите меня", "open")
        understander = UpcomingUnderstander(engine)
        found = await understander.interpret("хочу записаться к терапевту на завтра", context("open"))
        assert found.intent == Intent.BOOK_APPOINTMENT
        assert not engine.answers
        await understander.close()


@pytest.mark.timeout(300)
def test_rasa_reads_the_same_labels_and_numbers(environment: RasaEnvironment, tmp_path: Path) -> None:
    training = rasa_training()
    file = tmp_path / "nlu.yml"
    file.write_text(training.files["nlu.yml"], encoding="utf-8")
    run = [str(environment.root / "run"), "-c", COUNT, str(file)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == dict(training.phrases)
