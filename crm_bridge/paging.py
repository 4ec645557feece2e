"""Lists page by page: which page is asked for, and what is on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

Item = TypeVar("Item", covariant=True)
Key = tuple[datetime | date | str | int, ...]
"""Where a row stands in its list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some items, and the key after which the next page begins; None on the last one."""

    items: Sequence[Item]
    next: Key | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which page: after the key that the page before gave, of the branches that may be seen (empty: all)."""

    after: Key | None = None
    limit: int = 50
    branches: frozenset[str] = frozenset()
