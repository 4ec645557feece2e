"""The HTTP API of a Rasa 3.6 service: a ranking of intents for a text, and whether its model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final, TypeVar

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialogs.port import Intent, Ranking

_SUM_AT_LEAST: Final = 0.01
"""Confidences that add up to less say nothing of which intent is the likelier."""

_Answer = TypeVar("_Answer", bound=BaseModel)


class FaultKind(StrEnum):
    """Why there is no ranking."""

    UNREACHABLE = "unreachable"
    LATE = "late"
    REFUSED = "refused"
    BROKEN = "broken"
    NO_MODEL = "no_model"
    NONSENSE = "nonsense"
    OTHER_LABELS = "other_labels"


_TOLD: Final[Mapping[FaultKind, str]] = MappingProxyType({
    FaultKind.UNREACHABLE: "не отвечает: служба не запущена или ещё загружает модель",
    FaultKind.LATE: "не успевает ответить за nlu.rasa_timeout_ms",
    FaultKind.REFUSED: "отвечает, но не пускает: секрет nlu.rasa_token у неё другой",
    FaultKind.BROKEN: "отвечает ошибкой",
    FaultKind.NO_MODEL: "отвечает, но модель в неё не загружена",
    FaultKind.NONSENSE: "отвечает не так, как Rasa 3.6: по этому адресу другая служба?",
    FaultKind.OTHER_LABELS: "обучена на других намерениях: её модель не от этой версии",
})  # fmt: skip


class RasaFault(Exception):
    """Rasa gave no usable answer; the text is Russian. Never carries the address, which holds the token."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__(f"Rasa {_TOLD[kind]}")
        self.kind = kind


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Ranked(_Model):
    name: str
    confidence: float = Field(ge=0, le=1.001)


class _Parsed(_Model):
    intent_ranking: tuple[_Ranked, ...] = Field(min_length=1)


class _Status(_Model):
    model_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaStatus:
    """A service that is ready; `model` is the file name of what it has loaded."""

    model: str


class RasaClient:
    """One service, asked over kept connections; to be used within one event loop and closed."""

    def __init__(self, url: str, token: str, *, timeout_s: float) -> None:
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def parse(self, text: str) -> Ranking:
        """Return all intents best first, summing to one. Raises RasaFault.

        Never to be called with text that has no Russian word: Rasa takes such text for a yes.
        """
        return _ranking(await self._asked("POST", "/model/parse", _Parsed, json={"text": text}))

    async def status(self) -> RasaStatus:
        """Return what the service has loaded. Raises RasaFault when it cannot rank."""
        status = await self._asked("GET", "/status", _Status)
        if not status.model_file:
            raise RasaFault(FaultKind.NO_MODEL)
        return RasaStatus(model=PurePath(status.model_file).name)

    async def close(self) -> None:
        """Give the connections back; safe twice."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _asked(self, method: str, path: str, shape: type[_Answer], **body: Any) -> _Answer:
        try:
            async with self._http().request(
                method, self.url + path, params={"token": self._token}, allow_redirects=False, **body
            ) as reply:
                _check(reply.status)
                return shape.model_validate_json(await reply.read())
        except TimeoutError:
            raise RasaFault(FaultKind.LATE) from None
        except (aiohttp.ClientError, OSError):
            raise RasaFault(FaultKind.UNREACHABLE) from None
        except ValidationError:
            raise RasaFault(FaultKind.NONSENSE) from None

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.timeout_s))
        return self._session


def _check(status: int) -> None:
    if status in (401, 403):
        raise RasaFault(FaultKind.REFUSED)
    if status == 409:
        raise RasaFault(FaultKind.NO_MODEL)
    if status >= 500:
        raise RasaFault(FaultKind.BROKEN)
    if status != 200:
        raise RasaFault(FaultKind.NONSENSE)


def _ranking(parsed: _Parsed) -> Ranking:
    """Give labels that Rasa left out nothing; refuse labels that no script knows."""
    found = dict.fromkeys(map(str, Intent), 0.0)
    for ranked in parsed.intent_ranking:
        if ranked.name not in found:
            raise RasaFault(FaultKind.OTHER_LABELS)
        found[ranked.name] = ranked.confidence
    total = sum(found.values())
    if total < _SUM_AT_LEAST:
        raise RasaFault(FaultKind.NONSENSE)
    return tuple(sorted(((name, p / total) for name, p in found.items()), key=lambda pair: -pair[1]))
