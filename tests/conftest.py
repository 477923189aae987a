"""Fixtures: a new database of each kind for each test, and the application over it.

The fixtures import the application and the databases themselves, so that the tests of the domain do not wait for them.
"""

import gc
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.client import Client
    from tests.support.databases import Databases, PostgresDatabases, SqliteDatabases, Templates
    from tests.support.receivers import Mailbox

# A working day of the demonstration's year: Monday 16 August 2021, 08:30 at the counter.
NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
# The key ring of all tests, on both databases.
KEYS = "tests:dGVzdHMgb25seSwgbm8gc2VjcmV0IG9mIGFueWJvZHk="


@pytest.fixture(scope="session")
def sqlite_databases() -> "Iterator[SqliteDatabases]":
    from tests.support import memory
    from tests.support.databases import SqliteDatabases

    with TemporaryDirectory(prefix="motcua-", dir=memory.folder()) as folder:
        yield SqliteDatabases(Path(folder))


@pytest.fixture(scope="session")
def postgresql_databases() -> "Iterator[PostgresDatabases]":
    from tests.support.databases import PostgresDatabases
    from tests.support.postgres import running_server

    given = os.environ.get("MOTCUA_TEST_DATABASE_URL")
    if given:
        yield PostgresDatabases(given)
        return
    with running_server() as url:
        yield PostgresDatabases(url)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> "Databases":
    """One kind of database. A test that uses this fixture runs once for each kind."""
    kind: Databases = request.getfixturevalue(f"{request.param}_databases")
    return kind


@pytest.fixture(scope="session")
def templates(databases: "Databases") -> "Iterator[Templates]":
    from tests.support.databases import Templates

    created = Templates(databases)
    yield created
    created.drop()


@pytest.fixture
def empty_database_url(databases: "Databases") -> Iterator[str]:
    """A database without a table."""
    yield from _new(databases)


@pytest.fixture
def database_url(databases: "Databases", templates: "Templates") -> Iterator[str]:
    """A migrated database without a row."""
    from app.database import schema

    yield from _new(databases, templates.prepared_by(schema.upgrade))


@pytest.fixture
def seeded_url(databases: "Databases", templates: "Templates") -> Iterator[str]:
    """A migrated database with the reference data of Bắc Trà My."""
    from tests.support.reference import seed

    yield from _new(databases, templates.prepared_by(seed))


@pytest.fixture
def written_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulates only what schemas before 0039 keep of people and money, so that a downgrade loses nothing."""
    from app.loading.simulation import people, service, world
    from app.loading.simulation.timing import Rates

    present = people._applicant  # noqa: SLF001 - the place where all applicants are made

    def older(kind: str, name: str, home: Any, address: str, identity: Any, phone: str | None) -> dict[str, Any]:
        return present(kind, name, home, address, (None, identity[1]), phone)

    monkeypatch.setattr(people, "_applicant", older)
    monkeypatch.setattr(world, "people_beside", lambda *_arguments: {})
    monkeypatch.setattr(world, "_fee", lambda *_arguments: {})
    monkeypatch.setattr(service, "Rates", partial(Rates, payment=0.0))


@pytest.fixture
def app_client(seeded_url: str) -> "Iterator[Client]":
    """The application over the reference data, at `NOW`."""
    from tests.support.client import Client

    with Client(seeded_url, NOW) as client:
        yield client


@pytest.fixture
def mailbox() -> "Iterator[Mailbox]":
    """A mail server of the test."""
    from tests.support.receivers import running_mailbox

    with running_mailbox() as running:
        yield running


@pytest.fixture
def live_server(seeded_url: str) -> Callable[..., AbstractContextManager[str]]:
    """Starts the service over the reference data: `with live_server(workers=2) as address`."""
    from tests.support.live import live_server as run_live_server

    return partial(run_live_server, seeded_url)


def pytest_collection_finish() -> None:
    """Excludes the collected tests from garbage collection, which takes a tenth of the time otherwise."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Removes MOTCUA_ variables of the environment, and keeps files out of the checkout."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("MOTCUA_") and name != "MOTCUA_TEST_DATABASE_URL":
                patch.delenv(name)
        patch.setenv("MOTCUA_KEYS", KEYS)
        patch.setenv("MOTCUA_DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('default')}/motcua.db")
        yield


@pytest.fixture(autouse=True, scope="session")
def certificates_read_once() -> Iterator[None]:
    """Reads the certificates of authorities only once, which otherwise takes two thirds of each start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ssl.create_default_context", cache(ssl.create_default_context))
        yield


def _new(databases: "Databases", template: str | None = None) -> Iterator[str]:
    url = databases.create(template)
    try:
        yield url
    finally:
        databases.drop(url)
