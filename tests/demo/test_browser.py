"""The page as it is used: in a browser, by pressing and typing."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, ViewportSize, async_playwright, expect
from playwright.async_api import TimeoutError as NotThere

from tests.demo.conftest import Demo

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BESIDE = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=360, height=740)
BEFORE = ["consent=agree", "safe_now=yes", "who=self", "custody=police"]
AFTER = ["where=almaty", "detained_since=today", "papers=protocol", "papers=-done", "date_protocol=today"]
AFTER += ["event=unknown", "contact=bot"]
PATIENCE = 60_000  # milliseconds: machines that run tests are slow
ONLY = {"resultTypes": ["violations"]}
TYPED = {
    "ru": ("<b>Анна</b>, сестра из Уральска", "Адвокат уже едет к вам"),
    "kk": ("<i>Анам</i>, Оралда тұрады", "Адвокат сізге келе жатыр"),
    "en": ("<img src=x> Anna, my sister in Oral", "A lawyer is on the way"),
}
BEGINNING = {"ru": "Начать", "kk": "Бастау", "en": "Start"}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The Chromium of this machine; nothing is downloaded for it."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing = f"no browser here, looked for: {', '.join(BROWSERS)}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path)
        yield chromium
        await chromium.close()


class Visitor:
    """Somebody at the page, and whatever went wrong while they were there."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", self._failed)
        page.on("request", self._asked)

    async def press(self, role: str, choice: str) -> None:
        """A button by the data it sends, in whatever language it is."""
        await self.page.locator(f'#{role} .key[value^="{choice}"]').last.click()

    async def write(self, role: str, words: str) -> None:
        field = self.page.locator(f"#{role} textarea")
        await field.fill(words)
        await field.press("Enter")

    async def reads(self, role: str, words: str) -> None:
        await expect(self.page.locator(f"#{role} .log")).to_contain_text(words)

    async def opens(self, choice: str, words: str) -> None:
        """Presses until the words stand there: what is pressed may go for a message that rings in that very moment."""
        read = self.page.locator("#person .log").get_by_text(words)
        key = self.page.locator(f'#person .key[value="{choice}"]').last
        async with asyncio.timeout(PATIENCE / 1000):
            while not await read.count():
                with suppress(NotThere):
                    await key.click(timeout=2000)
                await self.page.wait_for_timeout(500)

    async def barriers(self) -> list[str]:
        """What axe finds that keeps somebody out."""
        found: list[dict[str, Any]] = (await Axe().run(self.page, options=ONLY)).response["violations"]
        return [
            f"{one['id']}: {[node['target'] for node in one['nodes']]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _failed(self, error: Error) -> None:
        self.faults.append(error.message)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self.address):
            self.faults.append(f"asked {request.url}")


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
async def test_a_whole_case_in_the_browser(browser: Browser, demo: Demo, language: str) -> None:
    """A critical intake, the process killed in its midst; the alert taken, a message back, a rotation: by clicking.

    What is typed is never markup and stands nowhere on the disk, nothing is asked of anybody else, and nobody is kept
    out, neither in light nor in dark, neither at a desk nor on a phone.
    """
    typed, reply = TYPED[language]
    expect.set_options(timeout=PATIENCE)
    context = await browser.new_context(locale=language, viewport=BESIDE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    at = Visitor(page, demo.address)
    await page.goto(demo.address)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await expect(page.locator("#person select")).to_have_value(language)
    for role in ("coordinator", "admin"):
        await at.press(role, f"language={language}")

    start = page.locator("#person .start")
    await expect(start).to_have_text(BEGINNING[language])
    await start.click()
    for choice in BEFORE:
        await at.press("person", choice)
    await page.locator('#person .key[value="where=almaty"]').wait_for()
    await page.locator(".kill").click()
    await expect(page.locator(".state")).to_have_attribute("data-kills", "1")
    for choice in AFTER:
        await at.press("person", choice)
    await at.write("person", typed)
    await at.press("person", "offer=send")
    await expect(page.locator("#person .words")).to_have_count(1)
    assert typed not in await page.locator("#person .log").inner_text()

    await at.press("coordinator", "take=")
    await at.reads("coordinator", typed)
    await at.press("coordinator", "write=")
    await at.write("coordinator", reply)
    await at.press("coordinator", "send=")
    await at.opens("letter=show", reply)

    await at.write("admin", "/rotate")
    await expect(page.locator("#admin .message:not(.mine)")).to_have_count(2)

    found = page.locator("#disk .found li")
    await expect(found).to_have_count(2)
    await expect(found.locator("strong.good")).to_have_count(2)
    await page.locator("#sought").fill("SQLite format 3")
    await page.locator("#sought").press("Enter")
    await expect(page.locator("#disk .answer strong.bad")).to_have_count(1)

    assert await at.barriers() == []
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await page.set_viewport_size(PHONE)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for number in range(4):
        await page.locator("#tabs button").nth(number).click()
        assert await at.barriers() == []
    assert at.faults == []
    await context.close()
