"""What sending needs of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.webhook import Outgoing


class DeliveryStore(Protocol):
    """Deliveries on their way; SQL is the truth."""

    async def claim(self, *, limit: int = 20) -> Sequence[Outgoing]:
        """Deliveries that are due, oldest first, for this sender alone until a lease ends."""

    async def settle(
        self, delivery_id: int, *, answer: int | None, error: str | None, again_at: datetime | None
    ) -> None:
        """What one attempt came to: taken without `error`, else tried again at `again_at`, else given up."""

    async def forget(self) -> None:
        """Delete what came to an end long ago."""
