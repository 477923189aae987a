"""A real browser over a running service whose register has dossiers in every state, made once for a module's tests."""

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
from tests.support.keyed import open_database

# What works on closed networks, and fakes a camera.
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
# Much is late and much waits, so that each state has a dossier.
_LIVELY = Rates(online=0.4, longest_review=1800, early=0.35, lateness=12, longest_delay=15, supplement=0.15)
SIZES = {360: 740, 768: 1024, 1366: 768, 1920: 1080}


def chromium() -> str:
    """Where the system's browser is; skips where there is none, but fails where REQUIRE_BROWSER is set."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("REQUIRE_BROWSER is set, and no Chromium is installed (Debian: apt install chromium).")
        pytest.skip("No Chromium is installed: the pages are not tried in a browser (Debian: apt install chromium).")
    return found


def filled(url: str) -> dict[str, str]:
    """Fills a database that has the reference data; codes of dossiers by what they show, as the demonstration's."""
    return asyncio.run(_filled(url))


async def _filled(url: str) -> dict[str, str]:
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
    """The browser, closed when the context is left; `profile` is an empty folder for what it writes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*_FLAGS, f"--disk-cache-dir={profile}"])
        try:
            yield browser
        finally:
            browser.close()


def _is_failure(said: ConsoleMessage) -> bool:
    # Refusals are asked for, and lines cut; but nothing that the pages' own policy refuses.
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@contextmanager
def window(browser: Browser, address: str, width: int, language: str = "vi", *, scripts: bool = True) -> Iterator[Page]:
    """A page of a new window; fails when it is closed if anything was refused or failed in it."""
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
    page.on("console", lambda said: failures.append(said.text) if _is_failure(said) else None)
    try:
        yield page
        assert failures == []
    finally:
        context.close()
