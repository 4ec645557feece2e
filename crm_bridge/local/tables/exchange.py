"""How far an import has come: what a killed one resumes from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


class ImportRunRow(Base):
    """One file of one kind; `rows_done` moves in the transaction of the batch that it counts."""

    __tablename__ = "import_runs"
    __table_args__ = (UniqueConstraint("file_hash"),)

    id: Mapped[str] = key()
    # Of the file's bytes, the kind and the mapping: another reading of a file is another import.
    file_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    file_name: Mapped[str] = mapped_column(Text)
    rows_done: Mapped[int] = mapped_column(Integer, default=0)
    counts: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportErrorRow(Base):
    """A row that was not taken and why; kept until the error file is written, so that a resumed import has them all."""

    __tablename__ = "import_errors"

    run_id: Mapped[str] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    message: Mapped[str] = mapped_column(Text)
