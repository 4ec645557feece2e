"""Tasks of a form: found by our request id, made once, commented.

Sources: the vendor's Python client (`POST /forms/{id}/register` with `fld{id}`, `steps`, `field_ids`, `item_count`;
`POST /tasks`; `POST /tasks/{id}/comments`). UNVERIFIED: how the filter compares texts and how soon the register shows
a new task; therefore the value is compared again here, and a write that was not found stays unknown.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from crm_bridge.foreign import WriteUnknown
from crm_bridge.port import NotFound
from crm_bridge.pyrus.api import Json, PyrusApi
from crm_bridge.pyrus.values import Field, text_of

MOST_TASKS = 20000
_SEARCHABLE = re.compile(r"(?!gt|lt|\*|empty$)[^\s,]{1,200}")
"""The filter reads commas, `gt`, `lt`, `*` and `empty` as its own language, so an id must not look like them."""


class Forms:
    """The forms of one account."""

    def __init__(self, api: PyrusApi) -> None:
        self._api = api
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def find(self, form: int, field: int, request_id: str) -> str | None:
        """The id of the oldest task, open or closed, that keeps `request_id` in `field`."""
        if not _SEARCHABLE.fullmatch(request_id):
            raise ValueError("a request id without spaces and commas was expected, not beginning with gt, lt or *")
        query: Json = {f"fld{field}": request_id, "include_archived": True, "item_count": 100}
        found = await self._api.read(f"/forms/{form}/register", query)
        same = [task["id"] for task in found.get("tasks") or () if text_of(task, field) == request_id]
        return str(min(same)) if same else None

    async def open_tasks(self, form: int, steps: Sequence[int]) -> list[Json]:
        """Open tasks of a form, on these steps only when there are any."""
        query: Json = {"item_count": MOST_TASKS} | ({"steps": list(steps)} if steps else {})
        found = await self._api.read(f"/forms/{form}/register", query)
        return [task for task in found.get("tasks") or () if not task.get("close_date")]

    async def create(self, form: int, fields: list[Field]) -> str:
        """Make a task; `fill_defaults` lets the form's own defaults stand."""
        made = await self._api.write("/tasks", {"form_id": form, "fields": fields, "fill_defaults": True})
        if not isinstance(made.get("task"), dict) or "id" not in made["task"]:
            raise WriteUnknown("Pyrus не назвал созданную задачу")
        return str(made["task"]["id"])

    @asynccontextmanager
    async def one_at_a_time(self, request_id: str) -> AsyncIterator[None]:
        """Searching and then creating, for one request id, by one caller at a time."""
        turn = self._turns.get(request_id) or asyncio.Lock()
        self._turns[request_id] = turn  # kept while anybody is in or waits
        async with turn:
            yield

    async def task(self, task_id: str) -> Json:
        """A task with its comments. Raises NotFound."""
        if not task_id.isdecimal():
            raise NotFound("в Pyrus такой задачи нет")
        task: dict[str, Any] = (await self._api.read(f"/tasks/{task_id}"))["task"]
        return task

    async def comment(self, task_id: str, **content: object) -> None:
        """Add a comment; empty parts are left out."""
        await self._api.write(f"/tasks/{task_id}/comments", {name: part for name, part in content.items() if part})
