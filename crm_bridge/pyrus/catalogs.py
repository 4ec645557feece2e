"""Catalogues of Pyrus: the name of a service or a doctor into the number of its row.

Source: the vendor's Python client, `GET /catalogs/{id}` -> `items[{item_id, values}]`. The first column is the name.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.clock import Clock
from crm_bridge.names import fold
from crm_bridge.pyrus.api import PyrusApi

_FRESH_FOR = timedelta(hours=1)


class Catalogs:
    """Catalogues, each read at most once an hour."""

    def __init__(self, api: PyrusApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._read: dict[int, tuple[datetime, dict[str, int]]] = {}

    async def item(self, catalog: int, name: str) -> int | None:
        """The row whose first column is this name; case, ё and spaces do not matter."""
        return (await self._rows(catalog)).get(fold(name))

    async def _rows(self, catalog: int) -> dict[str, int]:
        now = self._clock.now()
        known = self._read.get(catalog)
        if known is None or now - known[0] >= _FRESH_FOR:
            answer = await self._api.read(f"/catalogs/{catalog}")
            items = answer.get("items") or ()
            rows = {fold(one["values"][0]): one["item_id"] for one in items if one.get("values")}
            known = self._read[catalog] = (now, rows)
        return known[1]
