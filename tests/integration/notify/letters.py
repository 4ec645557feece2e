"""A message to send."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.clock import MOSCOW
from bot.notify.port import Message, MessageKind

NOW = datetime(2026, 11, 23, 12, tzinfo=MOSCOW)


def message(**changed: Any) -> Message:
    """An SMS to Maria, or what is said of it."""
    whole = Message(
        id="m1",
        kind=MessageKind.SMS,
        recipient="+79161110001",
        title="Запись на приём",
        text="Здоровье: вы записаны & ждём",
        template="confirmation",
        created_at=NOW,
        due_at=NOW,
        zone="Europe/Moscow",
    )
    return replace(whole, **changed)
