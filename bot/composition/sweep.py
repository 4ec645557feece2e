"""What time does to the clinic by itself, as the service runs it: also freed openings, while somebody may be phoned."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.composition.core import Core
from bot.domain.policy import Allow, decide
from bot.outbound.settings import OutboundSettings
from crm_bridge.local.sweep import Swept
from crm_bridge.port import CrmUnavailable

logger = logging.getLogger(__name__)

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
        """Do all that is due; a database that is away or locked is asked again in the next minute."""
        try:
            return await self._sweep()
        except CrmUnavailable:
            logger.warning("the time-driven rules wait for the database")
            return Swept()

    async def _sweep(self) -> Swept:
        """Where nobody may phone, as at night, nothing is offered: it would only be kept from the others."""
        sweep = self._core.desk.sweep
        if not self._may_phone():
            return await sweep.keep_time()
        swept = await sweep.tick(at_once=ASKED_PER_LINE * self._rules.lines)
        if swept.offers:
            self.offered()
        return swept

    def _may_phone(self) -> bool:
        now, zone = self._core.clock.now(), self._core.settings.zone
        return self._rules.enabled and isinstance(
            decide(now=now, zone=zone, window=self._rules.window, do_not_call=False), Allow
        )
