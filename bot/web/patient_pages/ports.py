"""What the patients' pages need of the clinic, and the little that they may know of a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from aiohttp import web

from bot.web.patient_pages.limit import RateLimit


class BillState(StrEnum):
    """What has become of a demand for money."""

    DUE = "due"
    PAID = "paid"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What is paid, in rubles, and for when; moments are in the branch's own zone.

    Neither name nor doctor nor service: the link may be read over somebody's shoulder. `until` is by when it is wanted.
    """

    state: BillState
    amount: int
    clinic: str
    address: str = ""
    starts_at: datetime | None = None
    until: datetime | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedVisit:
    """The visit that a patient is asked about; `open` tells whether it may still be rated."""

    clinic: str
    starts_at: datetime
    rated: bool
    open: bool


class Bills(Protocol):
    """Demands for money, by the secret part of their links. Both raise NotFound and CrmUnavailable."""

    async def bill(self, token: str) -> Bill: ...

    async def pay(self, token: str) -> None:
        """Pay it, if it is due, with the offer accepted; a second time changes nothing. Raises IllegalStep."""


class Ratings(Protocol):
    """Visits to be rated, by the secret part of their links. Both raise NotFound and CrmUnavailable."""

    async def visit(self, token: str) -> RatedVisit: ...

    async def rate(self, token: str, score: int, text: str) -> None:
        """Write it down once. Raises Refused for a second one, IllegalStep when it may not be rated any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPages:
    """What the pages stand on.

    `phone` is where a patient gets help. With `pays` a bill is paid on the page, by the local provider: no money moves,
    and the page says so. `offer_url` is the clinic's public offer. With `behind_proxy` the last X-Forwarded-For is
    believed.
    """

    bills: Bills
    ratings: Ratings
    limit: RateLimit
    phone: str = ""
    offer_url: str = ""
    pays: bool = True
    behind_proxy: bool = False


PAGES = web.AppKey("patient_pages", PatientPages)
