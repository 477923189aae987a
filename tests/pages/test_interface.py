"""The page that describes the interface to programmers: Redoc, from the package's own files."""

import hashlib
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from app.database import schema
from tests.conftest import NOW
from tests.support.browsing import chromium, running_browser, window
from tests.support.client import Client
from tests.support.databases import SqliteDatabases
from tests.support.live import live_server

STATIC = files("app.web.public").joinpath("static")
# As npm's package redoc 2.5.4 has it (docs/decisions/0002-dependencies.md).
SHA256 = "dcaf76612bc4a3fbcc923a8966dee2f6146a5f32e5ce1b6f02dd60cbbf89500b"


# Milliseconds until all operations are drawn, at most.
PATIENCE = 60_000


class Scene(NamedTuple):
    """A browser and the service's address."""

    browser: Browser
    address: str


@pytest.fixture(scope="module")
def scene(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    executable = chromium()
    url = sqlite_databases.create()
    schema.upgrade(url)
    with live_server(url) as address, running_browser(executable, tmp_path_factory.mktemp("browser")) as browser:
        yield Scene(browser, address)


def test_redoc_is_the_published_file_with_its_licences() -> None:
    assert hashlib.sha256(STATIC.joinpath("redoc.standalone.js").read_bytes()).hexdigest() == SHA256
    assert "MIT License" in STATIC.joinpath("redoc.LICENSE.txt").read_text()
    assert "DOMPurify" in STATIC.joinpath("redoc.standalone.js.LICENSE.txt").read_text()


def test_the_page_may_load_nothing_from_elsewhere(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        answer = client.get("/docs")
        loaded = re.findall(r'(?:src|<link [^>]*href)="([^"]*)"', answer.text)
        assert len(loaded) == 3
        script = client.get(next(address for address in loaded if "redoc" in address))
        assert client.get("/docs/oauth2-redirect").status_code == 404
    assert all(re.fullmatch(r"/static/[\w.-]+", address) for address in loaded)
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert b"cdn.redoc" not in script.content
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "https:" not in policy
    assert answer.headers["content-language"] == "en"


def test_it_shows_fields_and_samples_and_loads_nothing_else(scene: Scene) -> None:
    with window(scene.browser, scene.address, 1920) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/docs")
        receipt = page.locator("[id='tag/dossiers/operation/receiveDossier']")
        expect(receipt).to_be_visible(timeout=PATIENCE)
        receipt.scroll_into_view_if_needed()
        expect(receipt.get_by_text("/api/v1/dossiers", exact=True).first).to_be_visible()
        expect(receipt.get_by_text("Idempotency-Key", exact=True).first).to_be_visible()
        expect(receipt.locator("td", has_text="receiving_unit").first).to_be_visible()
        expect(receipt.get_by_text("Request samples")).to_be_visible()
        expect(receipt.get_by_text("049185001234").first).to_be_visible()
    elsewhere = [url for url in asked if not url.removeprefix("blob:").startswith(scene.address)]
    assert asked
    assert elsewhere == []


def test_its_search_finds_operations(scene: Scene) -> None:
    with window(scene.browser, scene.address, 1920) as page:
        page.goto("/docs")
        page.get_by_placeholder("Search...").fill("webhook", timeout=PATIENCE)
        results = page.locator("[data-role='search:results'] [role=menuitem]")
        expect(results.first).to_be_visible(timeout=PATIENCE)
        assert any("webhook" in text.lower() for text in results.all_inner_texts())
        results.first.click()
        expect(page).to_have_url(re.compile(r"#(tag|operation)/"))


def test_it_fits_a_phone(scene: Scene) -> None:
    with window(scene.browser, scene.address, 360) as page:
        page.goto("/docs")
        expect(page.locator("h1", has_text="Motcua")).to_be_visible(timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_there_is_the_document(scene: Scene) -> None:
    with window(scene.browser, scene.address, 1920, scripts=False) as page:
        page.goto("/docs")
        expect(page.get_by_role("link", name="the OpenAPI document")).to_have_attribute("href", "/openapi.json")
