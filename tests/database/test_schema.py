"""The range of schemas that a version can use: older ones it knows, newer ones that say they bear it."""

import pytest
from sqlalchemy import Connection, inspect, text

from app.database import Database, schema
from app.database.readiness import require_own_schema, require_schema
from app.database.tables import metadata
from app.domain.errors import Unavailable
from tests.conftest import NOW
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.schemas import NEWER, pretend_newer


@pytest.fixture(params=sorted(schema.usable()))
def usable_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """A database at each schema that this version can use."""
    schema.downgrade(database_url, request.param)
    return database_url


def test_the_service_is_ready_on_each_schema_that_it_can_use(usable_url: str) -> None:
    with Client(usable_url, NOW) as client:
        assert client.get("/readyz").status_code == 200


def test_the_oldest_usable_schema_has_all_tables_and_columns_of_the_code(database_url: str) -> None:
    schema.downgrade(database_url, schema.OLDEST_SCHEMA)

    def present(connection: Connection) -> set[tuple[str, str]]:
        inspector = inspect(connection)
        return {
            (name, column["name"]) for name in inspector.get_table_names() for column in inspector.get_columns(name)
        }

    declared = {(table.name, column.name) for table in metadata.sorted_tables for column in table.c}
    missing = declared - schema.in_transaction(database_url, present)
    assert not missing, f"raise OLDEST_SCHEMA in app/database/schema.py: {sorted(missing)}"


def test_the_service_is_ready_on_a_newer_schema_that_bears_it(database_url: str) -> None:
    pretend_newer(database_url, schema.head())
    with Client(database_url, NOW) as client:
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("oldest", [None, NEWER])
def test_the_service_is_not_ready_on_a_newer_schema_that_does_not_bear_it(
    database_url: str, oldest: str | None
) -> None:
    pretend_newer(database_url, oldest)
    with Client(database_url, NOW) as client:
        response = client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "schema_ahead")
    assert response.headers["retry-after"]


def test_the_service_is_not_ready_on_a_schema_before_the_oldest_that_it_needs(database_url: str) -> None:
    schema.downgrade(database_url, "0023")
    with Client(database_url, NOW) as client:
        assert client.get("/readyz").json()["code"] == "schema_behind"


def test_each_migration_since_the_first_range_says_which_code_it_bears(database_url: str) -> None:
    def rows(connection: Connection) -> dict[str, str]:
        return {row.revision: row.oldest_code for row in connection.execute(text("SELECT * FROM schema_compatibility"))}

    stored = schema.in_transaction(database_url, rows)
    assert min(stored) == "0024"
    assert stored.keys() >= schema.usable()
    assert all(schema.is_known(oldest) and oldest <= revision for revision, oldest in stored.items())


def test_counting_commands_need_the_newest_schema(database_url: str) -> None:
    pretend_newer(database_url, schema.head())

    async def check(database: Database) -> None:
        async with database.reading() as connection:
            await require_schema(connection)
            with pytest.raises(Unavailable, match=NEWER):
                await require_own_schema(connection)

    in_database(database_url, check)
