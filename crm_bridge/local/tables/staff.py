"""Who works here, what they may do, what they and the bot have done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


class UserRow(Base):
    """A person who works with the clinic's system; `rights` are given beyond the role's own."""

    __tablename__ = "users"

    id: Mapped[str] = key()
    login: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(32))
    rights: Mapped[list[Any]]
    branches: Mapped[list[Any]]
    password: Mapped[str] = mapped_column(String(256))
    doctor_id: Mapped[str | None] = mapped_column(ForeignKey("doctors.id"))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime]


class SessionRow(Base):
    """Somebody who is logged in; the token itself is not kept, only its hash."""

    __tablename__ = "user_sessions"

    token_hash: Mapped[str] = key()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]


class ApiKeyRow(Base):
    """A programme's access; the key itself is not kept, only its hash."""

    __tablename__ = "api_keys"

    id: Mapped[str] = key()
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    rights: Mapped[list[Any]]
    branches: Mapped[list[Any]]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AuditRow(Base):
    """Who changed what, when, from what to what; only ever added to."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject_subject_id", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]


class RobotRow(Base):
    """Trigger, condition, action: a rule that an admin has written as data (M14)."""

    __tablename__ = "robots"

    id: Mapped[str] = key()
    name: Mapped[str] = mapped_column(Text)
    trigger: Mapped[str] = mapped_column(String(64), index=True)
    condition: Mapped[dict[str, Any]]
    action: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class RobotFiringRow(Base):
    """That a robot has fired on an event: never twice on the same one."""

    __tablename__ = "robot_firings"

    robot_id: Mapped[str] = mapped_column(ForeignKey("robots.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    result: Mapped[str] = mapped_column(Text)
