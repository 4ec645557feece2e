"""Rasa as the settings describe it: the engine that asks it, the service itself, and how both were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.domain.clock import Clock
from bot.nlu_settings import NO_TOKEN, NluSettings
from bot.rasa.environment import RasaEnvironment, RasaError, find_environment
from bot.rasa.server import WARM_UP, RasaServer
from bot.settings import Settings, SettingsError, cache_folder
from dialogs.nlu.added import Added, examples_of
from dialogs.nlu.breaker import CircuitBreaker
from dialogs.nlu.rasa_client import FaultKind, RasaClient, RasaFault
from dialogs.nlu.rasa_engine import RasaEngine
from dialogs.nlu.rasa_training import RasaTraining, rasa_training
from dialogs.nlu.training import load_examples
from dialogs.slots.tokens import normalise

ANSWER_S = 4.0
"""Whoever waits at the terminal may wait longer than a caller."""
START = "Запустите службу: registratura rasa run --train (docs/how-to/rasa.md)."
_REMEDIES = {
    FaultKind.REFUSED: "Сверьте nlu.rasa_token с секретом, с которым запущена служба.",
    FaultKind.OTHER_LABELS: "Обучите заново и перезапустите: registratura rasa run --train",
    FaultKind.NO_MODEL: "Обучите заново и перезапустите: registratura rasa run --train",
    FaultKind.NONSENSE: "Проверьте nlu.rasa_url: там должна отвечать Rasa 3.6.",
    FaultKind.BROKEN: "Посмотрите журнал службы Rasa и перезапустите её.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaState:
    """How the service was found; without a remedy all is well."""

    told: str
    remedy: str = ""
    grade: Literal["ok", "warn", "fail"] = "ok"


def rasa_engine(settings: NluSettings, clock: Clock) -> RasaEngine:
    """The engine that asks the service of the settings, with its breaker. Raises SettingsError without a token."""
    breaker = CircuitBreaker(clock, failures=settings.rasa_failures, pause_s=settings.rasa_retry_s)
    return RasaEngine(_client(settings, settings.rasa_timeout_ms / 1000), breaker)


async def ready_rasa(settings: NluSettings, clock: Clock) -> RasaEngine:
    """The same engine, for whoever wants Rasa's own answers. Raises RasaError when the service is not ready."""
    engine = rasa_engine(settings, clock)
    try:
        await engine.check()
    except RasaFault as fault:
        await engine.close()
        raise RasaError(f"{fault} ({settings.rasa_url}). {_remedy(fault.kind)}") from None
    return engine


async def require_rasa(settings: NluSettings, clock: Clock) -> None:
    """Raise RasaError unless the service is ready: for whoever must know which engine has answered."""
    await (await ready_rasa(settings, clock)).close()


def training_with(
    taught: Sequence[Added] = (), *, per_intent: int | None = None, epochs: int | None = None
) -> RasaTraining:
    """The training on the shipped phrases and on those that the clinic has published, which go before them."""
    own = examples_of(taught)
    words = {example.text for example in own}
    shipped = [example for example in load_examples() if not words or normalise(example.text) not in words]
    return rasa_training((*shipped, *own), per_intent=per_intent, epochs=epochs)


async def rasa_state(settings: NluSettings, training: RasaTraining) -> RasaState:
    """Ask the service what it has loaded, which should be of this training, and to rank one phrase."""
    client = _client(settings, ANSWER_S)
    try:
        model = (await client.status()).model
        await client.parse(WARM_UP)
    except RasaFault as fault:
        told = f"{fault} ({settings.rasa_url}); звонящих понимает встроенный движок"
        return RasaState(told=told, remedy=_remedy(fault.kind), grade="fail")
    finally:
        await client.close()
    if model != training.model:
        remedy = "Обучите на нынешних фразах и перезапустите: registratura rasa run --train"
        told = f"Rasa отвечает, но модель {model} обучена не на нынешних фразах (поставляемых и опубликованных)"
        return RasaState(told=told, remedy=remedy, grade="warn")
    return RasaState(told=f"Rasa отвечает на {settings.rasa_url}, модель {model}")


def rasa_server(settings: Settings, environment: RasaEnvironment, model: Path) -> RasaServer:
    """The service at the address of the settings, not yet started. Raises SettingsError and RasaError."""
    return RasaServer(
        environment, model, url=settings.nlu.rasa_url, token=_token(settings.nlu), log=settings.data / "rasa.log"
    )


def _remedy(kind: FaultKind) -> str:
    """What to do; when nothing answers it may be that Rasa is not even built."""
    if kind in _REMEDIES:
        return _REMEDIES[kind]
    try:
        find_environment(cache_folder())
    except RasaError as error:
        return f"{error} Потом: registratura rasa run --train (docs/how-to/rasa.md)."
    return START


def _client(settings: NluSettings, timeout_s: float) -> RasaClient:
    return RasaClient(settings.rasa_url, _token(settings), timeout_s=timeout_s)


def _token(settings: NluSettings) -> str:
    if not settings.rasa_token:
        raise SettingsError(f"nlu.rasa_token: {NO_TOKEN}")
    return settings.rasa_token
