"""Openings, holds and visits.

Who may have an opening is settled by constraints, not by good manners: `holds.opening_id` is the hold's key, and
`visits.opening_id` is unique and emptied when the visit is cancelled, which frees the opening.
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


class OpeningRow(Base):
    """An interval of a doctor or a service; free when no visit and no live hold has it."""

    __tablename__ = "openings"
    __table_args__ = (
        UniqueConstraint("doctor_id", "starts_at"),
        UniqueConstraint("service_id", "starts_at"),
        CheckConstraint("(doctor_id IS NULL) <> (service_id IS NULL)", name="of_doctor_or_service"),
        Index("ix_openings_starts_at", "starts_at"),
    )

    id: Mapped[str] = key()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # The wall clock of the branch, so that "вечером" is a plain condition in both databases.
    local_date: Mapped[date]
    local_time: Mapped[time]
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    doctor_id: Mapped[str | None] = mapped_column(ForeignKey("doctors.id"))
    service_id: Mapped[str | None] = mapped_column(ForeignKey("services.id"))


class HoldRow(Base):
    """Who keeps an opening for now; an expired row is simply taken over by the next."""

    __tablename__ = "holds"

    opening_id: Mapped[str] = mapped_column(ForeignKey("openings.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    owner: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class VisitRow(Base):
    """An appointment; `hold_id` is the hold it was last booked or moved with, which makes repeats harmless."""

    __tablename__ = "visits"
    __table_args__ = (
        # segments and recalls are answered from these indexes alone
        Index("ix_visits_patient_status", "patient_id", "status", "starts_at", "paid"),
        Index(
            "ix_visits_final_ends_at",
            "ends_at",
            sqlite_where=text("status IN ('booked', 'confirmed')"),
            postgresql_where=text("status IN ('booked', 'confirmed')"),
        ),
    )

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    opening_id: Mapped[str | None] = mapped_column(ForeignKey("openings.id"), unique=True)
    hold_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    doctor_id: Mapped[str | None] = mapped_column(ForeignKey("doctors.id"))
    service_id: Mapped[str | None] = mapped_column(ForeignKey("services.id"))
    status: Mapped[str] = mapped_column(String(32))
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    call_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    booked_by: Mapped[str] = mapped_column(String(80), default="bot")
    source: Mapped[str] = mapped_column(String(32), default="phone")
    funding: Mapped[str] = mapped_column(String(8), default="paid")
    comment: Mapped[str] = mapped_column(Text, default="")
    lead_id: Mapped[str | None] = mapped_column(String(64), index=True)
    course_id: Mapped[str | None] = mapped_column(String(64))
    prep_told: Mapped[bool] = mapped_column(Boolean, default=False)
    price: Mapped[int] = mapped_column(Integer, default=0)
    paid: Mapped[int] = mapped_column(Integer, default=0)
    prepayment: Mapped[int] = mapped_column(Integer, default=0)
    # How long the opening is kept for an approval, a payment or a check of the request; empty once it is final.
    deadline_at: Mapped[datetime | None] = mapped_column(index=True)
    moved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    cancelled_by: Mapped[str | None] = mapped_column(String(16))
    reason_id: Mapped[str | None] = mapped_column(String(64))
    late: Mapped[bool] = mapped_column(Boolean, default=False)
    undecided: Mapped[bool] = mapped_column(Boolean, default=False)


class ResourceUseRow(Base):
    """A device kept for an opening while it is held or taken; never twice at a time (C19)."""

    __tablename__ = "resource_uses"
    __table_args__ = (Index("ix_resource_uses_resource_id_starts_at", "resource_id", "starts_at"),)

    resource_id: Mapped[str] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    opening_id: Mapped[str] = mapped_column(ForeignKey("openings.id", ondelete="CASCADE"), primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class GivenServiceRow(Base):
    """A service given at a visit: the fact, beside what was planned (P7)."""

    __tablename__ = "given_services"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), index=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("services.id"))
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    price: Mapped[int] = mapped_column(Integer, default=0)
    materials: Mapped[str] = mapped_column(Text, default="")


class ApprovalRow(Base):
    """One OK for an expensive or insured visit; a person gives one only (P5)."""

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("visit_id", "by"), UniqueConstraint("visit_id", "side"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"))
    side: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
