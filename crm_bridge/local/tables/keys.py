"""Keys of the clinic's tables."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column


def key(length: int = 64) -> Mapped[str]:
    """A primary key of text: ids are given by us, so that they can be made before the row."""
    return mapped_column(String(length), primary_key=True)
