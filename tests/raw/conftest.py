"""The service alone, on each database, and behind HAProxy."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.databases import Databases
from tests.support.live import live_server
from tests.support.proxy import proxied
from tests.support.raw_sockets import Service
from tests.support.reference import seed, token_at

# Seconds that the proxy waits for a client, shorter than in the shipped file.
_SHORT = {
    "timeout http-request 10s": "timeout http-request 1s",
    "timeout http-keep-alive 10s": "timeout http-keep-alive 2s",
    "timeout client 30s": "timeout client 3s",
    "http-request wait-for-body time 10s": "http-request wait-for-body time 1s",
}


@pytest.fixture(scope="session")
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service behind HAProxy."""
    with (
        _served(request.getfixturevalue("sqlite_databases")) as service,
        proxied(service.address, tmp_path_factory.mktemp("proxy"), _SHORT) as front,
    ):
        yield Service(service.address, front, service.token)


@pytest.fixture(scope="session", params=["sqlite", "postgresql", "behind"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service without a proxy on each database, and with one."""
    if request.param == "behind":
        yield request.getfixturevalue("behind")
    else:
        with _served(request.getfixturevalue(f"{request.param}_databases")) as service:
            yield service


@contextmanager
def _served(databases: Databases) -> Iterator[Service]:
    url = databases.create()
    try:
        seed(url)
        with live_server(url, body_seconds="1", lookup_rate="0") as address:
            yield Service(address, address, token_at(url, "clerk", "20900"))
    finally:
        databases.drop(url)
