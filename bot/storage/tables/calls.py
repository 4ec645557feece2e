"""Calls and their turns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.storage.base import Base


class CallRow(Base):
    """One call; a call with `ended_at` has an `outcome`."""

    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    direction: Mapped[str] = mapped_column(String(16))
    caller: Mapped[str] = mapped_column(String(64))
    called: Mapped[str] = mapped_column(String(64))
    script: Mapped[str] = mapped_column(String(64))
    script_version: Mapped[int | None]
    line: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # none_as_null: "no outcome yet" must be SQL's NULL, not JSON's.
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    recording: Mapped[str | None] = mapped_column(Text)
    task_id: Mapped[str | None] = mapped_column(String(64), index=True)
    turns: Mapped[list[TurnRow]] = relationship(order_by="TurnRow.number", cascade="all, delete-orphan")


class TurnRow(Base):
    """One utterance of a call."""

    __tablename__ = "turns"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    speaker: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    intent: Mapped[str | None] = mapped_column(String(64))
    confidence: Mapped[float | None]
    asr_confidence: Mapped[float | None]
    timings: Mapped[dict[str, Any]]
