"""The office's own lists, page by page: people, keys, ratings, audit, subscriptions and what was sent to them."""

from __future__ import annotations

from sqlalchemy import select

from bot.domain.webhook import Delivery, DeliveryStatus, Subscription
from crm_bridge.local.access import ApiKey, api_key_of
from crm_bridge.local.listing import equal, filtered, mapped, read_page
from crm_bridge.local.part import LocalPart
from crm_bridge.local.policy import Change
from crm_bridge.local.ratings import Rating, rating_of
from crm_bridge.local.scope import within
from crm_bridge.local.staff import User, user_of
from crm_bridge.local.tables import ApiKeyRow, AuditRow, DeliveryRow, RatingRow, SubscriptionRow, UserRow, VisitRow
from crm_bridge.local.webhooks import delivery_of, subscription_of
from crm_bridge.paging import Asked, Page
from crm_bridge.port import Refused
from crm_bridge.rules.rights import RATINGS_READ, Identity


class LocalOfficeRegisters(LocalPart):
    """What people of the office leaf through, on SQL."""

    async def users(self, asked: Asked) -> Page[User]:
        """Everybody who works here or did, by log-in."""
        async with self._read() as session:
            return mapped(await read_page(session, select(UserRow), (UserRow.login,), asked), user_of)

    async def keys(self, asked: Asked) -> Page[ApiKey]:
        """Programmes' keys, revoked ones too, the oldest first."""
        async with self._read() as session:
            page = await read_page(session, select(ApiKeyRow), (ApiKeyRow.created_at, ApiKeyRow.id), asked)
            return mapped(page, api_key_of)

    async def ratings(self, asked: Asked, *, reader: Identity, max_score: int | None = None) -> Page[Rating]:
        """Ratings, the newest first; that they were read is recorded. Raises Refused as `LocalRatings.rating`."""
        if not reader.may(RATINGS_READ):
            raise Refused("Оценки видит только директор")
        query = filtered(
            select(RatingRow).join(VisitRow, VisitRow.id == RatingRow.visit_id),
            RatingRow.score <= max_score if max_score is not None else None,
            within(VisitRow.branch_id, asked.branches),
        )
        async with self._work(reader.actor) as work:
            order = (RatingRow.at, RatingRow.visit_id)
            page = await read_page(work.session, query, order, asked, newest_first=True)
            work.audit("rating.list", "rating", "", count=len(page.items))
            return mapped(page, rating_of)

    async def audit(
        self,
        asked: Asked,
        *,
        subject: str | None = None,
        subject_id: str | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> Page[Change]:
        """Who did what, the newest first."""
        query = filtered(
            select(AuditRow),
            equal(AuditRow.subject, subject),
            equal(AuditRow.subject_id, subject_id),
            equal(AuditRow.actor, actor),
            equal(AuditRow.action, action),
        )
        async with self._read() as session:
            return mapped(await read_page(session, query, (AuditRow.id,), asked, newest_first=True), _change)

    async def subscriptions(self, asked: Asked) -> Page[Subscription]:
        """Who is told of events, the oldest first."""
        order = (SubscriptionRow.created_at, SubscriptionRow.id)
        async with self._read() as session:
            return mapped(await read_page(session, select(SubscriptionRow), order, asked), subscription_of)

    async def deliveries(
        self, asked: Asked, *, subscription_id: str | None = None, status: DeliveryStatus | None = None
    ) -> Page[Delivery]:
        """What was sent, or is to be, the newest first."""
        query = filtered(
            select(DeliveryRow),
            equal(DeliveryRow.subscription_id, subscription_id),
            equal(DeliveryRow.status, status.value if status else None),
        )
        async with self._read() as session:
            return mapped(await read_page(session, query, (DeliveryRow.id,), asked, newest_first=True), delivery_of)

    async def record(self, by: Identity, action: str, subject: str, subject_id: str) -> None:
        """Write into the audit what a programme or a person did through the API."""
        async with self._work(by.actor) as work:
            work.audit(action, subject, subject_id)


def _change(row: AuditRow) -> Change:
    return Change(
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        subject_id=row.subject_id,
        detail=row.detail,
    )
