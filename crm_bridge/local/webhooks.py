"""Events for subscribers on SQL: who wants them, what is to be sent, what became of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.domain.webhook import Delivery, DeliveryStatus, Outgoing, Subscription, wants
from bot.storage.outbox import OutboxEvent
from bot.storage.upsert import insert_if_new
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import DeliveryRow, SubscriptionRow
from crm_bridge.port import NotFound
from crm_bridge.rules.rights import Identity

LEASE = timedelta(minutes=2)
"""For how long a delivery that is being sent is nobody else's: longer than one attempt may take."""


class LocalWebhooks(LocalPart):
    """Subscriptions and deliveries."""

    async def subscribe(self, url: str, topics: Sequence[str], *, by: Identity) -> tuple[Subscription, str]:
        """A new subscription and its secret, told this once."""
        secret = "whs_" + secrets.token_urlsafe(32)
        async with self._work(by.actor) as work:
            row = SubscriptionRow(
                id=work.new_id(),
                url=url,
                topics=sorted(set(topics)),
                secret=secret,
                active=True,
                created_by=str(by.actor),
                created_at=work.now,
            )
            work.session.add(row)
            await work.session.flush()
            work.audit("webhook.subscribe", "webhook", row.id, topics=row.topics)
            return subscription_of(row), secret

    async def set_active(self, subscription_id: str, active: bool, *, by: Identity) -> Subscription:
        """Pause or go on; what happened meanwhile is not sent. Raises NotFound."""
        async with self._work(by.actor) as work:
            row = await work.session.get(SubscriptionRow, subscription_id, with_for_update=True)
            if row is None:
                raise NotFound("Подписка не найдена")
            row.active = active
            work.audit("webhook.change", "webhook", row.id, active=active)
            return subscription_of(row)

    async def unsubscribe(self, subscription_id: str, *, by: Identity) -> None:
        """Remove it with its deliveries. Raises NotFound."""
        async with self._work(by.actor) as work:
            row = await work.session.get(SubscriptionRow, subscription_id)
            if row is None:
                raise NotFound("Подписка не найдена")
            await work.session.delete(row)
            work.audit("webhook.unsubscribe", "webhook", subscription_id)

    async def replay(self, delivery_id: int, *, by: Identity) -> Delivery:
        """Send it once more, from the first attempt. Raises NotFound."""
        async with self._work(by.actor) as work:
            row = await work.session.get(DeliveryRow, delivery_id, with_for_update=True)
            if row is None:
                raise NotFound("Такого сообщения нет: старые удаляются через 30 дней")
            row.status, row.attempts, row.next_at = DeliveryStatus.PENDING.value, 0, work.now
            row.answer = row.error = row.delivered_at = None
            work.audit("webhook.replay", "webhook", row.subscription_id, delivery=delivery_id)
            return delivery_of(row)

    async def take(self, event: OutboxEvent) -> None:
        """A listener of the outbox: one delivery a subscriber; the same event twice makes none."""
        async with self._write() as session:
            rows = await session.scalars(select(SubscriptionRow).where(SubscriptionRow.active))
            for row in rows.all():
                if not wants(row.topics, event.topic):
                    continue
                await insert_if_new(
                    session,
                    DeliveryRow,
                    subscription_id=row.id,
                    event_id=event.id,
                    topic=event.topic,
                    payload=dict(event.payload),
                    event_at=event.created_at,
                    status=DeliveryStatus.PENDING.value,
                    attempts=0,
                    next_at=self._clock.now(),
                    created_at=self._clock.now(),
                )

    async def claim(self, *, limit: int = 20) -> Sequence[Outgoing]:
        """Deliveries that are due, oldest first, each for this sender alone until its lease ends."""
        now = self._clock.now()
        query = (
            select(DeliveryRow, SubscriptionRow)
            .join(SubscriptionRow, SubscriptionRow.id == DeliveryRow.subscription_id)
            .where(
                DeliveryRow.status == DeliveryStatus.PENDING.value, DeliveryRow.next_at <= now, SubscriptionRow.active
            )
            .order_by(DeliveryRow.next_at, DeliveryRow.id)
            .limit(limit)
            .with_for_update(of=DeliveryRow, skip_locked=True)
        )
        async with self._write() as session:
            found = (await session.execute(query)).all()
            for row, _ in found:
                row.next_at = now + LEASE
            return [Outgoing(delivery=delivery_of(row), url=to.url, secret=to.secret) for row, to in found]

    async def settle(
        self, delivery_id: int, *, answer: int | None, error: str | None, again_at: datetime | None
    ) -> None:
        """What one attempt came to: taken without `error`, else tried again at `again_at`, else given up."""
        async with self._write() as session:
            row = await session.get(DeliveryRow, delivery_id, with_for_update=True)
            if row is None:
                return  # unsubscribed meanwhile
            row.attempts += 1
            row.answer, row.error = answer, error[:200] if error else None
            if error is None:
                row.status, row.delivered_at = DeliveryStatus.DELIVERED.value, self._clock.now()
            elif again_at is not None:
                row.next_at = again_at
            else:
                row.status = DeliveryStatus.FAILED.value

    async def forget(self, older_than: timedelta = timedelta(days=30)) -> None:
        """Delete deliveries that came to an end longer ago than this."""
        before = self._clock.now() - older_than
        ended = DeliveryRow.status != DeliveryStatus.PENDING.value
        async with self._write() as session:
            await session.execute(delete(DeliveryRow).where(DeliveryRow.created_at < before, ended))


def subscription_of(row: SubscriptionRow) -> Subscription:
    """The subscription without its secret."""
    return Subscription(id=row.id, url=row.url, topics=tuple(row.topics), active=row.active, created_at=row.created_at)


def delivery_of(row: DeliveryRow) -> Delivery:
    """The delivery of a row."""
    return Delivery(
        id=row.id,
        subscription_id=row.subscription_id,
        event_id=row.event_id,
        topic=row.topic,
        payload=row.payload,
        event_at=row.event_at,
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        next_at=row.next_at,
        answer=row.answer,
        error=row.error,
        delivered_at=row.delivered_at,
    )
