"""Russian forms that the page's scripts make, asked of the scripts themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.domain.clinic import RequestKind, VisitStatus
from bot.domain.task import AttemptResult, TaskKind
from dialogs.port import Intent, State
from dialogs.script import load_script
from dialogs.script.load import SHIPPED

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

REASON = re.compile(r"reason: *[\"']?([a-z_]+)")
CALL = "([file, name, args]) => import(`/static/js/${file}.js`).then((module) => module[name](...args))"


FORMS: list[tuple[str, list[Any], str]] = [
    ("plural", [1, "запись", "записи", "записей"], "1 запись"),
    ("plural", [2, "запись", "записи", "записей"], "2 записи"),
    ("plural", [5, "запись", "записи", "записей"], "5 записей"),
    ("plural", [11, "запись", "записи", "записей"], "11 записей"),
    ("plural", [12, "запись", "записи", "записей"], "12 записей"),
    ("plural", [21, "запись", "записи", "записей"], "21 запись"),
    ("plural", [114, "запись", "записи", "записей"], "114 записей"),
    ("plural", [0, "запись", "записи", "записей"], "0 записей"),
    ("phone", ["+79123456789"], "+7 (912) 345-67-89"),
    ("phone", [""], "номер скрыт"),
    ("phone", ["101"], "101"),
    ("maskedPhone", ["…6789"], "+7 (•••) •••-67-89"),
    ("maskedPhone", [""], "номер скрыт"),
    ("duration", [0], "0:00"),
    ("duration", [59.6], "1:00"),
    ("duration", [61], "1:01"),
    ("duration", [3661], "1:01:01"),
    ("duration", [-3], "0:00"),
    ("plain", ["2026-11-24T10:20"], "24.11.2026 10:20"),
    ("plain", ["2026-11-24"], "24.11.2026"),
    ("plain", ["ё"], "ё"),
    ("milliseconds", [4.2], "4 мс"),
    ("milliseconds", [1234], "1,2 с"),
    ("age", ["2025-11-23"], "1 год"),
    ("age", ["2025-11-24"], "0 лет"),
    ("age", ["1964-03-12"], "62 года"),
    ("moment", ["2026-11-23T07:05:00+00:00"], "10:05"),
    ("moment", ["2026-11-22T21:30:00+00:00"], "00:30"),
    ("moment", ["2026-11-22T20:30:00+00:00"], "22.11.2026 23:30"),
]


async def test_dates_phones_counts_and_durations(page: Page) -> None:
    """One page for all: the clinic's time zone and clock come with it."""
    await expect(page.locator("#clock")).to_contain_text("23.11.2026")
    made = [await page.evaluate(CALL, ["format", name, args]) for name, args, _ in FORMS]
    assert made == [text for _, _, text in FORMS]


async def test_every_word_of_the_service_has_a_russian_one(page: Page) -> None:
    labels = await page.evaluate("() => import('/static/js/labels.js').then((module) => ({...module}))")
    assert set(Intent) <= set(labels["INTENTS"])
    assert set(State) <= set(labels["STATES"])
    assert set(VisitStatus) <= set(labels["VISITS"])
    assert set(RequestKind) <= set(labels["REQUESTS"])
    assert set(TaskKind) <= set(labels["TASKS"])
    assert set(AttemptResult) <= set(labels["RESULTS"])
    fields = {name for form in load_script("inbound").requests.values() for name in form.fields}
    assert fields <= set(labels["SLOTS"])
    reasons = {word for file in SHIPPED.rglob("*.yml") for word in REASON.findall(file.read_text(encoding="utf-8"))}
    assert "not_needed" in reasons
    assert reasons <= set(labels["REASONS"])
    assert {"line", "database", "redis", "recogniser", "voice", "understanding", "foreign"} == set(labels["PARTS"])
