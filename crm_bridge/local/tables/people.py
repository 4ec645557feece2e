"""Patients, their phones, what is known of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


class PatientRow(Base):
    """A person."""

    __tablename__ = "patients"

    id: Mapped[str] = key()
    full_name: Mapped[str] = mapped_column(Text)
    birth_date: Mapped[date] = mapped_column(index=True)
    created_at: Mapped[datetime]
    timezone: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    balance: Mapped[int] = mapped_column(Integer, default=0)


class RepresentativeRow(Base):
    """Who may speak for a patient: a child's parent, somebody's guardian."""

    __tablename__ = "representatives"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    full_name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(String(32), index=True)
    relation: Mapped[str] = mapped_column(String(32))


class ConsentRow(Base):
    """What a patient allowed or forbade, with the proof of it; the newest row of a purpose counts."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_patient_id_purpose", "patient_id", "purpose"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(32))
    granted: Mapped[bool] = mapped_column(Boolean)
    source: Mapped[str] = mapped_column(String(32))
    wording: Mapped[str] = mapped_column(String(64))
    evidence: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]


class StrikeRow(Base):
    """A no-show or a late cancellation (C16); lifted by a director or by a prepaid visit that took place."""

    __tablename__ = "strikes"

    visit_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(80))
    lifted_why: Mapped[str | None] = mapped_column(Text)


class RatingRow(Base):
    """What a patient said of a visit; only the director reads it (C20)."""

    __tablename__ = "ratings"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    score: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]


class PhoneRow(Base):
    """A phone of a patient; the row with the smallest id is the one to call."""

    __tablename__ = "phones"
    __table_args__ = (UniqueConstraint("patient_id", "phone"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    phone: Mapped[str] = mapped_column(String(32), index=True)


class DoNotCallRow(Base):
    """A phone that the bot must never dial; never expires."""

    __tablename__ = "do_not_call"

    phone: Mapped[str] = key(32)
    created_at: Mapped[datetime]
    call_id: Mapped[str | None] = mapped_column(String(64))


class SickLeaveRow(Base):
    """A certificate of incapacity for work."""

    __tablename__ = "sick_leaves"

    number: Mapped[str] = key(32)
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
