"""Events that are sent out: who wants them, and one message on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class DeliveryStatus(StrEnum):
    """Pending is tried again, failed was given up and can be sent anew."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told of which topics: `visit.booked`, all of a kind as `visit.*`, or everything as `*`."""

    id: str
    url: str
    topics: tuple[str, ...]
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one subscriber; `answer` is the last HTTP status, `error` the last failure in words."""

    id: int
    subscription_id: str
    event_id: int
    topic: str
    payload: Mapping[str, Any]
    event_at: datetime
    status: DeliveryStatus
    attempts: int
    next_at: datetime
    answer: int | None = None
    error: str | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A delivery with what is needed to send it."""

    delivery: Delivery
    url: str
    secret: str


def wants(topics: Sequence[str], topic: str) -> bool:
    """Whether a subscriber of these topics is told of this one."""
    kind = topic.partition(".")[0]
    return "*" in topics or topic in topics or f"{kind}.*" in topics
