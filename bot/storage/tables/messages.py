"""Messages to patients and notices to staff, with what has become of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base


class MessageRow(Base):
    """One message; `dedup_key` keeps an event that is told twice from leaving two.

    A queued one is sent from `due_at` on; `quiet_until` says that it waits for the end of the do-not-disturb hours,
    which are those of `zone`. After `expires_at` nobody needs it any more.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_state_due_at", "state", "due_at"),
        Index("ix_messages_kind_recipient", "kind", "recipient"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(254))
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    template: Mapped[str] = mapped_column(String(64))
    visit_id: Mapped[str | None] = mapped_column(String(64), index=True)
    patient_id: Mapped[str | None] = mapped_column(String(64), index=True)
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    zone: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    quiet_until: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    provider_id: Mapped[str | None] = mapped_column(String(128), index=True)
    sent_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
