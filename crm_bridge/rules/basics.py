"""What every implementation of the clinic's system decides alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.clinic import RequestKind, RequestStatus, VisitStatus
from bot.domain.phone import normalize_phone
from crm_bridge.port import VisitClosed
from crm_bridge.rules.refusals import CLOSED

HOLD_TTL = timedelta(seconds=180)
"""How long an opening is kept for a call, unless the clinic sets otherwise."""

COMING = frozenset(
    {
        VisitStatus.REQUESTED,
        VisitStatus.AWAITING_APPROVAL,
        VisitStatus.AWAITING_PAYMENT,
        VisitStatus.BOOKED,
        VisitStatus.CONFIRMED,
    }
)
"""Statuses of a visit that is still to take place, and keeps its opening."""

OPEN_REQUESTS = frozenset({RequestStatus.NEW, RequestStatus.IN_WORK})


def require_coming(status: VisitStatus) -> None:
    """Raise VisitClosed for a visit that is cancelled or over."""
    if status not in COMING:
        raise VisitClosed(CLOSED[status])


def hold_is_live(expires_at: datetime, now: datetime) -> bool:
    """A hold lives until its last moment, that moment excluded."""
    return now < expires_at


def request_key(
    kind: RequestKind, fields: Mapping[str, str], call_id: str | None, patient_id: str | None
) -> str | None:
    """What makes two requests of one call the same request; None outside calls, where nothing is merged."""
    if call_id is None:
        return None
    content = json.dumps([call_id, kind.value, sorted(fields.items()), patient_id], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def phone_key(phone: str) -> str:
    """The normal form of a phone; a number that is none of ours (short, foreign) stays as it is."""
    return normalize_phone(phone) or phone.strip()
