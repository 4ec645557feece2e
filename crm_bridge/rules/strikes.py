"""No-shows and late cancellations add up; at the limit the next booking waits for money (C16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crm_bridge.rules.calendar import months_before
from crm_bridge.rules.settings import RuleSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One no-show or late cancellation; lifted ones count no more."""

    at: datetime
    lifted: bool = False


def counted(strikes: Iterable[Strike], now: datetime, settings: RuleSettings) -> int:
    """How many count now: not lifted, and not older than the window."""
    oldest = months_before(now, settings.strike_window_months)
    return sum(not strike.lifted and strike.at >= oldest for strike in strikes)


def prepayment_due(strikes: Iterable[Strike], now: datetime, settings: RuleSettings) -> bool:
    """Whether the next booking must be prepaid."""
    return counted(strikes, now, settings) >= settings.strikes_to_prepay
