"""What all pages have in common: their language, their caching, their refusals, and that input stays text."""

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
    def test_vietnamese_comes_first(self, client: Client) -> None:
        assert read(client.get("/")).language == "vi"
        assert read(client.get("/", headers={"Accept-Language": "fr, en;q=0.1, vi;q=0.2"})).language == "vi"

    def test_a_browser_that_prefers_english_gets_it(self, client: Client) -> None:
        assert read(client.get("/", headers={"Accept-Language": "en-US,en;q=0.9"})).language == "en"

    def test_what_is_chosen_is_kept_and_goes_before_what_the_browser_prefers(self, client: Client) -> None:
        answer = client.get("/?lang=vi", headers={"Accept-Language": "en"})
        assert read(answer).language == "vi"
        assert answer.headers["set-cookie"].startswith("lang=vi; Path=/; Max-Age=")
        kept = client.get("/", headers={"Accept-Language": "en", "Cookie": "lang=vi"})
        assert read(kept).language == "vi"
        assert "set-cookie" not in kept.headers

    @pytest.mark.parametrize("chosen", ["fr", "", "en;q=1", "vi\u2028"])
    def test_a_language_there_is_not_is_passed_over(self, client: Client, chosen: str) -> None:
        answer = client.get("/", params={"lang": chosen}, headers={"Cookie": "lang=xx"})
        assert read(answer).language == "vi"
        assert "set-cookie" not in answer.headers

    def test_the_switch_keeps_what_was_asked(self, client: Client) -> None:
        page = read(client.get("/d", params={"code": "a&b", "lang": "en"}), 404)
        assert "?code=a%26b&lang=vi" in page.links

    def test_caches_keep_languages_apart(self, client: Client) -> None:
        assert client.get("/").headers["vary"] == "Accept-Language, Cookie, Accept-Encoding"


class TestCaching:
    def test_a_page_that_the_browser_has_is_not_sent_again(self, client: Client) -> None:
        code = received(client, client.token("supervisor"))["code"]
        first = client.get(f"/d/{code}")
        assert first.headers["cache-control"] == "private, no-cache"
        again = client.get(f"/d/{code}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = client.get(f"/d/{code}", headers={"If-None-Match": first.headers["etag"], "Accept-Language": "en"})
        assert other.status_code == 200

    def test_static_files_may_be_kept_for_ever(self, client: Client) -> None:
        for address in read(client.get("/")).loaded:
            answer = client.get(address)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert not answer.headers["content-type"].startswith("text/html")

    @pytest.mark.parametrize("name", ["motcua.css", "motcua-0000000000000000.css", "..%2Frouting.py", "x"])
    def test_there_are_no_other_static_files(self, client: Client, name: str) -> None:
        read(client.get(f"/static/{name}"), 404)

    def test_pages_answer_head_without_their_text(self, client: Client) -> None:
        answer = client.request("HEAD", "/")
        assert (answer.status_code, answer.content) == (200, b"")


class TestRefusals:
    def test_a_browser_that_asks_for_nothing_known_gets_a_page(self, client: Client) -> None:
        answer = client.get("/nirgendwo", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert "Không có địa chỉ này" in read(answer, 404).title
        assert answer.headers["cache-control"] == "no-store"

    def test_a_program_that_asks_for_nothing_known_gets_a_problem(self, client: Client) -> None:
        for path, accept in (
            ("/nirgendwo", "*/*"),
            ("/api/v1/nirgendwo", "text/html"),
            ("/api/v1/units/x", "text/html"),
        ):
            answer = client.get(path, headers={"Accept": accept})
            assert answer.headers["content-type"] == "application/problem+json"

    def test_another_method_is_refused_by_a_page_that_names_those_possible(self, client: Client) -> None:
        answer = client.post("/d/x")
        read(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"

    def test_a_header_that_cannot_be_read_is_refused_by_a_page(self, client: Client) -> None:
        read(client.get("/", headers={"If-None-Match": "no tag"}), 400)

    @pytest.mark.parametrize(("error", "status"), RAISED.values(), ids=RAISED)
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_whatever_fails_is_told_by_a_page_and_without_what_is_inside(
        self, error: Exception, status: int, language: str
    ) -> None:
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
    def test_it_stays_text_wherever_it_is_shown(self, client: Client) -> None:
        for hostile in HOSTILE:
            for path, name in (("/d", "code"), ("/", "q"), ("/nirgendwo", "a")):
                answer = client.get(path, params={name: hostile}, headers={"Accept": "text/html"})
                page = read(answer, answer.status_code)
                assert answer.status_code in (200, 404, 422)
                assert page.values.get("code", hostile) in (hostile, "")
                assert "<script>alert" not in answer.text
                assert str(7 * 191) not in answer.text
                assert "evil" not in str(answer.headers)

    def test_it_leads_nowhere_else(self, client: Client) -> None:
        for hostile in HOSTILE:
            for name in ("next", "lang", "return", "url", "code"):
                answer = client.get("/d", params={name: hostile})
                assert answer.headers.get("location", "/") == "/"
        page = read(client.get("//evil.example/%2e%2e", headers={"Accept": "text/html"}), 404)
        assert not [address for address in page.links if "evil" in address]
