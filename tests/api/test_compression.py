"""Compression: public answers for clients that accept gzip, with tags that still match; private answers never."""

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from app.http.compression import _NEVER
from app.web.counter.routes import router as counter
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, received
from tests.support.client import Client
from tests.support.databases import SqliteDatabases
from tests.support.desk import HOME, Desk
from tests.support.reference import seed

GZIP, PLAIN = {"Accept-Encoding": "br, gzip"}, {"Accept-Encoding": "identity"}
UNITS, FIGURES = "/api/v1/units", "/api/v1/statistics/on-time?by=commune&from=2021-08-01&to=2021-08-31"


PUBLIC = ["/", "/procedures", "/board", "/openapi.json", UNITS, FIGURES, FIGURES.replace("on-time?", "on-time.csv?")]


@pytest.fixture(scope="module")
def client(sqlite_databases: SqliteDatabases) -> Iterator[Client]:
    """The reference data with one dossier; compression does not depend on the database."""
    url = sqlite_databases.create()
    seed(url)
    with Client(url, NOW, lookup_rate=0) as client:
        received(client, client.token("clerk", "20899"))
        yield client


def is_compressed(answer: httpx.Response) -> bool:
    return "content-encoding" in answer.headers


@pytest.mark.parametrize("path", PUBLIC)
def test_public_answers_are_compressed_for_clients_that_accept_it(client: Client, path: str) -> None:
    plain, compressed = client.get(path, headers=PLAIN), client.get(path, headers=GZIP)
    assert plain.status_code == compressed.status_code == 200
    assert (is_compressed(plain), is_compressed(compressed)) == (False, True)
    assert compressed.content == plain.content
    assert int(compressed.headers["content-length"]) < len(plain.content) * 0.6
    for answer in (plain, compressed):
        assert "Accept-Encoding" in answer.headers["vary"]


def test_static_files_are_compressed_where_they_are_text(client: Client) -> None:
    page = client.get("/").text
    paths = set(re.findall(r"/static/[\w.-]+", page))
    assert len(paths) > 2
    for path in paths:
        answer = client.get(path, headers=GZIP)
        assert is_compressed(answer) == (len(answer.content) >= 1400), path
        assert answer.content == client.get(path, headers=PLAIN).content


def test_a_workbook_is_not_compressed_again(client: Client) -> None:
    answer = client.get("/api/v1/statistics/on-time.xlsx?by=commune&from=2021-08-01&to=2021-08-31", headers=GZIP)
    assert answer.status_code == 200, answer.text
    assert not is_compressed(answer)


def test_short_answers_stay_as_they_are(client: Client) -> None:
    answer = client.get("/healthz", headers=GZIP)
    assert answer.json() == {"status": "ok"}
    assert not is_compressed(answer)


@pytest.mark.parametrize("path", ["/", "/procedures", UNITS, FIGURES])
def test_the_tag_of_each_form_is_recognised(client: Client, path: str) -> None:
    plain, compressed = client.get(path, headers=PLAIN), client.get(path, headers=GZIP)
    assert compressed.headers["etag"] == f"W/{plain.headers['etag']}"
    for tag in (plain.headers["etag"], compressed.headers["etag"]):
        for accepted in (PLAIN, GZIP):
            again = client.get(path, headers={**accepted, "If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b"")
            assert "Accept-Encoding" in again.headers["vary"]
            assert "content-encoding" not in again.headers
            assert again.headers["etag"].startswith("W/") == (accepted is GZIP)
        other = client.get(path, headers={**GZIP, "If-None-Match": '"0-ffff"'})
        assert other.status_code == 200


def test_the_tag_of_a_compressed_form_can_be_used_for_a_change(client: Client) -> None:
    path, token = f"{UNITS}/{client.get(UNITS).json()['items'][0]['id']}", client.token("administrator")
    tag = client.get(path, headers=GZIP).headers["etag"]
    assert tag.startswith("W/")
    answer = client.patch(path, {"phone": "02353882222"}, token=token, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    again = client.patch(path, {"phone": "02353883333"}, token=token, headers={"If-Match": tag})
    assert again.status_code == 412


@pytest.mark.parametrize("path", PUBLIC)
def test_head_has_the_headers_of_get(client: Client, path: str) -> None:
    whole, head = client.get(path, headers=GZIP), client.request("HEAD", path, headers=GZIP)
    assert head.content == b""
    for name in ("content-encoding", "content-length", "etag", "vary"):
        assert head.headers.get(name) == whole.headers.get(name)


def test_answers_to_a_token_or_a_session_are_not_compressed(client: Client) -> None:
    token = client.token("clerk", "20899")
    code = received(client, token)["code"]
    for path in (UNITS, FIGURES, DOSSIERS, f"{DOSSIERS}/{code}", f"{DOSSIERS}/{code}/journal"):
        answer = client.get(path, token=token, headers=GZIP)
        assert answer.status_code == 200, answer.text
        assert not is_compressed(answer), path
    desk = Desk(client, token)
    for path in ("", "/search", "/receive", f"/d/{code}", "/register", "/sign-in", "/nowhere"):
        answer = client.get(HOME + path, headers={**desk.headers(), **GZIP})
        assert not is_compressed(answer), path


def test_reflected_input_is_not_compressed(client: Client) -> None:
    code = received(client, client.token("clerk", "20899"))["code"]
    guess = "x" * 3000
    for path in (f"/d/{code}", f"/api/v1/lookup/{code}", f"/api/v1/lookup/{guess}", f"{UNITS}?on={guess}"):
        assert not is_compressed(client.get(path, headers=GZIP)), path


def test_every_route_of_the_counter_is_excluded(client: Client) -> None:
    """A route that is added later, and answers with a secret, must not be compressed by oversight."""
    signed_in = [route.path for route in counter.routes if isinstance(route, APIRoute)]
    assert signed_in
    assert all(path.startswith(_NEVER) for path in signed_in)
