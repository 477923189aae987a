"""Tests properties of all pages: language, caching, refusals, redirects, and escaped input."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.error_app import RAISED, asked
from tests.support.hostile_input import HOSTILE
from tests.support.page_text import read


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0, lookup_misses=0, address_rate=0) as client:
        yield client


class TestLanguage:
    def test_vietnamese_is_the_default(self, client: Client) -> None:
        assert read(client.get("/")).language == "vi"
        assert read(client.get("/", headers={"Accept-Language": "fr, en;q=0.1, vi;q=0.2"})).language == "vi"

    def test_the_preferred_language_of_the_browser_counts(self, client: Client) -> None:
        assert read(client.get("/", headers={"Accept-Language": "en-US,en;q=0.9"})).language == "en"

    def test_a_choice_is_stored_and_overrides_the_browser(self, client: Client) -> None:
        answer = client.get("/?lang=vi", headers={"Accept-Language": "en"})
        assert read(answer).language == "vi"
        assert answer.headers["set-cookie"].startswith("lang=vi; Path=/; Max-Age=")
        kept = client.get("/", headers={"Accept-Language": "en", "Cookie": "lang=vi"})
        assert read(kept).language == "vi"
        assert "set-cookie" not in kept.headers

    @pytest.mark.parametrize("chosen", ["fr", "", "en;q=1", "vi\u2028"])
    def test_an_unknown_language_is_ignored(self, client: Client, chosen: str) -> None:
        answer = client.get("/", params={"lang": chosen}, headers={"Cookie": "lang=xx"})
        assert read(answer).language == "vi"
        assert "set-cookie" not in answer.headers

    def test_the_switch_keeps_the_query(self, client: Client) -> None:
        page = read(client.get("/d", params={"code": "a&b", "lang": "en"}), 404)
        assert "?code=a%26b&lang=vi" in page.links

    def test_caches_keep_languages_apart(self, client: Client) -> None:
        assert client.get("/").headers["vary"] == "Accept-Language, Cookie, Accept-Encoding"


class TestCaching:
    def test_an_unchanged_page_is_not_sent_again(self, client: Client) -> None:
        code = received(client, client.token("supervisor"))["code"]
        first = client.get(f"/d/{code}")
        assert first.headers["cache-control"] == "private, no-cache"
        again = client.get(f"/d/{code}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = client.get(f"/d/{code}", headers={"If-None-Match": first.headers["etag"], "Accept-Language": "en"})
        assert other.status_code == 200

    def test_static_files_are_cached_for_ever(self, client: Client) -> None:
        for address in read(client.get("/")).loaded:
            answer = client.get(address)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert not answer.headers["content-type"].startswith("text/html")

    @pytest.mark.parametrize("name", ["motcua.css", "motcua-0000000000000000.css", "..%2Frouting.py", "x"])
    def test_other_static_files_are_unknown(self, client: Client, name: str) -> None:
        read(client.get(f"/static/{name}"), 404)

    def test_head_has_no_body(self, client: Client) -> None:
        answer = client.request("HEAD", "/")
        assert (answer.status_code, answer.content) == (200, b"")


class TestRefusals:
    def test_a_browser_gets_a_page_for_an_unknown_address(self, client: Client) -> None:
        answer = client.get("/nirgendwo", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert "Không có địa chỉ này" in read(answer, 404).title
        assert answer.headers["cache-control"] == "no-store"

    def test_a_program_gets_a_problem_for_an_unknown_address(self, client: Client) -> None:
        for path, accept in (
            ("/nirgendwo", "*/*"),
            ("/api/v1/nirgendwo", "text/html"),
            ("/api/v1/units/x", "text/html"),
        ):
            answer = client.get(path, headers={"Accept": accept})
            assert answer.headers["content-type"] == "application/problem+json"

    def test_another_method_is_refused_with_the_possible_ones(self, client: Client) -> None:
        answer = client.post("/d/x")
        read(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"

    def test_an_unreadable_header_is_refused_by_a_page(self, client: Client) -> None:
        read(client.get("/", headers={"If-None-Match": "no tag"}), 400)

    @pytest.mark.parametrize(("error", "status"), RAISED.values(), ids=RAISED)
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_a_failure_is_a_page_without_internals(self, error: Exception, status: int, language: str) -> None:
        answer = asked("/raise", error, headers={"Accept": "text/html", "Accept-Language": language})
        assert read(answer, status).language == language
        assert "secret" not in answer.text
        if status in (429, 503):
            assert f" {answer.headers['retry-after']} " in read(answer, status).text


class TestTrailingSlash:
    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("/board/", "/board"),
            ("/board/?by=office&lang=en", "/board?by=office&lang=en"),
            ("/d/000.31.15.H47-210816-0001/", "/d/000.31.15.H47-210816-0001"),
            ("/d/000.31.15.H47-210816-0001/days//", "/d/000.31.15.H47-210816-0001/days"),
            ("/d/%0d%0aX:%20y/", "/d/%0D%0AX%3A%20y"),
            ("/d/", "/d"),
            ("/procedures/1.004837/", "/procedures/1.004837"),
            ("/counter/", "/counter"),
            ("/docs/", "/docs"),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_page_redirects_to_its_address(self, client: Client, method: str, path: str, location: str) -> None:
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["location"]) == (303, location)
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        "path", ["http://service.test//evil.example/", "/api/v1/units/", "/nirgendwo/", "/dossiers/"]
    )
    def test_other_addresses_stay_unknown(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_a_form_is_not_redirected(self, client: Client) -> None:
        assert client.post("/counter/search/").status_code == 404


class TestHostileInput:
    def test_it_stays_text_on_every_page(self, client: Client) -> None:
        for hostile in HOSTILE:
            for path, name in (("/d", "code"), ("/", "q"), ("/nirgendwo", "a")):
                answer = client.get(path, params={name: hostile}, headers={"Accept": "text/html"})
                page = read(answer, answer.status_code)
                assert answer.status_code in (200, 404, 422)
                assert page.values.get("code", hostile) in (hostile, "")
                assert "<script>alert" not in answer.text
                assert str(7 * 191) not in answer.text
                assert "evil" not in str(answer.headers)

    def test_it_never_leads_to_another_site(self, client: Client) -> None:
        for hostile in HOSTILE:
            for name in ("next", "lang", "return", "url", "code"):
                answer = client.get("/d", params={name: hostile})
                assert answer.headers.get("location", "/") == "/"
        page = read(client.get("//evil.example/%2e%2e", headers={"Accept": "text/html"}), 404)
        assert not [address for address in page.links if "evil" in address]
