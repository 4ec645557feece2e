"""The bundled clinic's system, as the bot sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.domain.clock import Clock
from bot.storage.engine import Database
from crm_bridge.local.errands import LocalErrands
from crm_bridge.local.followups import LocalFollowUps
from crm_bridge.local.offers import LocalOffers
from crm_bridge.local.part import Ground, new_uuid
from crm_bridge.local.patients import LocalPatients
from crm_bridge.local.route import LocalRoute
from crm_bridge.local.schedule import LocalSchedule
from crm_bridge.port import CrmCapabilities
from crm_bridge.rules.basics import HOLD_TTL


class LocalClinic(LocalPatients, LocalSchedule, LocalOffers, LocalRoute, LocalFollowUps, LocalErrands):
    """ClinicSystem over a Database that composition opens; needs a migrated schema and a loaded clinic."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        hold_ttl: timedelta = HOLD_TTL,
        new_id: Callable[[], str] = new_uuid,
    ) -> None:
        super().__init__(Ground(database=database, clock=clock, hold_ttl=hold_ttl, new_id=new_id))

    @property
    def ground(self) -> Ground:
        """For the parts that the desk adds."""
        return self._ground

    @property
    def capabilities(self) -> CrmCapabilities:
        return CrmCapabilities(name="local")
