"""Tests the form of a rating in Chromium: keyboard, no scripts, widths, accessibility."""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsing import chromium, running_browser, window
from tests.support.databases import SqliteDatabases
from tests.support.live import live_server
from tests.support.page_use import entered, reached, typed, wrong_with
from tests.support.reference import seed, token_at

HERE = "20900"


class Scene(NamedTuple):
    """A browser, the service's address, and the token of a supervisor."""

    browser: Browser
    address: str
    token: str

    def returned(self) -> tuple[str, str]:
        """Code and rating key of a dossier that was just returned."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=f"{self.address}/api/v1", headers=headers) as client:
            body = {"procedure": "1.004837", "applicant": {"name": "Nguyễn Thị Hoa"}}
            made = client.post("/dossiers", json=body).raise_for_status().json()
            client.post(f"/dossiers/{made['code']}/finish", json={"outcome": "granted"}).raise_for_status()
            client.post(f"/dossiers/{made['code']}/return", json={"received_by": "Hoa"}).raise_for_status()
        return made["code"], made["rating_key"]


@pytest.fixture(scope="module")
def scene(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    executable = chromium()
    url = sqlite_databases.create()
    seed(url)
    token = token_at(url, "supervisor", HERE)
    profile = tmp_path_factory.mktemp("browser")
    with (
        live_server(url, lookup_rate="0", lookup_misses="0") as address,
        running_browser(executable, profile) as browser,
    ):
        yield Scene(browser, address, token)


def scored(page: Page, score: int) -> None:
    """Goes to the scores, and down to this score."""
    reached(page, page.locator("[name=score]").first)
    for _press in range(score - 1):
        page.keyboard.press("ArrowDown")
    expect(page.locator(f"[name=score][value='{score}']")).to_be_checked()


def sent(page: Page) -> None:
    """Goes to the button and presses it."""
    reached(page, page.locator("form.rate button"))
    entered(page)


@pytest.mark.parametrize(("width", "language"), [(360, "vi"), (768, "en"), (1920, "vi")])
def test_the_form_works_by_keyboard_and_without_scripts(scene: Scene, width: int, language: str) -> None:
    code, key = scene.returned()
    with window(scene.browser, scene.address, width, language, scripts=False) as page:
        page.goto(f"/d/{code}")
        scored(page, 4)
        typed(page, "#comment", "Hướng dẫn tận tình")
        page.keyboard.press("Enter")
        page.keyboard.type("x" * 990)
        typed(page, "#key", key.lower().replace("-", " "))
        sent(page)
        page.wait_for_url(f"**/d/{code}/thanks")
        expect(page.locator("h1")).to_contain_text({"vi": "Cảm ơn", "en": "Thank you"}[language])
    listed = httpx.get(f"{scene.address}/api/v1/ratings", headers={"Authorization": f"Bearer {scene.token}"}).json()
    rating = next(item for item in listed["items"] if item["code"] == code)
    assert (rating["score"], len(rating["comment"])) == (4, 1000), "as much as the field takes, with its line break"


@pytest.mark.parametrize(("width", "language"), [(360, "vi"), (768, "en"), (1920, "vi")])
def test_each_page_fits_and_is_accessible(scene: Scene, width: int, language: str) -> None:
    (code, key), (_other, wrong_key) = scene.returned(), scene.returned()
    wrong = {}
    with window(scene.browser, scene.address, width, language) as page:
        for name, typed_in in (("mistyped", "x"), ("another's", wrong_key), ("thanks", key), ("again", key)):
            page.goto(f"/d/{code}")
            wrong["form"] = wrong_with(page)
            page.check("[name=score][value='5']")
            page.fill("#key", typed_in)
            sent(page)
            wrong[name] = wrong_with(page)
    assert {where: faults for where, faults in wrong.items() if faults} == {}


def test_the_text_is_still_there_after_a_refusal_and_back(scene: Scene) -> None:
    code, key = scene.returned()
    with window(scene.browser, scene.address, 360) as page:
        page.goto(f"/d/{code}")
        scored(page, 2)
        page.fill("#comment", "Phải chờ lâu")
        page.fill("#key", "mistyped")
        sent(page)
        page.go_back()
        expect(page.locator("#comment")).to_have_value("Phải chờ lâu")
        expect(page.locator("[name=score][value='2']")).to_be_checked()
        page.fill("#key", key)
        sent(page)
        page.wait_for_url(f"**/d/{code}/thanks")


def test_each_score_is_in_line_with_its_words(scene: Scene) -> None:
    code, _key = scene.returned()
    with window(scene.browser, scene.address, 360) as page:
        page.goto(f"/d/{code}")
        for label in page.locator("form.rate fieldset label").all():
            box, dot = label.bounding_box(), label.locator("input").bounding_box()
            assert box is not None
            assert dot is not None
            assert box["height"] < 60, "one line, easy to hit"
            assert abs(box["y"] + box["height"] / 2 - dot["y"] - dot["height"] / 2) < 4
