"""The engine `rasa`: a separate service asked over HTTP, left alone while it fails, never asked about wordless text."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import Final

from dialogs.nlu.breaker import Circuit, CircuitBreaker, Permit
from dialogs.nlu.config import policy
from dialogs.nlu.rasa_client import FaultKind, RasaClient, RasaFault
from dialogs.port import EngineFailed, Intent, NluCapabilities, Ranking

_LOG: Final = logging.getLogger(__name__)
_WORD: Final = re.compile(r"[а-яё]{2}", re.IGNORECASE)
_KNOWS_NOTHING: Final[Ranking] = tuple((str(intent), 1 / len(Intent)) for intent in Intent)


class RasaEngine:
    """Ranks intents with a Rasa service. Which side answers callers is logged once for each change."""

    name = "rasa"
    capabilities = NluCapabilities(remote=True)

    def __init__(self, client: RasaClient, breaker: CircuitBreaker) -> None:
        self._client = client
        self._breaker = breaker
        self._told: bool | None = None
        self.model = ""

    @property
    def answers(self) -> bool:
        """Whether callers are understood by Rasa now, as far as is known."""
        return self._breaker.circuit is Circuit.CLOSED

    async def rank(self, text: str, state: str) -> Sequence[tuple[str, float]]:
        """Return (intent, probability) best first. Raises EngineFailed when another engine must answer.

        Without a Russian word all intents are equal: Rasa itself takes empty, numeric or unknown text for a yes.
        """
        if not _WORD.search(text):
            return _KNOWS_NOTHING
        permit = self._breaker.ask()
        if permit is None:
            raise EngineFailed
        try:
            ranking = await self._asked(text, permit)
        except RasaFault as fault:
            self._breaker.failed(permit)
            self._tell(fault.kind)
            raise EngineFailed from None
        except BaseException:
            self._breaker.returned(permit)
            raise
        self._breaker.succeeded(permit)
        self._tell()
        return softened(ranking, policy().thresholds[self.name].temperature)

    async def check(self) -> str:
        """Return the file name of the model that the service has loaded. Raises RasaFault when it cannot rank."""
        self.model = (await self._client.status()).model
        return self.model

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    async def _asked(self, text: str, permit: Permit) -> Ranking:
        """Ask; a probe makes sure first that a model is loaded, and takes no longer than any other question."""
        if not permit.probe:
            return await self._client.parse(text)
        try:
            async with asyncio.timeout(self._client.timeout_s):
                await self.check()
                return await self._client.parse(text)
        except TimeoutError:
            raise RasaFault(FaultKind.LATE) from None

    def _tell(self, fault: FaultKind | None = None) -> None:
        if self.answers == self._told:
            return
        self._told = self.answers
        if self.answers:
            _LOG.info("Rasa understands the callers", extra={"model": self.model})
        else:
            _LOG.warning("Rasa does not answer, the embedded engine understands the callers", extra={"reason": fault})


def softened(ranking: Ranking, temperature: float) -> Ranking:
    """Return the same order with less certainty: DIET gives nearly all to its first guess, right or wrong."""
    powers = [(name, p ** (1 / temperature)) for name, p in ranking]
    total = sum(p for _, p in powers)
    return tuple((name, p / total) for name, p in powers)
