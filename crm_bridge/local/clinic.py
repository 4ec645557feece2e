"""The bundled clinic's system, whole."""

from __future__ import annotations

from crm_bridge.local.booking import LocalBooking
from crm_bridge.local.followups import LocalFollowUps
from crm_bridge.local.patients import LocalPatients
from crm_bridge.local.schedule import LocalSchedule
from crm_bridge.port import CrmCapabilities


class LocalClinic(LocalPatients, LocalSchedule, LocalBooking, LocalFollowUps):
    """ClinicSystem over a Database that composition opens; needs a migrated schema and a loaded clinic."""

    @property
    def capabilities(self) -> CrmCapabilities:
        return CrmCapabilities(name="local")
