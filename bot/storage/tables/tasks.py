"""Calls to be made, their attempts and the decisions of the calling policy."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base


class CallTaskRow(Base):
    """One call to be made; `dedup_key` keeps a planner that runs twice from making it twice."""

    __tablename__ = "call_tasks"
    __table_args__ = (Index("ix_call_tasks_status_due_at", "status", "due_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    phone: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(16))
    visit_id: Mapped[str | None] = mapped_column(String(64), index=True)
    visit_at: Mapped[datetime | None]
    patient_id: Mapped[str | None] = mapped_column(String(64))
    errand_id: Mapped[str | None] = mapped_column(String(64), index=True)
    offer_id: Mapped[str | None] = mapped_column(String(64))
    not_after: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CallAttemptRow(Base):
    """One dialling of a task; `ended_at` is empty while it goes on."""

    __tablename__ = "call_attempts"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("call_tasks.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(String(32))


class CallDecisionRow(Base):
    """What the policy said of one wish to phone: the proof that it was asked."""

    __tablename__ = "call_decisions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("call_tasks.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str | None] = mapped_column(String(64))
    until: Mapped[datetime | None]
