"""Versions of speech scripts and what was put live."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base


class ScriptVersionRow(Base):
    """A version: written once, never changed; `files` are the whole script, includes and dialogues with it."""

    __tablename__ = "script_versions"

    script_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    base: Mapped[int] = mapped_column(Integer)
    files: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))


class ScriptPublicationRow(Base):
    """A version put live; only ever added to, the newest row of a script is in force. Version 0 is the shipped one."""

    __tablename__ = "script_publications"
    __table_args__ = (Index("ix_script_publications_script_id_id", "script_id", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    script_id: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(80))
