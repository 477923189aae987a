"""Takes the pictures of the pages from a running demonstration: `python -m tests.docs.pictures ADDRESS TOKEN`.

TOKEN is the one that the demonstration prints for SUPERVISOR_OF_ALL. Needs Chromium (Debian: `apt install chromium`).
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Browser, Page, ViewportSize

from tests.docs.markdown import ROOT
from tests.support.browsing import chromium, running_browser

_FOLDER = ROOT / "docs" / "images"


def main(address: str, token: str) -> None:
    """Writes one file for each picture of the README."""
    with TemporaryDirectory() as profile, running_browser(chromium(), Path(profile)) as browser:
        waiting, overdue = last_listed(address, token, clock="suspended"), last_listed(address, token, overdue="true")
        take(browser, f"{address}/d/{waiting}", "dossier", {"width": 360, "height": 780})
        take(browser, f"{address}/board?period=2021", "board", {"width": 1100, "height": 1000})
        take(browser, f"{address}/board?by=office&wall=1&period=2021", "wall", {"width": 1920, "height": 1080})
        take(browser, f"{address}/counter/d/{overdue}", "counter", {"width": 1280, "height": 800}, token)


def last_listed(address: str, token: str, **filters: str) -> str:
    """The code of the dossier that the work list shows last under the filters."""
    query = {**filters, "limit": "500"}
    answer = httpx.get(f"{address}/api/v1/dossiers", params=query, headers={"Authorization": f"Bearer {token}"})
    return str(answer.raise_for_status().json()["items"][-1]["code"])


def take(browser: Browser, address: str, name: str, size: ViewportSize, token: str = "") -> None:
    """Writes the picture of a page as it is seen first; with a token after signing in."""
    page = browser.new_page(viewport=size, locale="vi-VN")
    page.goto(address)
    if token:
        sign_in(page, token)
    page.screenshot(path=_FOLDER / f"{name}.png")
    page.close()


def sign_in(page: Page, token: str) -> None:
    """Signs in at the counter and opens the form that finishes a dossier."""
    page.locator("main details > summary").click()
    page.locator("#token").fill(token)
    page.locator("details form.panel button[type=submit]").click()
    page.locator("#do-finish > summary").click()


if __name__ == "__main__":
    main(*sys.argv[1:3])
