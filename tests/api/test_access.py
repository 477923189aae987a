"""Authentication by token: validity, revocation, and the refusals."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from app.access.service import token_hash
from app.database import tables
from tests.support.client import Call, Client
from tests.support.database_access import open_database

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
STAFF_ONLY = "/api/v1/dossiers"


@pytest.fixture
def client(database_url: str) -> Iterator[Client]:
    with Client(database_url, NOW) as client:
        yield client


def changed(url: str, token: str, **values: Any) -> None:
    """Sets values of the token's row in the database."""

    async def change() -> None:
        database = await open_database(url)
        try:
            async with database.writing() as connection:
                of_token = tables.tokens.c.token_hash == token_hash(token)
                assert await connection.run(update(tables.tokens).where(of_token).values(**values)) == 1
        finally:
            await database.close()

    asyncio.run(change())


def code(response: httpx.Response) -> str:
    assert response.status_code == 401, response.text
    assert response.headers["www-authenticate"].startswith("Bearer")
    refusal: str = response.json()["code"]
    return refusal


def test_a_new_token_is_valid(client: Client) -> None:
    assert client.get(STAFF_ONLY, token=client.token("clerk")).status_code == 200


def test_calls_of_staff_need_a_token(client: Client) -> None:
    assert code(client.get(STAFF_ONLY)) == "token_missing"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", b"Bearer m\xe3", "Token abc"]
)
def test_a_malformed_header_is_refused(client: Client, header: Any) -> None:
    assert code(client.get(STAFF_ONLY, headers={"Authorization": header})) == "token_malformed"


def test_an_unknown_token_is_refused(client: Client) -> None:
    assert code(client.get(STAFF_ONLY, token="unknown")) == "token_unknown"


def test_the_case_of_the_scheme_does_not_matter(client: Client) -> None:
    token = client.token("clerk")
    assert client.get(STAFF_ONLY, headers={"authorization": f"bEARER {token}"}).status_code == 200


def test_a_token_is_valid_until_it_expires(client: Client, database_url: str) -> None:
    token = client.token("clerk")
    changed(database_url, token, expires_at=NOW + timedelta(hours=1))
    client.now = NOW + timedelta(minutes=59, seconds=59)
    assert client.get(STAFF_ONLY, token=token).status_code == 200
    client.now = NOW + timedelta(hours=1)
    assert code(client.get(STAFF_ONLY, token=token)) == "token_expired"


def test_a_revoked_token_is_refused_after_the_time_of_the_cache(client: Client, database_url: str) -> None:
    token = client.token("clerk")
    assert client.get(STAFF_ONLY, token=token).status_code == 200
    changed(database_url, token, revoked_at=NOW)
    client.now = NOW + timedelta(seconds=1)
    assert client.get(STAFF_ONLY, token=token).status_code == 200, "cached for token_cache_seconds"
    client.now = NOW + timedelta(seconds=2)
    assert code(client.get(STAFF_ONLY, token=token)) == "token_revoked"


def test_a_worker_without_a_cache_sees_a_revocation_at_once(database_url: str) -> None:
    with Client(database_url, NOW, token_cache_seconds=0) as client:
        token = client.token("clerk")
        assert client.get(STAFF_ONLY, token=token).status_code == 200
        changed(database_url, token, revoked_at=NOW)
        assert code(client.get(STAFF_ONLY, token=token)) == "token_revoked"


def test_an_unknown_token_is_not_cached(client: Client, database_url: str) -> None:
    other = client.token("clerk")
    assert code(client.get(STAFF_ONLY, token="made-by-hand")) == "token_unknown"
    changed(database_url, other, token_hash=token_hash("made-by-hand"))
    assert client.get(STAFF_ONLY, token="made-by-hand").status_code == 200


def test_concurrent_callers_never_wait_with_a_connection(database_url: str) -> None:
    # A request needs a connection for its token and one for its answer. Held together, they would block each other.
    with Client(database_url, NOW, pool_size=1, token_cache_seconds=0) as client:
        token = client.token("clerk")
        answers = client.together([Call("GET", STAFF_ONLY, token=token)] * 20)
    assert [answer.status_code for answer in answers] == [200] * 20


def test_a_public_call_ignores_its_token(client: Client) -> None:
    assert client.get("/healthz", token="unknown").status_code == 200


def test_only_the_hash_of_a_token_is_stored(client: Client, database_url: str) -> None:
    token = client.token("officer")

    async def stored() -> list[Any]:
        database = await open_database(database_url)
        try:
            async with database.reading() as connection:
                return [value for row in await connection.all(select(tables.tokens)) for value in row]
        finally:
            await database.close()

    values = asyncio.run(stored())
    assert token not in values
    assert token_hash(token) in values
