"""What time does to the clinic by itself, as the service runs it: also freed openings, while somebody may be phoned."""

from __future__ import annotations

from collections.abc import Callable

from bot.composition.core import Core
from bot.domain.policy import Allow, decide
from bot.outbound.settings import OutboundSettings
from crm_bridge.local.sweep import Swept

ASKED_PER_LINE = 4
"""So many people are asked on one line within the quarter of an hour for which an opening is kept for each."""


class Sweep:
    """Called once a minute, and when an opening that was offered has been declined."""

    def __init__(self, core: Core, rules: OutboundSettings) -> None:
        self._core = core
        self._rules = rules
        self.offered: Callable[[], None] = lambda: None
        """Told when somebody is to be phoned."""

    async def __call__(self) -> Swept:
        """At night nothing is offered: what nobody may phone about would only be kept from the others."""
        sweep, zone = self._core.desk.sweep, self._core.settings.zone
        window = self._rules.window
        if not isinstance(decide(now=self._core.clock.now(), zone=zone, window=window, do_not_call=False), Allow):
            return await sweep.keep_time()
        swept = await sweep.tick(at_once=ASKED_PER_LINE * self._rules.lines)
        if swept.offers:
            self.offered()
        return swept
