"""A real browser, and a register with dossiers in every state for its pages."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from app import clock
from app.domain.localtime import local_date
from app.loading.demo import guide_for
from app.loading.simulation.service import simulate
from app.loading.simulation.timing import Rates
from tests.support.database_access import open_database

# For closed networks, and with a fake camera.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
# High rates, so that each state has a dossier.
_LIVELY = Rates(online=0.4, longest_review=1800, early=0.35, lateness=12, longest_delay=15, supplement=0.15)
SIZES = {360: 740, 768: 1024, 1366: 768, 1920: 1080}


def chromium() -> str:
    """The path of the system's browser. Without one the test is skipped, or fails if REQUIRE_BROWSER is set."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("REQUIRE_BROWSER is set, and no Chromium is installed (Debian: apt install chromium).")
        pytest.skip("No Chromium is installed: the pages are not tried in a browser (Debian: apt install chromium).")
    return path


def filled(url: str) -> dict[str, str]:
    """Adds dossiers to a database that has the reference data. Returns codes by state, as in the demonstration."""
    return asyncio.run(_fill(url))


async def _fill(url: str) -> dict[str, str]:
    now = clock.now()
    today = local_date(now)
    database = await open_database(url)
    try:
        begin = today - timedelta(days=40)
        await simulate(database, dossiers=250, start=begin, end=today, seed=5, now=now, rates=_LIVELY)
        return (await guide_for(database, now)).codes
    finally:
        await database.close()


@contextmanager
def running_browser(executable: str, profile: Path) -> Iterator[Browser]:
    """A running browser until the context ends; `profile` is an empty folder for its files."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*_FLAGS, f"--disk-cache-dir={profile}"])
        try:
            yield browser
        finally:
            browser.close()


def _is_failure(message: ConsoleMessage) -> bool:
    # Tests cause error responses and interrupted connections. Violations of the content security policy are failures.
    return message.type == "error" and not message.text.startswith("Failed to load resource")


@contextmanager
def window(browser: Browser, address: str, width: int, language: str = "vi", *, scripts: bool = True) -> Iterator[Page]:
    """A page in a new window. Script errors and violations of the page's policy fail the test at the end."""
    context: BrowserContext = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": SIZES[width]},
        locale={"vi": "vi-VN", "en": "en-GB"}[language],
        java_script_enabled=scripts,
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text) if _is_failure(message) else None)
    try:
        yield page
        assert failures == []
    finally:
        context.close()
