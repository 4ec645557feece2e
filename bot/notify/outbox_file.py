"""The twin of every gateway: messages go to a file, one JSON object a line, for rehearsals and clinics without SMS."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from bot.domain.clock import Clock
from bot.notify.port import DeliveryError, Message, Receipt


class OutboxFile:
    """Messenger that only writes down; the file is readable by its owner alone, since it holds phones."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def send(self, message: Message) -> Receipt:
        """Append a line."""
        line = json.dumps(
            {
                "at": self._clock.now().isoformat(timespec="seconds"),
                "id": message.id,
                "kind": message.kind.value,
                "recipient": message.recipient,
                "template": message.template,
                "title": message.title,
                "text": message.text,
            },
            ensure_ascii=False,
        )
        async with self._one_at_a_time:
            try:
                await asyncio.to_thread(self._append, line)
            except OSError as error:
                raise DeliveryError(f"В файл сообщений нельзя писать ({error.strerror})", retryable=True) from None
        return Receipt(provider_id=message.id)

    def _append(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(line + "\n")
