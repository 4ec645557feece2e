"""The clinic's tables, on the storage's declarative base so that visit and outbox commit together.

Who may have an opening is settled by constraints, not by good manners: `holds.opening_id` is the hold's key, and
`visits.opening_id` is unique and emptied when the visit is cancelled, which frees the opening.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base


def _key(length: int = 64) -> Mapped[str]:
    return mapped_column(String(length), primary_key=True)


class ProfileRow(Base):
    """What is said of the clinic as a whole; one row."""

    __tablename__ = "clinic_profile"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    prices: Mapped[dict[str, Any]]
    prep: Mapped[dict[str, Any]]
    documents: Mapped[dict[str, Any]]
    streets: Mapped[list[Any]]
    loaded_at: Mapped[datetime]


class BranchRow(Base):
    """A building; hours as `{"1": ["08:00", "20:00"]}` by ISO weekday."""

    __tablename__ = "branches"

    id: Mapped[str] = _key()
    ordinal: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64))
    hours: Mapped[dict[str, Any]]
    lab_hours: Mapped[dict[str, Any]]
    home_visit_until: Mapped[time | None]


class DoctorRow(Base):
    """A doctor; one who left the clinic is not active and is offered no more."""

    __tablename__ = "doctors"

    id: Mapped[str] = _key()
    ordinal: Mapped[int]
    full_name: Mapped[str] = mapped_column(Text)
    specialty: Mapped[str] = mapped_column(String(64), index=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class ServiceRow(Base):
    """A service booked, or only told of, by name."""

    __tablename__ = "services"

    id: Mapped[str] = _key()
    ordinal: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    duration_min: Mapped[int]
    price: Mapped[int | None]
    prep: Mapped[str | None] = mapped_column(Text)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    bookable: Mapped[bool] = mapped_column(Boolean, default=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class OpeningRow(Base):
    """An interval of a doctor or a service; free when no visit and no live hold has it."""

    __tablename__ = "openings"
    __table_args__ = (
        UniqueConstraint("doctor_id", "starts_at"),
        UniqueConstraint("service_id", "starts_at"),
        CheckConstraint("(doctor_id IS NULL) <> (service_id IS NULL)", name="of_doctor_or_service"),
        Index("ix_openings_starts_at", "starts_at"),
    )

    id: Mapped[str] = _key()
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


class PatientRow(Base):
    """A person."""

    __tablename__ = "patients"

    id: Mapped[str] = _key()
    full_name: Mapped[str] = mapped_column(Text)
    birth_date: Mapped[date] = mapped_column(index=True)
    created_at: Mapped[datetime]


class PhoneRow(Base):
    """A phone of a patient; the row with the smallest id is the one to call."""

    __tablename__ = "phones"
    __table_args__ = (UniqueConstraint("patient_id", "phone"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    phone: Mapped[str] = mapped_column(String(32), index=True)


class VisitRow(Base):
    """An appointment; `hold_id` is the hold it was last booked or moved with, which makes repeats harmless."""

    __tablename__ = "visits"

    id: Mapped[str] = _key()
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


class RequestRow(Base):
    """Something that a person at the clinic does."""

    __tablename__ = "requests"
    __table_args__ = (Index("ix_requests_status_created_at", "status", "created_at"),)

    id: Mapped[str] = _key()
    dedup_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    call_id: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(String(32), index=True)
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id"))
    fields: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16))


class DoNotCallRow(Base):
    """A phone that the bot must never dial; never expires."""

    __tablename__ = "do_not_call"

    phone: Mapped[str] = _key(32)
    created_at: Mapped[datetime]
    call_id: Mapped[str | None] = mapped_column(String(64))


class SickLeaveRow(Base):
    """A certificate of incapacity for work."""

    __tablename__ = "sick_leaves"

    number: Mapped[str] = _key(32)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    doctor: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(16))


class TestResultRow(Base):
    """That a result is ready; the values are not kept here."""

    __tablename__ = "test_results"
    __table_args__ = (UniqueConstraint("patient_id", "service", "taken_on"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    service: Mapped[str] = mapped_column(Text)
    taken_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(32))
