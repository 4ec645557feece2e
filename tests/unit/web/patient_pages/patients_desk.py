"""The pages over a clinic of values: one bill, one visit, and what patients did with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.clock import MOSCOW, ManualClock
from bot.web.patient_pages.limit import RateLimit
from bot.web.patient_pages.ports import Bill, BillState, PatientPages, RatedVisit
from crm_bridge.port import IllegalStep, NotFound, Refused

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
TOKEN = "t0ken-of_the.visit"
BILL = Bill(
    state=BillState.DUE,
    amount=12500,
    clinic="Клиника «Надежда»",
    address="Лесная, 7",
    starts_at=datetime(2026, 11, 24, 10, tzinfo=MOSCOW),
    until=datetime(2026, 11, 23, 20, tzinfo=MOSCOW),
)
VISIT = RatedVisit(clinic="Клиника «Надежда»", starts_at=NOW - timedelta(hours=3), rated=False, open=True)


@dataclass
class PatientsDesk:
    """Both ports; `outage` is raised by whatever is asked next."""

    current: Bill = BILL
    rated: RatedVisit = VISIT
    paid: int = 0
    ratings: list[tuple[int, str]] = field(default_factory=list)
    outage: Exception | None = None
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))

    def pages(self, **how: object) -> PatientPages:
        given: dict[str, object] = {"phone": "+7 (495) 123-45-67", **how}
        return PatientPages(bills=self, ratings=self, limit=RateLimit(self.clock), **given)  # type: ignore[arg-type]

    def _open(self, token: str) -> None:
        if self.outage is not None:
            raise self.outage
        if token != TOKEN:
            raise NotFound("нет такой ссылки")

    async def bill(self, token: str) -> Bill:
        self._open(token)
        return self.current

    async def pay(self, token: str) -> None:
        self._open(token)
        if self.current.state is BillState.VOID:
            raise IllegalStep("ссылка не действует")
        if self.current.state is BillState.DUE:
            self.paid += 1
            self.current = replace(self.current, state=BillState.PAID, paid_at=self.clock.now())

    async def visit(self, token: str) -> RatedVisit:
        self._open(token)
        return self.rated

    async def rate(self, token: str, score: int, text: str) -> None:
        self._open(token)
        if self.rated.rated:
            raise Refused("уже оценено")
        self.ratings.append((score, text))
        self.rated = replace(self.rated, rated=True)
