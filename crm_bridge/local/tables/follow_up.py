"""What must not be forgotten: prescriptions, leads, tasks, the waiting list, courses."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


class PrescriptionRow(Base):
    """What a doctor ordered, to be done by a date (M1); `event_key` makes a replayed event harmless (M2)."""

    __tablename__ = "prescriptions"

    id: Mapped[str] = key()
    event_key: Mapped[str | None] = mapped_column(String(128), unique=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"))
    service_id: Mapped[str | None] = mapped_column(ForeignKey("services.id"))
    title: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    visit_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class LeadRow(Base):
    """A patient who is to come back; stages M2-M13. An open one has an owner and a next action."""

    __tablename__ = "leads"
    __table_args__ = (
        Index("ix_leads_stage_next_action_on", "stage", "next_action_on"),
        CheckConstraint("stage IN ('won', 'lost') OR next_action_on IS NOT NULL", name="open_has_next_action"),
        CheckConstraint("stage <> 'lost' OR reason_id IS NOT NULL", name="lost_has_reason"),
    )

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    prescription_id: Mapped[str | None] = mapped_column(ForeignKey("prescriptions.id"), unique=True)
    service_id: Mapped[str | None] = mapped_column(String(64))
    specialty: Mapped[str | None] = mapped_column(String(64))
    stage: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(80))
    comment: Mapped[str] = mapped_column(Text)
    next_action_on: Mapped[date | None]
    reason_id: Mapped[str | None] = mapped_column(ForeignKey("reasons.id"))
    revenue: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ClinicTaskRow(Base):
    """A patient needs a visit, not now. One patient and one problem have one open task (1.7): the index sees to it."""

    __tablename__ = "clinic_tasks"
    __table_args__ = (
        Index(
            "uq_clinic_tasks_open_problem",
            "patient_id",
            "problem",
            unique=True,
            sqlite_where=text("status = 'open' AND problem IS NOT NULL"),
            postgresql_where=text("status = 'open' AND problem IS NOT NULL"),
        ),
        Index("ix_clinic_tasks_status_active_from", "status", "active_from"),
        Index(
            "ix_clinic_tasks_open_owner",
            "owner",
            "active_from",
            "id",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: Mapped[str] = key()
    type: Mapped[str] = mapped_column(String(64))
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    phone: Mapped[str | None] = mapped_column(String(32), index=True)
    problem: Mapped[str | None] = mapped_column(String(140))
    service_id: Mapped[str | None] = mapped_column(String(64))
    doctor_id: Mapped[str | None] = mapped_column(String(64))
    specialty: Mapped[str | None] = mapped_column(String(64))
    duration_min: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text)
    active_from: Mapped[date]
    owner: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(16), default="open")
    visit_id: Mapped[str | None] = mapped_column(String(64), index=True)
    lead_id: Mapped[str | None] = mapped_column(String(64), index=True)
    made_by: Mapped[str] = mapped_column(String(80))
    history: Mapped[list[Any]]
    postponed: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(80))
    outcome: Mapped[str | None] = mapped_column(String(32))
    reason_id: Mapped[str | None] = mapped_column(String(64))


class WaitlistRow(Base):
    """Who waits for an opening (I1, I7-I12); while one is offered to it, nobody else is asked about that one."""

    __tablename__ = "waitlist"
    __table_args__ = (Index("ix_waitlist_status_valid_to", "status", "valid_to"),)

    id: Mapped[str] = key()
    type: Mapped[str] = mapped_column(String(16))
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    phone: Mapped[str] = mapped_column(String(32))
    branch_id: Mapped[str | None] = mapped_column(String(64))
    service_id: Mapped[str | None] = mapped_column(String(64))
    doctor_id: Mapped[str | None] = mapped_column(String(64))
    specialty: Mapped[str | None] = mapped_column(String(64))
    duration_min: Mapped[int | None]
    weekdays: Mapped[list[Any]]
    days: Mapped[list[Any]]
    time_from: Mapped[time | None]
    time_to: Mapped[time | None]
    comment: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    acute: Mapped[bool] = mapped_column(Boolean, default=False)
    visit_id: Mapped[str | None] = mapped_column(String(64))
    funding: Mapped[str | None] = mapped_column(String(8))
    not_before: Mapped[datetime | None]
    owner: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(16))
    offered_opening_id: Mapped[str | None] = mapped_column(ForeignKey("openings.id", ondelete="SET NULL"), unique=True)
    offer_until: Mapped[datetime | None]
    declined: Mapped[list[Any]]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))


class CourseRow(Base):
    """A row of visits that belong together: five injections, once a week, into one joint (C2)."""

    __tablename__ = "courses"

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("services.id"))
    title: Mapped[str] = mapped_column(Text)
    total: Mapped[int]
    interval_days: Mapped[int]
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
