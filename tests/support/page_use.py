"""Use of a page by keyboard, and its accessibility by axe-core."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

_AXE = Axe()
# These include rules of best practice.
_OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


def wrong_with(page: Page) -> list[str]:
    """Violations that axe-core finds, and content wider than the window."""
    violations = _AXE.run(page, options=_OPTIONS).response["violations"]
    wrong = [f"{rule['id']}: {[node['html'] for node in rule['nodes']][:3]}" for rule in violations]
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*wrong, *([f"{width} pixels too wide"] if width else [])]


def entered(page: Page) -> None:
    """Presses Enter, and waits for the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def reached(page: Page, target: Locator) -> None:
    """Presses Tab until the target has the focus, which must always be visible."""
    for _press in range(150):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    pytest.fail(f"{target} cannot be reached by keyboard")


def typed(page: Page, field: str, text: str) -> None:
    """Moves to a field by keyboard, and types the text."""
    reached(page, page.locator(field))
    page.keyboard.type(text)
