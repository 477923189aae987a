"""Tests the public pages in Chromium: widths, accessibility, keyboard, and no scripts."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from app.database import Database
from app.dossiers.rating_keys import RatingKeys
from tests.support.browsing import chromium, filled, running_browser, window
from tests.support.database_access import in_database
from tests.support.databases import SqliteDatabases
from tests.support.live import live_server
from tests.support.page_use import wrong_with
from tests.support.reference import seed


class Scene(NamedTuple):
    """A browser, the service's address, codes of dossiers by what they show, and the keys of their slips."""

    browser: Browser
    address: str
    codes: dict[str, str]
    keys: dict[str, str]

    def pages(self) -> list[str]:
        """An address of every kind of page, in each state."""
        return [
            "/",
            f"/d/{self.codes['returned']}",
            *(f"/d/{code}?key={self.keys[state]}" for state, code in self.codes.items()),
            f"/d/{self.codes['overdue']}/days",
            "/d?code=nothing",
            "/procedures?q=khai",
            "/procedures/1.004837?at=2026-02-12T09:00&channel=counter",
            "/procedures/1.004837?print=1",
            "/board",
            "/board?by=office&sort=name",
            "/board?wall=1",
            "/board?period=never",
            "/board/lateness?by=procedure",
            "/status",
            "/seals",
        ]


@pytest.fixture(scope="module")
def scene(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    executable = chromium()
    url = sqlite_databases.create()
    seed(url)
    codes = filled(url)
    assert set(codes) == {"open", "overdue", "suspended", "returned"}
    keys = in_database(url, rating_keys)
    profile = tmp_path_factory.mktemp("browser")
    with (
        live_server(url, lookup_rate="0", lookup_misses="0") as address,
        running_browser(executable, profile) as browser,
    ):
        yield Scene(browser, address, codes, {state: keys.of(code) for state, code in codes.items()})


async def rating_keys(database: Database) -> RatingKeys:
    keys = RatingKeys()
    await keys.ready(database)
    return keys


@pytest.mark.parametrize(("width", "language"), [(360, "vi"), (768, "vi"), (1920, "en")])
def test_every_page_fits_and_is_accessible(scene: Scene, width: int, language: str) -> None:
    wrong = {}
    with window(scene.browser, scene.address, width, language) as page:
        for address in scene.pages():
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == language
            wrong[address] = wrong_with(page)
    assert {address: faults for address, faults in wrong.items() if faults} == {}


def test_a_dossier_is_found_by_keyboard_alone(scene: Scene) -> None:
    code = scene.codes["overdue"]
    with window(scene.browser, scene.address, 768) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Mã hồ sơ")).to_be_focused()
        page.keyboard.type(code.lower().replace("-", " - "))
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/d/{code}")
        expect(page.locator("summary")).to_have_count(0)
        page.goto(f"/d/{code}?key={scene.keys['overdue']}")
        assert page.url.endswith(f"/d/{code}"), "the key has left the address"
        assert "xin lỗi" in page.inner_text("main").lower()
        summary = page.locator("summary")
        while not summary.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Tab")
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        expect(page.locator(".days")).to_be_hidden()
        page.keyboard.press("Enter")
        expect(page.locator(".days")).to_be_visible()


def test_all_pages_work_without_scripts(scene: Scene) -> None:
    with window(scene.browser, scene.address, 360, scripts=False) as page:
        page.goto("/")
        expect(page.locator("[data-scan]")).to_be_hidden()
        page.fill("#code", scene.codes["open"])
        page.get_by_role("button", name="Tra cứu").click()
        page.wait_for_url("**/d/0*")
        page.fill("#proof", scene.keys["open"])
        page.get_by_role("button", name="Xem chi tiết").click()
        page.locator("summary").click()
        expect(page.locator(".days tr").nth(1)).to_be_visible()
        page.get_by_role("link", name="Thủ tục").click()
        page.fill("#q", "giam ho")
        page.get_by_role("button", name="Tìm").click()
        page.get_by_role("link", name="Thủ tục đăng ký giám hộ").first.click()
        page.fill("#at", "2026-02-12T09:00")
        page.get_by_role("button", name="Tính ngày hẹn").click()
        expect(page.locator("#due .big")).to_have_text("Thứ Ba, 24/02/2026")
        page.get_by_role("link", name="Tình hình giải quyết").click()
        page.get_by_role("link", name="Tiếp nhận").click()
        expect(page.locator("th[aria-sort=descending]")).to_contain_text("Tiếp nhận")
        page.get_by_role("link", name="English").click()
        expect(page.locator("h1")).to_have_text("Punctuality")
        page.get_by_role("link", name="Look up").click()
        expect(page.locator("h1")).to_have_text("Where is your dossier?")


def test_the_camera_reads_the_code_of_a_slip(scene: Scene) -> None:
    code = scene.codes["returned"]
    detector = """
        window.BarcodeDetector = class {
            static async getSupportedFormats() { return ["qr_code"]; }
            async detect() { return [{ rawValue: "https://motcua.example/d/CODE?key=KEY" }]; }
        };
    """
    with window(scene.browser, scene.address, 360) as page:
        page.add_init_script(detector.replace("CODE", code).replace("KEY", scene.keys["returned"]))
        page.goto("/")
        page.get_by_role("button", name="Quét mã QR").click()
        page.wait_for_url(f"**/d/{code}")
        expect(page.locator("ol.steps")).to_be_visible()


def test_the_hall_display_reloads_every_minute_and_survives_a_lost_network(scene: Scene) -> None:
    with window(scene.browser, scene.address, 1920) as page:
        page.clock.install()
        page.goto("/board?wall=1")
        page.context.set_offline(True)
        page.clock.fast_forward(61_000)
        expect(page.locator(".tall")).to_be_visible()
        page.context.set_offline(False)
        with page.expect_navigation():
            page.clock.fast_forward(61_000)
        expect(page.locator(".tall")).to_be_visible()
