"""The seeds' own stories, each told step by step and checked in the database: `registratura story NAME`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.demo.stories.cleverbox import courses, strikes
from bot.demo.stories.ident import waitlist
from bot.demo.stories.medmis import medmis
from bot.demo.stories.pyrus import pyrus
from bot.demo.stories.tale import Tale

Story = Callable[[Tale], Awaitable[None]]

STORIES: Mapping[str, tuple[str, Story]] = {
    "medmis": ("Назначение врача возвращает пациента: звонок робота, запись, оплата; отказ и неявка", medmis),
    "pyrus": ("Одна форма и один путь заявки: проверка, два согласования, перенос, отмена, факт приёма", pyrus),
    "cleverbox-strikes": ("Две неявки, и следующая запись только по предоплате", strikes),
    "ident-waitlist": ("Нет времени: лист ожидания, освободилось окно, первый согласившийся", waitlist),
    "courses": ("Курс уколов: клиника считает сама и напоминает вовремя", courses),
}
"""Name -> what it is about, and the story itself."""
