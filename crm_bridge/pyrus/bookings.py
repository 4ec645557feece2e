"""The wish for a visit as a task of the form «Запись пациента», which the clinic's people confirm."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from crm_bridge.foreign import BookingWish
from crm_bridge.pyrus.catalogs import Catalogs
from crm_bridge.pyrus.forms import Forms
from crm_bridge.pyrus.mapping import Bookings, BookingState
from crm_bridge.pyrus.values import Field, choice, item, moment, text

_SOURCES = {"phone": "телефон", "site": "сайт", "messenger": "мессенджер"}


class BookingForm:
    """One clinic's form of booking requests."""

    def __init__(self, forms: Forms, catalogs: Catalogs, mapping: Bookings, zone: ZoneInfo) -> None:
        self._forms = forms
        self._catalogs = catalogs
        self._mapping = mapping
        self._zone = zone

    async def request(self, wish: BookingWish) -> str:
        """The task of this wish, found or made."""
        async with self._forms.one_at_a_time(wish.request_id):
            known = await self.find(wish.request_id)
            return known or await self._forms.create(self._mapping.form, await self._fields(wish))

    async def find(self, request_id: str) -> str | None:
        return await self._forms.find(self._mapping.form, self._mapping.fields.request_id, request_id)

    async def _fields(self, wish: BookingWish) -> list[Field]:
        fields, untold = self._mapping.fields, []
        named: list[Field] = []
        for name, label in (("service", "Услуга"), ("doctor", "Врач")):
            filled = await self._named(name, getattr(wish, name))
            named += filled
            if getattr(wish, name) and not filled:
                untold.append(f"{label}: {getattr(wish, name)}")
        wished = wish.wished_at.astimezone(self._zone).strftime("%d.%m.%Y %H:%M") if wish.wished_at else ""
        if wished and not (fields.wished_at or fields.wished_text):
            untold.append(f"Желаемое время: {wished}")
        return [
            *text(fields.request_id, wish.request_id),
            *text(fields.full_name, wish.full_name),
            *text(fields.phone, wish.phone),
            *self._source(wish.source),
            *named,
            *moment(fields.wished_at, wish.wished_at),
            *text(fields.wished_text, wished),
            *text(fields.comment, "\n".join(part for part in (wish.comment, *untold) if part)),
            *choice(fields.status, self._mapping.states.get(BookingState.REQUESTED)),
        ]

    async def _named(self, name: str, said: str) -> list[Field]:
        """A service or a doctor; what their catalogue does not know is left to the comment."""
        field = getattr(self._mapping.fields, name)
        catalog = getattr(self._mapping.catalogs, name)
        if catalog is None or not said:
            return text(field, said)
        number = await self._catalogs.item(catalog, said)
        return item(field, number) if number is not None else []

    def _source(self, source: str) -> list[Field]:
        if self._mapping.sources:
            return choice(self._mapping.fields.source, self._mapping.sources.get(source))
        return text(self._mapping.fields.source, _SOURCES.get(source, source))
