"""Fixtures: databases with the two tables of these tests."""

from collections.abc import Iterator

import pytest

from tests.support.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.support.items import make_tables, on


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A database of each kind, in turn."""
    yield from _with_tables(databases)


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    yield from _with_tables(sqlite_databases)


@pytest.fixture
def postgresql_url(postgresql_databases: PostgresDatabases) -> Iterator[str]:
    yield from _with_tables(postgresql_databases)


def _with_tables(databases: Databases) -> Iterator[str]:
    url = databases.create()
    try:
        on(url, make_tables)
        yield url
    finally:
        databases.drop(url)
