"""Reading on a replica: a real primary with a standby, killed, frozen and promoted."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url

from tests.support.client import Client
from tests.support.databases import PostgresDatabases
from tests.support.postgres import Server, Standby
from tests.support.reference import seed

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def url(primary: Server) -> str:
    created = PostgresDatabases(primary.url).create()
    seed(created)
    return created


@pytest.fixture(scope="module")
def standby(primary: Server, url: str) -> Iterator[Standby]:
    assert url
    with primary.standby() as following:
        yield following


def at(server: Server, url: str) -> str:
    """The URL of the same database at another server."""
    return make_url(server.url).set(database=make_url(url).database).render_as_string(hide_password=False)


def test_a_standby_is_ready_for_reading_and_not_for_changes(url: str, standby: Standby) -> None:
    with Client(at(standby, url), NOW) as client:
        assert client.get("/readyz/read").status_code == 200
        refused = client.get("/readyz/write")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.headers["retry-after"]
    with Client(url, NOW) as client:
        assert [client.get(f"/readyz/{kind}").status_code for kind in ("read", "write")] == [200, 200]
