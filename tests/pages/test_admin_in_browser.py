"""Tests the pages of administration in Chromium: widths, both languages, accessibility, and a use by keyboard."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsing import chromium, running_browser, window
from tests.support.databases import SqliteDatabases
from tests.support.live import live_server
from tests.support.page_use import entered, reached, typed, wrong_with
from tests.support.reference import seed, token_at

HOME = "/admin"


class Scene(NamedTuple):
    """A browser, the service's address, and the tokens of an administrator and of a clerk."""

    browser: Browser
    address: str
    token: str
    clerk: str


@pytest.fixture(scope="module")
def scene(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    executable = chromium()
    url = sqlite_databases.create()
    seed(url)
    token, clerk = token_at(url, "administrator", ""), token_at(url, "clerk", "20900")
    profile = tmp_path_factory.mktemp("browser")
    with live_server(url, lookup_rate="0") as address, running_browser(executable, profile) as browser:
        yield Scene(browser, address, token, clerk)


def signed_in(page: Page, token: str) -> None:
    page.goto(HOME)
    page.locator("main details > summary").click()
    page.fill("#token", token)
    entered(page)


@pytest.mark.parametrize(("width", "language"), [(360, "vi"), (768, "en"), (1920, "vi")])
def test_every_page_fits_and_is_accessible(scene: Scene, width: int, language: str) -> None:
    wrong = {}
    with window(scene.browser, scene.address, width, language) as page:
        signed_in(page, scene.clerk)
        wrong["refusal"] = wrong_with(page)
        page.context.clear_cookies()
        signed_in(page, scene.token)
        page.goto(f"{HOME}/people")
        page.locator("summary").first.click()
        for field, text in (("account", f"lan.{width}"), ("name", "Nguyễn Thị Lan")):
            page.fill(f"#add-{field}", text)
        page.select_option("#add-role", "clerk")
        page.locator("#do-add button").click()
        expect(page.locator("h1")).to_have_text("Nguyễn Thị Lan")
        person = page.url
        page.goto(f"{HOME}/units")
        unit = page.locator("tbody a").first.get_attribute("href")
        for path in (HOME, f"{HOME}/units", unit, f"{HOME}/procedures", f"{HOME}/procedures/1.004837"):
            wrong[str(path)] = opened(page, str(path))
        for path in (f"{HOME}/people", person, f"{HOME}/tokens", f"{HOME}/messages", f"{HOME}/units?parent=48"):
            wrong[path] = opened(page, path)
        page.goto(f"{HOME}/units")
        page.locator("summary").first.click()
        for field in ("code", "name", "type", "agency_identifier"):
            page.fill(f"#add-{field}", "a b")
        page.select_option("#add-kind", "office")
        page.locator("#do-add button").click()
        expect(page.locator("#add-code")).to_be_focused()
        wrong["refused"] = wrong_with(page)
    assert {where: faults for where, faults in wrong.items() if faults} == {}


def opened(page: Page, path: str) -> list[str]:
    """Faults of a page with all its forms unfolded."""
    page.goto(path)
    for summary in page.locator("summary").all():
        summary.evaluate("summary => { summary.parentElement.open = true; }")
    return wrong_with(page)


def test_a_department_is_added_by_keyboard(scene: Scene) -> None:
    with window(scene.browser, scene.address, 1366) as page:
        signed_in(page, scene.token)
        reached(page, page.get_by_role("link", name="Đơn vị", exact=True))
        entered(page)
        reached(page, page.locator("#do-add > summary"))
        page.keyboard.press("Enter")
        typed(page, "#add-code", "20900.9")
        typed(page, "#add-name", "Phòng Kinh tế")
        reached(page, page.locator("#add-kind"))
        for _choice in range(3):
            page.keyboard.press("ArrowDown")
        typed(page, "#add-type", "Phòng")
        typed(page, "#add-agency_identifier", "000.09.44.H17")
        entered(page)
        expect(page.locator("h1")).to_have_text("Phòng Kinh tế")
