"""One foreign system as the bridge holds it: what it declares, and the ports behind the declarations."""

from __future__ import annotations

from dataclasses import dataclass

from crm_bridge.foreign import (
    BookingRequests,
    Connector,
    ForeignCallJournal,
    ForeignCapabilities,
    ForeignLeads,
    ForeignTasks,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSystem:
    """A connector and its ports; a port is used only for what the connector declares.

    Raises ValueError when something is declared that no port stands behind.
    """

    connector: Connector
    booking: BookingRequests | None = None
    tasks: ForeignTasks | None = None
    leads: ForeignLeads | None = None
    calls: ForeignCallJournal | None = None

    def __post_init__(self) -> None:
        can = self.capabilities
        for declared, port, name in (
            (can.booking != "none", self.booking, "booking"),
            (can.call_tasks, self.tasks, "call_tasks"),
            (can.leads, self.leads, "leads"),
            (can.call_journal, self.calls, "call_journal"),
            (can.recordings, self.calls, "recordings"),
        ):
            if declared and port is None:
                raise ValueError(f"connector {can.name} declares {name} and offers no port for it")

    @property
    def capabilities(self) -> ForeignCapabilities:
        return self.connector.capabilities

    @property
    def name(self) -> str:
        return self.capabilities.name
