"""What is to be written into other systems."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


class ForeignSeenRow(Base):
    """An event of another system that has been worked in; its repetition is told apart by it."""

    __tablename__ = "foreign_seen"

    event_key: Mapped[str] = key(64)
    seen_at: Mapped[datetime] = mapped_column(index=True)


class ForeignWriteRow(Base):
    """A write into somebody else's system; kept when done, for its `reference` is what later writes need."""

    __tablename__ = "foreign_writes"
    __table_args__ = (Index("ix_foreign_writes_state_due_at", "state", "due_at"),)

    id: Mapped[str] = key(128)
    system: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    content: Mapped[dict[str, Any]]
    after: Mapped[str | None] = mapped_column(String(128), index=True)
    state: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    fault: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
