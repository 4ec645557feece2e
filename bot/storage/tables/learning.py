"""Phrases that were not understood, trainings, and what was published of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base


class PhraseRow(Base):
    """One phrase in one state; names and numbers of people are masked before they come here."""

    __tablename__ = "unknown_phrases"
    __table_args__ = (UniqueConstraint("key", "state"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(String(600))
    key: Mapped[str] = mapped_column(String(600))
    state: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(String(16))
    guess: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float]
    times: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    call_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16), index=True)
    label: Mapped[str | None] = mapped_column(String(64))
    labelled_by: Mapped[str | None] = mapped_column(String(128))
    labelled_at: Mapped[datetime | None]


class PhraseSetRow(Base):
    """One training; `lessons` is a snapshot: what was published stays what it was."""

    __tablename__ = "phrase_sets"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    ordered_by: Mapped[str] = mapped_column(String(128))
    ordered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    lessons: Mapped[list[Any]]
    synonyms: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    refusals: Mapped[list[Any]]


class PhraseSynonymRow(Base):
    """A clinic's own word for something known."""

    __tablename__ = "phrase_synonyms"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    said: Mapped[str] = mapped_column(String(100), unique=True)
    meant: Mapped[str] = mapped_column(String(100))
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]


class PhrasePublicationRow(Base):
    """The last row is live; without a set the shipped phrases alone are."""

    __tablename__ = "phrase_publications"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    set_id: Mapped[int | None] = mapped_column(ForeignKey("phrase_sets.id"))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
