"""What the clinic is: profile, branches, doctors, services, and the devices that they need."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


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

    id: Mapped[str] = key()
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

    id: Mapped[str] = key()
    ordinal: Mapped[int]
    full_name: Mapped[str] = mapped_column(Text)
    specialty: Mapped[str] = mapped_column(String(64), index=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class ServiceRow(Base):
    """A service booked, or only told of, by name."""

    __tablename__ = "services"

    id: Mapped[str] = key()
    ordinal: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    duration_min: Mapped[int]
    price: Mapped[int | None]
    prices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    prep: Mapped[str | None] = mapped_column(Text)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    bookable: Mapped[bool] = mapped_column(Boolean, default=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    specialty: Mapped[str | None] = mapped_column(String(64))
    category: Mapped[str | None] = mapped_column(String(64))
    fundings: Mapped[list[Any]] = mapped_column(default=list)
    documents: Mapped[dict[str, Any]] = mapped_column(default=dict)
    resources: Mapped[list[Any]] = mapped_column(default=list)
    expensive: Mapped[bool] = mapped_column(Boolean, default=False)
    recall_days: Mapped[int | None]
    course_total: Mapped[int | None]
    course_interval_days: Mapped[int | None]


class ResourceRow(Base):
    """A room or device of a branch; a service names the kinds that it needs."""

    __tablename__ = "resources"

    id: Mapped[str] = key()
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    kind: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(Text)


class ReasonRow(Base):
    """Why a visit is cancelled or a lead lost; the class decides what follows (I17)."""

    __tablename__ = "reasons"

    id: Mapped[str] = key()
    title: Mapped[str] = mapped_column(Text)
    reason_class: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class TaskTypeRow(Base):
    """A type of tasks beyond the three standard ones (I3)."""

    __tablename__ = "task_types"

    id: Mapped[str] = key()
    title: Mapped[str] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(Integer, default=50)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class RuleSettingRow(Base):
    """A number of rules.md that the clinic has set; the others have their defaults."""

    __tablename__ = "rule_settings"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(80))


class HolidayRow(Base):
    """A day off of the production calendar."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
