"""The pages behind links in messages, in a browser without JavaScript: on a phone, and on a registry's screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from aiohttp import web
from page_service import Shot
from playwright.async_api import Browser, Page, expect
from test_page import CONTRAST

from bot.web.patient_pages.app import add_patient_pages
from bot.web.patient_pages.ports import BillState
from tests.unit.web.patient_pages.patients_desk import BILL, TOKEN, VISIT, PatientsDesk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SIZES = [(390, 844), (1366, 768)]
WIDEST_FINGER = 48
"""CSS pixels: what a shaking finger still hits."""


@dataclass
class Links:
    """The pages, served; `desk` is changed by a test."""

    desk: PatientsDesk
    url: str = ""


@pytest_asyncio.fixture(loop_scope="session")
async def links() -> AsyncIterator[Links]:
    desk = PatientsDesk()
    app = web.Application()
    add_patient_pages(app, desk.pages(offer_url="https://clinic.example/offer"))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Links(desk=desk, url=f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


@pytest_asyncio.fixture(params=SIZES, ids=["phone", "desk"], loop_scope="session")
async def plain(request: pytest.FixtureRequest, browser: Browser) -> AsyncIterator[Page]:
    """A page without JavaScript of this size; what breaks the pages' own policy fails the test."""
    width, height = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="ru-RU", java_script_enabled=False
    )
    page = await context.new_page()
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if "Content Security" in told.text else None)
    yield page
    await context.close()
    assert faults == []


async def whole(page: Page) -> None:
    """Nothing sticks out at the side, everything is readable, and the number to phone is in sight."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    assert await page.evaluate(CONTRAST) == []
    await expect(page.get_by_role("link", name="+7 (495)")).to_be_in_viewport()


async def test_a_patient_pays(plain: Page, links: Links, shot: Shot) -> None:
    size = f"{plain.viewport_size['width']}" if plain.viewport_size else ""
    await plain.goto(f"{links.url}/pay/{TOKEN}")
    await whole(plain)
    await shot(plain, f"pay-{size}")
    button = plain.get_by_role("button", name="Оплатить")
    box = await button.bounding_box()
    assert box
    assert box["height"] >= WIDEST_FINGER
    await button.click()
    await expect(plain.get_by_role("heading", name="Спасибо, оплачено")).to_be_visible()
    await whole(plain)
    await shot(plain, f"paid-{size}")
    await plain.reload()
    assert links.desk.paid == 1
    links.desk.current = replace(BILL, state=BillState.VOID)
    await plain.reload()
    await expect(plain.get_by_role("heading", name="Ссылка больше не действует")).to_be_visible()
    await whole(plain)
    await shot(plain, f"pay-over-{size}")


async def test_a_patient_rates_by_the_keyboard_alone(plain: Page, links: Links, shot: Shot) -> None:
    size = f"{plain.viewport_size['width']}" if plain.viewport_size else ""
    await plain.goto(f"{links.url}/rate/{TOKEN}")
    await whole(plain)
    for key in ("Tab", "Space", "ArrowRight", "ArrowRight", "ArrowRight"):
        await plain.keyboard.press(key)
    await expect(plain.get_by_role("radio", name="4 из 5, хорошо")).to_be_checked()
    await plain.keyboard.press("Tab")
    await plain.keyboard.type("Спасибо доктору")
    await shot(plain, f"rate-{size}")
    await plain.keyboard.press("Tab")
    await plain.keyboard.press("Enter")
    await expect(plain.get_by_role("heading", name="Спасибо!")).to_be_visible()
    await whole(plain)
    await shot(plain, f"rated-{size}")
    assert links.desk.ratings == [(4, "Спасибо доктору")]
    links.desk.rated = replace(VISIT, open=False)
    await plain.reload()
    await expect(plain.get_by_role("heading", name="Этот приём уже нельзя оценить")).to_be_visible()


async def test_a_star_is_big_enough_for_a_finger(plain: Page, links: Links) -> None:
    await plain.goto(f"{links.url}/rate/{TOKEN}")
    for star in await plain.locator(".stars label").all():
        box = await star.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= WIDEST_FINGER
    await plain.locator(".stars label").nth(2).click()
    await expect(plain.get_by_role("radio", name="3 из 5")).to_be_checked()
