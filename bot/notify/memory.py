"""Twins without a database and without a gateway: for tests, rehearsals and the dry run of rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.notify.port import DeliveryState, Message, MessageKind, Receipt

_QUEUED = DeliveryState.QUEUED


class MemoryMessageStore:
    """MessageStore in a dictionary."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}
        self._keys: dict[str, str] = {}
        self._closed: dict[str, datetime] = {}

    async def add(self, message: Message, *, dedup_key: str) -> bool:
        if dedup_key in self._keys:
            return False
        self._keys[dedup_key] = message.id
        self._messages[message.id] = message
        return True

    async def get(self, message_id: str) -> Message | None:
        return self._messages.get(message_id)

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[Message]:
        found = [one for one in self._messages.values() if one.state is _QUEUED and one.due_at <= now]
        return sorted(found, key=lambda one: (not one.urgent, one.due_at, one.id))[:limit]

    async def claim(self, message: Message, *, until: datetime) -> bool:
        now = self._messages.get(message.id)
        if now is None or now.state is not _QUEUED or now.attempts != message.attempts or now.due_at != message.due_at:
            return False
        self._change(message.id, attempts=message.attempts + 1, due_at=until)
        return True

    async def postpone(self, message_id: str, *, due_at: datetime, quiet_until: datetime | None = None) -> None:
        if self._is_queued(message_id):
            self._change(message_id, due_at=due_at, quiet_until=quiet_until)

    async def sent(self, message_id: str, receipt: Receipt, *, at: datetime) -> None:
        self._change(
            message_id, state=DeliveryState.SENT, provider_id=receipt.provider_id, sent_at=at, error=None, closed=at
        )

    async def again(self, message_id: str, *, due_at: datetime, error: str) -> None:
        if self._is_queued(message_id):
            self._change(message_id, due_at=due_at, error=error)

    async def failed(self, message_id: str, *, error: str, at: datetime) -> None:
        if self._messages[message_id].state in (_QUEUED, DeliveryState.SENT):
            self._change(message_id, state=DeliveryState.FAILED, error=error, closed=at)

    async def delivered(self, message_id: str, *, at: datetime) -> None:
        if self._messages[message_id].state in (_QUEUED, DeliveryState.SENT):
            self._change(message_id, state=DeliveryState.DELIVERED, closed=at)

    async def withdraw(self, message_id: str, *, why: str, at: datetime) -> bool:
        if not self._is_queued(message_id):
            return False
        self._change(message_id, state=DeliveryState.WITHDRAWN, error=why, closed=at)
        return True

    async def withdraw_key(self, dedup_key: str, *, at: datetime) -> bool:
        message_id = self._keys.get(dedup_key)
        return message_id is not None and await self.withdraw(message_id, why="done", at=at)

    async def by_provider(self, provider_id: str) -> Message | None:
        return next((one for one in self._messages.values() if one.provider_id == provider_id), None)

    async def of_visit(self, visit_id: str) -> Sequence[Message]:
        return [one for one in self._messages.values() if one.visit_id == visit_id]

    async def notices(self, recipient: str, *, seen: bool = False, limit: int = 100) -> Sequence[Message]:
        wanted = {DeliveryState.SENT, DeliveryState.DELIVERED} if seen else {DeliveryState.SENT}
        found = [
            one
            for one in self._messages.values()
            if one.kind is MessageKind.STAFF and one.recipient == recipient and one.state in wanted
        ]
        return sorted(found, key=lambda one: one.created_at, reverse=True)[:limit]

    async def forget(self, before: datetime) -> int:
        old = [message_id for message_id, at in self._closed.items() if at < before]
        for message_id in old:
            del self._messages[message_id], self._closed[message_id]
        self._keys = {key: message_id for key, message_id in self._keys.items() if message_id in self._messages}
        return len(old)

    def _is_queued(self, message_id: str) -> bool:
        return self._messages[message_id].state is _QUEUED

    def _change(self, message_id: str, *, closed: datetime | None = None, **values: Any) -> None:
        self._messages[message_id] = replace(self._messages[message_id], **values)
        if closed:
            self._closed[message_id] = closed


class MemoryMessenger:
    """A Messenger that keeps what it was given; `faults` are raised first, one an attempt."""

    def __init__(self, *faults: Exception) -> None:
        self.sent: list[Message] = []
        self.faults = list(faults)

    async def send(self, message: Message) -> Receipt:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(message)
        return Receipt(provider_id=f"sms-{message.id}")
