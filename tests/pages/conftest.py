"""Fixtures of the page tests: the service at a fixed time, and visitors at the counter of Trà My."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOW
from tests.support.client import Client
from tests.support.desk import Desk

HERE = "20899"


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0, lookup_misses=0) as client:
        yield client


@pytest.fixture
def clerk(client: Client) -> Desk:
    return Desk(client, client.token("clerk", HERE, client="tiep-nhan"))


@pytest.fixture
def officer(client: Client) -> Desk:
    return Desk(client, client.token("officer", HERE))


@pytest.fixture
def supervisor(client: Client) -> Desk:
    return Desk(client, client.token("supervisor", HERE))
