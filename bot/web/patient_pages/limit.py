"""How often one address may ask: enough for a person who taps twice, too little for who guesses links."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from bot.domain.clock import Clock


class RateLimit:
    """At most `most` requests of one address in each window; all counts are forgotten when the next one begins."""

    def __init__(self, clock: Clock, *, most: int = 40, window: timedelta = timedelta(minutes=1)) -> None:
        self._clock = clock
        self._most = most
        self._window = window
        self._began: datetime | None = None
        self._asked: Counter[str] = Counter()

    def wait(self, address: str) -> int:
        """Count a request; seconds until the next one is taken, 0 when this one is."""
        now = self._clock.now()
        if self._began is None or not timedelta(0) <= now - self._began < self._window:
            self._began = now
            self._asked.clear()
        who = _who(address)
        self._asked[who] += 1
        if self._asked[who] <= self._most:
            return 0
        left = self._began + self._window - now
        return max(1, -(-left // timedelta(seconds=1)))


def _who(address: str) -> str:
    """One home has a whole /64 of IPv6; what is no address counts by its text."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return address
