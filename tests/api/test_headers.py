"""The headers for the browser's sake, other sites' scripts, and the methods HEAD and OPTIONS."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI, Response

from app.http.draining import Draining
from app.http.metrics import Metrics
from app.http.middleware import RequestMiddleware
from app.http.rate_limits import RateLimiter
from app.http.security_headers import Sharing
from tests.conftest import NOW
from tests.support.client import Client
from tests.support.databases import SqliteDatabases
from tests.support.reference import seed

UNITS = "/api/v1/units"
SITE = "https://dichvucong.example.vn"


@pytest.fixture(scope="module")
def client(sqlite_databases: object) -> Iterator[Client]:
    """What is tried here does not depend on the database."""
    assert isinstance(sqlite_databases, SqliteDatabases)
    url = sqlite_databases.create()
    seed(url)
    with Client(url, NOW, cors_origins=f"{SITE}, https://other.example.vn") as client:
        yield client


def is_protected(answer: httpx.Response) -> None:
    sent = answer.headers
    assert sent["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in sent["content-security-policy"]
    assert "frame-ancestors 'none'" in sent["content-security-policy"]
    assert sent["x-frame-options"] == "DENY"
    assert sent["referrer-policy"] == "no-referrer"
    assert sent["cross-origin-resource-policy"] == "same-origin"
    assert sent["cross-origin-opener-policy"] == "same-origin"
    assert "x-powered-by" not in sent


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", UNITS, 200),
        ("GET", "/healthz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/a%00b", 404),
        ("GET", "/api/v1/dossiers", 401),
        ("DELETE", UNITS, 405),
        ("POST", "/api/v1/deadline", 422),
        ("OPTIONS", UNITS, 204),
        ("HEAD", UNITS, 200),
    ],
)
def test_every_answer_is_protected_whatever_it_says(client: Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    is_protected(answer)


def test_only_what_came_by_https_demands_https(client: Client) -> None:
    assert "strict-transport-security" not in client.get(UNITS).headers
    secure = client.get(f"https://service.test{UNITS}")
    assert secure.headers["strict-transport-security"].startswith("max-age=31536000")
    is_protected(secure)


def test_an_answer_that_says_itself_what_it_loads_keeps_that_and_gets_the_rest() -> None:
    inner = FastAPI(openapi_url=None)

    @inner.get("/page")
    async def page() -> Response:
        return Response("", headers={"Content-Security-Policy": "default-src 'self'"})

    app = FastAPI(openapi_url=None)
    parts = Metrics(), Sharing(""), RateLimiter(0), lambda _request, _case: None, Draining(0)
    app.mount("/", RequestMiddleware(inner, *parts))
    transport = httpx.ASGITransport(app)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
            return await client.get("/page")

    answer = asyncio.run(ask())
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert answer.headers["x-content-type-options"] == "nosniff"


# --- HEAD and OPTIONS -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [UNITS, "/healthz", "/nowhere", "/api/v1/dossiers"])
def test_head_is_get_without_its_body(client: Client, path: str) -> None:
    whole, head = client.get(path), client.request("HEAD", path)
    assert head.content == b""
    assert head.status_code == whole.status_code
    differing = {"x-request-id", "content-length"}
    assert {n: v for n, v in head.headers.items() if n not in differing} == {
        n: v for n, v in whole.headers.items() if n not in differing
    }
    # The id of the request stands in a problem, so that its length may differ.
    if whole.is_success:
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_what_can_only_be_posted_to_has_no_head(client: Client) -> None:
    assert client.request("HEAD", "/api/v1/deadline").status_code == 405


def test_options_names_the_methods(client: Client) -> None:
    answer = client.request("OPTIONS", "/api/v1/dossiers")
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert client.request("OPTIONS", "/nowhere").status_code == 404


# --- Other sites ------------------------------------------------------------------------------------------------------


def granted(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def test_without_the_setting_no_other_site_may_read_anything(app_client: Client) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        asked = {"Origin": SITE, "Access-Control-Request-Method": "GET"}
        answer = app_client.request(method, UNITS, headers=asked)
        assert granted(answer) == {}
        assert "Origin" not in answer.headers.get("vary", "")


def test_a_site_that_is_named_may_read_what_is_public(client: Client) -> None:
    answer = client.get(UNITS, headers={"Origin": SITE})
    assert granted(answer)["access-control-allow-origin"] == SITE
    assert "Origin" in answer.headers.get_list("vary")
    refusal = client.get(f"{UNITS}?nonsense=1", headers={"Origin": SITE})
    assert refusal.is_client_error
    assert granted(refusal)["access-control-allow-origin"] == SITE
    asked = client.request("OPTIONS", UNITS, headers={"Origin": SITE, "Access-Control-Request-Method": "GET"})
    assert asked.is_success
    assert granted(asked)["access-control-allow-methods"] == "GET, HEAD"
    assert "authorization" not in granted(asked)["access-control-allow-headers"].lower()


def test_credentials_are_never_shared_and_nothing_may_be_changed(client: Client) -> None:
    token = client.token("clerk", "20899")
    for answer in (
        client.get(UNITS, headers={"Origin": SITE}),
        client.get(UNITS, token=token, headers={"Origin": SITE}),
        client.post("/api/v1/deadline", {}, headers={"Origin": SITE}),
        client.request("OPTIONS", UNITS, headers={"Origin": SITE, "Access-Control-Request-Method": "POST"}),
    ):
        assert "access-control-allow-credentials" not in answer.headers
    assert granted(client.get(UNITS, token=token, headers={"Origin": SITE})) == {}
    assert granted(client.post("/api/v1/deadline", {}, headers={"Origin": SITE})) == {}
    preflight = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
    assert granted(client.request("OPTIONS", UNITS, headers=preflight)) == {}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", SITE + ".evil.example", SITE.upper(), ""])
def test_another_site_may_not(client: Client, origin: str) -> None:
    answer = client.get(UNITS, headers={"Origin": origin})
    assert granted(answer) == {}
    assert "Origin" in answer.headers.get_list("vary"), "a cache must not give it to the site that may"
