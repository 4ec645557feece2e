"""Messages in SQL; what two processes try at once succeeds for one, by conditional updates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clock import Clock
from bot.notify.port import DeliveryState, Message, MessageKind, Receipt
from bot.storage.engine import Database, rows_changed
from bot.storage.outbox import publish
from bot.storage.tables import MessageRow
from bot.storage.upsert import insert_if_new

_QUEUED, _SENT = DeliveryState.QUEUED.value, DeliveryState.SENT.value
_SEEN = DeliveryState.DELIVERED.value


class SqlMessageStore:
    """MessageStore; whoever wants to hear of a message's end finds `message.<state>` in the outbox."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, message: Message, *, dedup_key: str) -> bool:
        async with self._database.write() as session:
            made = await insert_if_new(
                session,
                MessageRow,
                id=message.id,
                dedup_key=dedup_key,
                kind=message.kind.value,
                recipient=message.recipient,
                title=message.title,
                text=message.text,
                template=message.template,
                visit_id=message.visit_id,
                patient_id=message.patient_id,
                urgent=message.urgent,
                zone=message.zone,
                state=message.state.value,
                created_at=message.created_at,
                due_at=message.due_at,
                quiet_until=message.quiet_until,
                expires_at=message.expires_at,
                attempts=message.attempts,
                sent_at=message.sent_at,
            )
            if made and message.state is not DeliveryState.QUEUED:
                publish(session, f"message.{message.state.value}", {"message_id": message.id}, self._clock.now())
        return made

    async def get(self, message_id: str) -> Message | None:
        found = await self._messages(select(MessageRow).where(MessageRow.id == message_id))
        return found[0] if found else None

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[Message]:
        query = select(MessageRow).where(MessageRow.state == _QUEUED, MessageRow.due_at <= now)
        return await self._messages(
            query.order_by(MessageRow.urgent.desc(), MessageRow.due_at, MessageRow.id).limit(limit)
        )

    async def claim(self, message: Message, *, until: datetime) -> bool:
        as_seen = (
            MessageRow.state == _QUEUED,
            MessageRow.attempts == message.attempts,
            MessageRow.due_at == message.due_at,
        )
        return await self._change(message.id, *as_seen, attempts=message.attempts + 1, due_at=until)

    async def postpone(self, message_id: str, *, due_at: datetime, quiet_until: datetime | None = None) -> None:
        await self._change(message_id, MessageRow.state == _QUEUED, due_at=due_at, quiet_until=quiet_until)

    async def sent(self, message_id: str, receipt: Receipt, *, at: datetime) -> None:
        await self._end(
            message_id,
            DeliveryState.SENT,
            at,
            MessageRow.state != _SEEN,
            provider_id=receipt.provider_id,
            sent_at=at,
            error=None,
        )

    async def again(self, message_id: str, *, due_at: datetime, error: str) -> None:
        await self._change(message_id, MessageRow.state == _QUEUED, due_at=due_at, error=error)

    async def failed(self, message_id: str, *, error: str, at: datetime) -> None:
        open_ones = MessageRow.state.in_((_QUEUED, _SENT))
        await self._end(message_id, DeliveryState.FAILED, at, open_ones, error=error)

    async def delivered(self, message_id: str, *, at: datetime) -> None:
        await self._end(message_id, DeliveryState.DELIVERED, at, MessageRow.state.in_((_QUEUED, _SENT)))

    async def withdraw(self, message_id: str, *, why: str, at: datetime) -> bool:
        return await self._end(message_id, DeliveryState.WITHDRAWN, at, MessageRow.state == _QUEUED, error=why)

    async def withdraw_key(self, dedup_key: str, *, at: datetime) -> bool:
        async with self._database.read() as session:
            found = await session.scalar(select(MessageRow.id).where(MessageRow.dedup_key == dedup_key))
        return found is not None and await self.withdraw(found, why="done", at=at)

    async def by_provider(self, provider_id: str) -> Message | None:
        found = await self._messages(select(MessageRow).where(MessageRow.provider_id == provider_id).limit(1))
        return found[0] if found else None

    async def of_visit(self, visit_id: str) -> Sequence[Message]:
        query = select(MessageRow).where(MessageRow.visit_id == visit_id)
        return await self._messages(query.order_by(MessageRow.created_at, MessageRow.id))

    async def notices(self, recipient: str, *, seen: bool = False, limit: int = 100) -> Sequence[Message]:
        states = (_SENT, _SEEN) if seen else (_SENT,)
        query = select(MessageRow).where(
            MessageRow.kind == MessageKind.STAFF.value, MessageRow.recipient == recipient, MessageRow.state.in_(states)
        )
        return await self._messages(query.order_by(MessageRow.created_at.desc(), MessageRow.id).limit(limit))

    async def forget(self, before: datetime) -> int:
        async with self._database.write() as session:
            return rows_changed(await session.execute(delete(MessageRow).where(MessageRow.closed_at < before)))

    async def _end(
        self, message_id: str, state: DeliveryState, at: datetime, condition: ColumnElement[bool], **values: Any
    ) -> bool:
        async with self._database.write() as session:
            done = await _update(session, message_id, condition, state=state.value, closed_at=at, **values)
            if done:
                publish(session, f"message.{state.value}", {"message_id": message_id}, at)
        return done

    async def _change(self, message_id: str, *conditions: ColumnElement[bool], **values: Any) -> bool:
        async with self._database.write() as session:
            return await _update(session, message_id, *conditions, **values)

    async def _messages(self, query: Select[MessageRow]) -> Sequence[Message]:
        zone = self._clock.now().tzinfo
        async with self._database.read() as session:
            return [_message(row, zone) for row in await session.scalars(query)]


async def _update(session: AsyncSession, message_id: str, *conditions: ColumnElement[bool], **values: Any) -> bool:
    result = await session.execute(update(MessageRow).where(MessageRow.id == message_id, *conditions).values(**values))
    return rows_changed(result) == 1


def _message(row: MessageRow, zone: tzinfo | None) -> Message:
    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(zone) if moment else None

    return Message(
        id=row.id,
        kind=MessageKind(row.kind),
        recipient=row.recipient,
        title=row.title,
        text=row.text,
        template=row.template,
        visit_id=row.visit_id,
        patient_id=row.patient_id,
        urgent=row.urgent,
        zone=row.zone,
        state=DeliveryState(row.state),
        created_at=row.created_at.astimezone(zone),
        due_at=row.due_at.astimezone(zone),
        quiet_until=local(row.quiet_until),
        expires_at=local(row.expires_at),
        attempts=row.attempts,
        error=row.error,
        provider_id=row.provider_id,
        sent_at=local(row.sent_at),
    )
