"""Use of a page in a browser: by keyboard, and as axe-core judges it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

_AXE = Axe()
# Rules of best practice are among them.
_OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


def wrong_with(page: Page) -> list[str]:
    """What axe-core finds, and what does not fit into the window."""
    found = _AXE.run(page, options=_OPTIONS).response["violations"]
    wrong = [f"{one['id']}: {[node['html'] for node in one['nodes']][:3]}" for one in found]
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*wrong, *([f"{width} pixels too wide"] if width else [])]


def entered(page: Page) -> None:
    """Enter, and the page to which it leads."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def reached(page: Page, wanted: Locator) -> None:
    """Tab, until the focus is there; it is seen wherever it is on its way."""
    for _press in range(150):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    pytest.fail(f"{wanted} is not reached by keyboard")


def typed(page: Page, field: str, text: str) -> None:
    """Goes to a field and writes."""
    reached(page, page.locator(field))
    page.keyboard.type(text)
