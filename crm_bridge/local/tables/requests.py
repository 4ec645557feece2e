"""Things that people at the clinic do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


class RequestRow(Base):
    """Something that a person at the clinic does."""

    __tablename__ = "requests"
    __table_args__ = (Index("ix_requests_status_created_at", "status", "created_at"),)

    id: Mapped[str] = key()
    dedup_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    call_id: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(String(32), index=True)
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id"))
    fields: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(80), default="desk")
    next_action_at: Mapped[datetime | None]
    history: Mapped[list[Any]] = mapped_column(default=list)
