"""Lists page by page, by key and not by offset: what is added or closed meanwhile neither repeats nor hides a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_bridge.paging import Asked, Key, Page

Row = TypeVar("Row")
Item = TypeVar("Item")


async def read_page(
    session: AsyncSession,
    query: Select[Row],
    order: Sequence[InstrumentedAttribute[Any]],
    asked: Asked,
    *,
    newest_first: bool = False,
) -> Page[Row]:
    """The rows of one page; `order` ends with a unique column."""
    if asked.after is not None:
        query = query.where(_beyond(order, asked.after, newest_first))
    ordered = query.order_by(*(column.desc() if newest_first else column for column in order)).limit(asked.limit + 1)
    rows = (await session.scalars(ordered)).all()
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    return Page(
        items=rows[: asked.limit],
        next=tuple(getattr(last, column.key) for column in order) if last is not None else None,
    )


def _beyond(order: Sequence[InstrumentedAttribute[Any]], after: Key, newest_first: bool) -> ColumnElement[bool]:
    """The row comparison, spelled out: SQLite compares rows, but not with bound dates of our own type."""
    steps = []
    for number, column in enumerate(order):
        same = [before == after[index] for index, before in enumerate(order[:number])]
        further = column < after[number] if newest_first else column > after[number]
        steps.append(and_(*same, further))
    return or_(*steps)


def mapped(page: Page[Row], make: Callable[[Row], Item]) -> Page[Item]:
    """The same page of something else."""
    return Page(items=[make(row) for row in page.items], next=page.next)


def filtered(query: Select[Row], *conditions: ColumnElement[bool] | None) -> Select[Row]:
    """The query with the conditions that are there."""
    return query.where(*(one for one in conditions if one is not None))


def equal(column: InstrumentedAttribute[Any], value: object) -> ColumnElement[bool] | None:
    """The condition that a column has this value; None when no value is asked for."""
    return None if value is None else column == value
