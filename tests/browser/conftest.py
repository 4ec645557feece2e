"""The page over its in-memory ports, in Debian's Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from page_service import FLAGS, Registry, Shot, chromium_path
from playwright.async_api import Browser, BrowserContext, Page, async_playwright


@pytest.fixture
def shot(pytestconfig: pytest.Config) -> Shot:
    return Shot(pytestconfig.rootpath / "build" / "screens")


@pytest_asyncio.fixture(loop_scope="session")
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    service = Registry(tmp_path)
    await service.start()
    yield service
    await service.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    opened = await browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="ru-RU", timezone_id="Asia/Vladivostok"
    )
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, registry: Registry) -> AsyncIterator[Page]:
    """The page, opened; any error of its scripts fails the test."""
    faults: list[str] = []
    opened = await context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    await opened.goto(registry.url)
    yield opened
    assert faults == []
