"""What a registrar sees: one screen without scrolling, live words, lists, empty states, contrast."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from page_service import Registry, Shot, a_live_call
from playwright.async_api import Page, Route, expect

from bot.domain.events import DeskChanged, DeskPart, WordsHeard
from bot.domain.task import TaskStatus
from bot.web import sample
from bot.web.ports import Condition, PartHealth

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CONTRAST = """() => {
  const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility() || node.closest(":disabled")) continue;
    const pair = [light(numbers(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${walker.currentNode.textContent.trim()}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("height", [768, 625], ids=["whole_screen", "under_a_browser's_bars"])
async def test_everything_vital_is_on_one_screen(page: Page, shot: Shot, height: int) -> None:
    await page.set_viewport_size({"width": 1366, "height": height})
    await expect(page.locator(".visit")).to_have_count(9)
    await expect(page.locator(".past tr[data-call]")).to_have_count(12)
    await expect(page.locator(".do")).to_have_count(6)
    assert await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
        1366,
        height,
    ]
    for panel in ("live", "past", "visits", "todo", "patient"):
        box = await page.locator(f".panel.{panel}").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= 1366
    await expect(page.get_by_placeholder("Например: к лору на завтра")).to_be_in_viewport()
    await shot(page, f"first-{height}")


async def test_it_speaks_russian_forms_in_the_clinics_time_zone(page: Page) -> None:
    await expect(page.locator("#clock")).to_contain_text("23.11.2026 10:0")
    await expect(page.locator("#visits-count")).to_have_text("9 приёмов")
    await expect(page.locator("#todo-count")).to_have_text("6 дел")
    next_visit = page.locator(".visit:not(.over)").first
    await expect(next_visit).to_contain_text("10:20")
    await expect(next_visit).to_contain_text("Смирнова Ольга Викторовна, 62 года")
    await expect(next_visit).to_contain_text("лор, Гончаренко П.\u00a0И.")
    await expect(next_visit.locator(".badge")).to_have_text("подтверждён")
    await expect(page.locator(".visit.no_show .badge")).to_have_text("неявка")
    first = page.locator(".do").first
    await expect(first).to_contain_text("+7 (960) 000-11-22")
    await expect(first.locator(".kind")).to_contain_text("пора")
    promised = page.locator(".do").nth(2)
    await expect(promised).to_contain_text("причина: лист ожидания")
    await expect(promised.locator(".field")).to_have_count(2)
    await expect(page.locator("tr[data-call=c0]")).to_contain_text("лор, 24.11.2026 10:20")
    await expect(page.locator("tr[data-call=c0]")).to_contain_text("+7 (•••) •••-67-89")


async def test_every_status_has_a_mark_and_a_word(page: Page) -> None:
    await expect(page.locator(".past tr[data-call]")).to_have_count(12)
    badges = page.locator(".badge")
    assert await badges.count() > 20
    for index in range(await badges.count()):
        assert await badges.nth(index).locator("svg use").count() == 1
        assert (await badges.nth(index).inner_text()).strip()


async def test_nothing_is_too_pale_to_read(page: Page, registry: Registry) -> None:
    await registry.journal.start(a_live_call())
    for turn in sample.call("now", begun=sample.NOW, caller="").turns[:4]:
        await registry.journal.turn("now", turn)
    await registry.events.publish(WordsHeard(call_id="now", text="смирнова", final=False))
    await expect(page.locator(".live .partial")).to_be_visible()
    assert await page.evaluate(CONTRAST) == []
    await page.locator("tr[data-call=c0] .open").click()
    await expect(page.locator("#record .turn")).to_have_count(10)
    assert await page.evaluate(CONTRAST) == []


async def test_words_arrive_grey_and_become_a_turn(page: Page, registry: Registry, shot: Shot) -> None:
    await expect(page.locator("#live")).to_contain_text("Сейчас никто не звонит")
    turns = sample.call("now", begun=sample.NOW, caller="").turns
    await registry.journal.start(a_live_call())
    await expect(page.locator(".line")).to_contain_text("+7 (•••) •••-67-89")
    await registry.journal.turn("now", turns[0])
    await registry.events.publish(WordsHeard(call_id="now", text="здравствуйте запи", final=False))
    partial = page.locator(".live .turn.partial")
    await expect(partial).to_contain_text("здравствуйте запи")
    await registry.events.publish(WordsHeard(call_id="now", text="здравствуйте запишите меня", final=False))
    await expect(partial).to_contain_text("запишите меня")
    await shot(page, "live-words")
    await registry.journal.turn("now", turns[1])
    await expect(partial).to_have_count(0)
    said = page.locator(".live .turn.caller")
    await expect(said).to_contain_text("к лору на завтра")
    await expect(said.locator(".chip")).to_have_text("запись 97 %")
    bot, patient = await page.locator(".live .turn.bot").bounding_box(), await said.bounding_box()
    assert bot is not None
    assert patient is not None
    assert bot["x"] < patient["x"], "the bot left, the patient right"
    await expect(page.locator(".live .turn.bot .chip")).to_have_text("слушает просьбу")


async def test_a_call_that_begins_while_the_list_is_read_is_kept(page: Page, registry: Registry) -> None:
    held: list[Route] = []
    await page.route("**/api/live", lambda route: held.append(route))
    await page.reload()
    await expect(page.locator(".visit")).to_have_count(9)
    await registry.journal.start(a_live_call())
    await expect(page.locator(".line")).to_have_count(1)
    await held[0].fulfill(json={"calls": []})
    await expect(page.locator(".line")).to_have_count(1)
    await registry.journal.turn("now", sample.call("now", begun=sample.NOW, caller="").turns[0])
    await expect(page.locator(".live .turn")).to_have_count(1)


async def test_a_turn_told_twice_is_shown_once(page: Page, registry: Registry) -> None:
    turns = sample.call("now", begun=sample.NOW, caller="").turns
    await registry.journal.start(a_live_call())
    await registry.journal.turn("now", replace(turns[0], timings={}))
    await registry.journal.turn("now", turns[1])
    await registry.journal.turn("now", replace(turns[0], timings={"voice": 40.0}))
    await expect(page.locator(".live .turn")).to_have_count(2)
    await expect(page.locator(".live .turn").first).to_contain_text("Чем могу помочь")


async def test_an_ended_call_goes_to_the_past(page: Page, registry: Registry) -> None:
    await registry.journal.start(a_live_call(minutes=2))
    await expect(page.locator("#live-count")).to_have_text("1 звонок")
    await registry.journal.end(
        "now", sample.NOW + timedelta(seconds=30), {"outcome": "transferred", "reason": "complaint"}
    )
    await expect(page.locator("#live")).to_contain_text("Сейчас никто не звонит")
    newest = page.locator(".past tr[data-call]").first
    await expect(newest).to_contain_text("Передан человеку")
    await expect(newest).to_contain_text("жалоба")


async def test_two_calls_are_told_apart_and_the_chosen_one_stays(page: Page, registry: Registry, shot: Shot) -> None:
    await registry.journal.start(a_live_call("first", "+79161112233", minutes=3))
    await registry.journal.start(a_live_call("second", "+79270004455"))
    first = page.locator(".line[data-call=first]")
    await first.click()
    await expect(first).to_have_attribute("aria-pressed", "true")
    turns = sample.call("", begun=sample.NOW, caller="").turns
    await registry.journal.turn("second", turns[4])
    await registry.journal.turn("first", turns[0])
    await expect(page.locator(".live .turn")).to_have_count(1)
    await expect(page.locator(".live .turn")).to_contain_text("Чем могу помочь")
    await expect(page.locator(".line[data-call=second] .chip")).to_have_text("ФИО")
    await expect(first).to_be_focused()
    await shot(page, "two-calls")


async def test_the_desk_hears_of_changes(page: Page, registry: Registry) -> None:
    await expect(page.locator(".visit")).to_have_count(9)
    registry.desk.visits = registry.desk.visits[:2]
    await registry.events.publish(DeskChanged(what=DeskPart.VISITS))
    await expect(page.locator(".visit")).to_have_count(2)
    await expect(page.locator("#visits-count")).to_have_text("2 приёма")
    registry.desk.requests = registry.desk.tasks = ()
    await registry.events.publish(DeskChanged(what=DeskPart.REQUESTS))
    await registry.events.publish(DeskChanged(what=DeskPart.TASKS))
    await expect(page.locator("#todo")).to_contain_text("Всё сделано")


async def test_an_empty_day_says_what_to_do_next(registry: Registry, page: Page, shot: Shot) -> None:
    registry.desk.visits = registry.desk.requests = registry.desk.tasks = ()
    registry.journal.forget()
    await page.reload()
    await expect(page.locator("#visits")).to_contain_text("На сегодня приёмов нет")
    await expect(page.locator("#todo")).to_contain_text("появятся здесь")
    await expect(page.locator("#past")).to_contain_text("Звонков ещё не было")
    await expect(page.locator("#live")).to_contain_text("Позвоните на sip:bot@127.0.0.1:5060")
    await shot(page, "empty")


async def test_a_part_that_is_down_is_named(registry: Registry, page: Page) -> None:
    registry.health.parts = (PartHealth(name="line", condition=Condition.DOWN, detail="Запустите Asterisk"),)
    await page.reload()
    part = page.locator("#health .badge")
    await expect(part).to_have_text("Линия: не работает")
    await expect(part).to_have_attribute("title", "не работает. Запустите Asterisk")


async def test_calls_of_earlier_days_stand_under_their_date(registry: Registry, page: Page) -> None:
    registry.clock.advance(timedelta(days=1))
    await page.reload()
    await expect(page.locator(".past .day")).to_have_text(["пн 23.11.2026"])


async def test_words_of_callers_are_never_read_as_html(page: Page, registry: Registry) -> None:
    turn = replace(sample.call("now", begun=sample.NOW, caller="").turns[1], text="<img src=x onerror=alert(1)>")
    await registry.journal.start(a_live_call())
    await registry.journal.turn("now", turn)
    await expect(page.locator(".live .words")).to_have_text("<img src=x onerror=alert(1)>")
    assert await page.locator(".live img").count() == 0


async def test_what_becomes_overdue_is_seen_within_a_minute(page: Page, registry: Registry) -> None:
    await page.clock.install(time=sample.NOW)
    soon = sample.NOW + timedelta(minutes=1)
    registry.desk.tasks = (replace(sample.tasks()[2], status=TaskStatus.PENDING, due_at=soon),)
    await page.reload()
    task = page.locator(".do", has_text="+7 (927) 000-44-55")
    await expect(task).to_contain_text("ждёт")
    registry.clock.advance(timedelta(minutes=2))
    await page.clock.fast_forward("02:00")
    await expect(task).to_contain_text("пора")
