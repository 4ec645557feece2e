"""Notices to people who work here: each sees and closes their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from bot.notify.port import DeliveryState, MessageKind
from bot.storage.outbox import publish
from bot.storage.tables import MessageRow
from crm_bridge.local.listing import mapped, read_page
from crm_bridge.local.part import LocalPart
from crm_bridge.paging import Asked, Page
from crm_bridge.port import NotFound
from crm_bridge.rules.rights import Identity

_SENT, _SEEN = DeliveryState.SENT.value, DeliveryState.DELIVERED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What somebody is told; `read` once they have said so."""

    id: str
    title: str
    text: str
    visit_id: str | None
    created_at: datetime
    read: bool


class SqlNotices(LocalPart):
    """Notices on SQL."""

    async def notices(self, asked: Asked, *, reader: Identity, seen: bool = False) -> Page[Notice]:
        """The reader's own, the newest first; those that were read only if asked for."""
        query = select(MessageRow).where(
            MessageRow.kind == MessageKind.STAFF.value,
            MessageRow.recipient == _box(reader),
            MessageRow.state.in_((_SENT, _SEEN) if seen else (_SENT,)),
        )
        order = (MessageRow.created_at, MessageRow.id)
        async with self._read() as session:
            return mapped(await read_page(session, query, order, asked, newest_first=True), _notice)

    async def read(self, notice_id: str, *, reader: Identity) -> Notice:
        """The reader has read it; a second time changes nothing. Raises NotFound for somebody else's."""
        now = self._clock.now()
        mine = (MessageRow.id == notice_id, MessageRow.recipient == _box(reader))
        async with self._write() as session:
            unread = update(MessageRow).where(*mine, MessageRow.state == _SENT)
            done = await session.execute(unread.values(state=_SEEN, closed_at=now).returning(MessageRow.id))
            if done.first() is not None:
                publish(session, f"message.{_SEEN}", {"message_id": notice_id}, now)
            row = await session.scalar(select(MessageRow).where(*mine))
            if row is None:
                raise NotFound("Уведомление не найдено")
            return _notice(row)


def _box(reader: Identity) -> str:
    """Whose notices somebody reads: a doctor the doctor's, anybody else those to themselves."""
    return f"doctor:{reader.doctor_id}" if reader.doctor_id else f"user:{reader.actor.id}"


def _notice(row: MessageRow) -> Notice:
    return Notice(
        id=row.id,
        title=row.title,
        text=row.text,
        visit_id=row.visit_id,
        created_at=row.created_at,
        read=row.state == _SEEN,
    )
