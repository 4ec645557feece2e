"""The seeds' own stories, each told step by step and checked in the database: `registratura story NAME`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.demo.stories.cleverbox import courses, strikes
from bot.demo.stories.dental911 import dental911
from bot.demo.stories.departmental import departmental
from bot.demo.stories.ident import waitlist
from bot.demo.stories.medmis import medmis
from bot.demo.stories.pyrus import pyrus
from bot.demo.stories.ryazan import ryazan
from bot.demo.stories.tale import Tale

Story = Callable[[Tale], Awaitable[None]]

STORIES: Mapping[str, tuple[str, Story]] = {
    "medmis": ("Назначение врача возвращает пациента: звонок робота, запись, оплата; отказ и неявка", medmis),
    "pyrus": ("Одна форма и один путь заявки: проверка, два согласования, перенос, отмена, факт приёма", pyrus),
    "cleverbox-strikes": ("Две неявки, и следующая запись только по предоплате", strikes),
    "ident-waitlist": ("Нет времени: лист ожидания, освободилось окно, первый согласившийся", waitlist),
    "courses": ("Курс уколов: клиника считает сама и напоминает вовремя", courses),
    "ryazan": ("Поликлиника, «Мария»: врач на дом, прививка, специалист и больничный, всё по телефону", ryazan),
    "departmental": (
        "Ведомственная клиника: ОМС, ДМС или платно, подготовка, часы, документы, нужный врач",
        departmental,
    ),
    "dental911": (
        "Стоматология 911, «Елена»: реклама вежливо закончена, больному сочувствуют, клиент у человека",
        dental911,
    ),
}
"""Name -> what it is about, and the story itself."""
