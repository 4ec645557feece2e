"""A circuit breaker: a service that keeps failing is left alone for a while, then tried by one caller at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.clock import Clock


class Circuit(StrEnum):
    """How the service is believed to be."""

    CLOSED = "closed"
    """It answers: everybody may ask."""
    OPEN = "open"
    """It does not, or has not been asked yet: only a probe may, when the pause is over."""
    PROBED = "probed"
    """Somebody is asking on trial: the others wait for what comes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Leave to ask once; `probe` when what comes of it decides for everybody."""

    probe: bool


class CircuitBreaker:
    """Counts failures in a row. It starts open and due: the first to ask is the probe.

    Every permit is given back exactly once: `succeeded`, `failed`, or `returned` unused. An ordinary permit that comes
    back after the circuit has opened changes nothing.
    """

    def __init__(self, clock: Clock, *, failures: int = 3, pause_s: float = 10.0) -> None:
        self._clock = clock
        self._limit = failures
        self._pause_s = pause_s
        self._failures = 0
        self._due = clock.monotonic()
        self.circuit = Circuit.OPEN

    def ask(self) -> Permit | None:
        """Return leave to ask the service now, None when it is to be left alone."""
        if self.circuit is Circuit.CLOSED:
            return Permit(probe=False)
        if self.circuit is Circuit.OPEN and self._clock.monotonic() >= self._due:
            self.circuit = Circuit.PROBED
            return Permit(probe=True)
        return None

    def succeeded(self, permit: Permit) -> None:
        """The service has answered."""
        if permit.probe:
            self.circuit = Circuit.CLOSED
        if self.circuit is Circuit.CLOSED:
            self._failures = 0

    def failed(self, permit: Permit) -> None:
        """The service has not answered, or not sensibly."""
        if self.circuit is Circuit.CLOSED:
            self._failures += 1
        if permit.probe or (self.circuit is Circuit.CLOSED and self._failures >= self._limit):
            self._open()

    def returned(self, permit: Permit) -> None:
        """Nothing was learnt: whoever asked has gone. The next one may ask at once."""
        if permit.probe:
            self.circuit = Circuit.OPEN

    def _open(self) -> None:
        self.circuit, self._failures = Circuit.OPEN, 0
        self._due = self._clock.monotonic() + self._pause_s
