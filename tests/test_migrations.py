"""The chain of migrations on both databases: up and down, with rows, and compared with the declared tables."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Boolean, Column, Connection, Integer, Table, inspect, text
from sqlalchemy.exc import DBAPIError

from app.database import Instant, Json, LocalDate, schema
from app.database.tables import entries, metadata
from app.encryption.key_ring import parse_key_ring
from app.http.idempotency.responses import body_place
from tests.conftest import KEYS
from tests.support.database_access import keys_for
from tests.support.databases import Databases, SqliteDatabases

ROOT = Path(__file__).resolve().parents[1]

# Values that check constraints allow. Other columns accept any value of their type.
CHECKED_VALUES = {
    ("units", "kind"): "commune",
    ("calendar_revisions", "status"): "official",
    ("tokens", "role"): "clerk",
    ("persons", "state"): "active",
    ("person_roles", "role"): "clerk",
    ("sign_in_links", "kind"): "invitation",
    ("token_changes", "type"): "created",
    ("idempotency_responses", "body"): parse_key_ring(KEYS).encrypt("{}", body_place("x")),
    ("contacts", "role"): "unit",
    ("contacts", "channel"): "email",
    ("outbox", "channel"): "webhook",
    ("outbox", "state"): "pending",
    ("spans", "phase"): "open",
    ("occurrences", "kind"): "received",
    ("reforms", "kind"): "succession",
    ("score_rules", "rate"): "finished",
    ("score_rules", "kind"): "office",
    ("rollup_totals", "grain"): "day",
    ("rollup_cells", "grain"): "day",
    ("rollup_cells", "subject"): "dossier",
    ("rollup_moves", "grain"): "day",
    ("rollup_moves", "subject"): "dossier",
    ("late_changes", "grain"): "day",
    ("late_changes", "dimension"): "all",
}


def test_the_chain_runs_up_down_to_nothing_and_up_again(empty_database_url: str) -> None:
    assert schema.current(empty_database_url) is None
    schema.upgrade(empty_database_url)
    assert schema.current(empty_database_url) == schema.head() is not None
    schema.downgrade(empty_database_url, "base")
    assert schema.current(empty_database_url) is None
    assert schema.in_transaction(empty_database_url, table_names) == {"alembic_version"}
    schema.upgrade(empty_database_url)
    assert schema.in_transaction(empty_database_url, table_names) == {*metadata.tables, "alembic_version"}


def test_the_last_step_down_and_up_works_over_rows(database_url: str) -> None:
    schema.in_transaction(database_url, fill_each_table)
    schema.downgrade(database_url, "-1", keys_for(database_url))
    schema.upgrade(database_url, keys=keys_for(database_url))
    assert schema.current(database_url) == schema.head()


def test_the_chain_runs_down_to_nothing_over_rows(database_url: str) -> None:
    schema.in_transaction(database_url, fill_each_table)
    schema.downgrade(database_url, "base", keys_for(database_url))
    assert schema.in_transaction(database_url, table_names) == {"alembic_version"}


def test_an_upgrade_of_an_up_to_date_database_keeps_its_rows(database_url: str) -> None:
    schema.in_transaction(database_url, fill_each_table)
    schema.upgrade(database_url)
    assert schema.in_transaction(database_url, count_entries) == 1


_EXPRESSIONS = ("ix_dossiers_code_parts", "ix_access_log_dossiers")


# SQLite does not show the expression of an index.
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_create_exactly_the_declared_tables(database_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        options = {
            "include_name": lambda name, kind, _parents: kind != "table" or is_declared(name),
            # PostgreSQL writes their expressions in another way. Tests of the searches explain that they are used.
            "include_object": lambda _object, name, *_others: name not in _EXPRESSIONS,
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert schema.in_transaction(database_url, differences) == []


def test_the_migrations_create_every_declared_check(database_url: str, databases: Databases) -> None:
    declared_url = databases.create()
    try:
        schema.in_transaction(declared_url, metadata.create_all)
        declared = schema.in_transaction(declared_url, checks)
    finally:
        databases.drop(declared_url)
    assert declared
    assert schema.in_transaction(database_url, checks) == declared


# Each table with a column to change.
APPEND_ONLY_TABLES = {
    "entries": "type",
    "token_changes": "type",
    "person_changes": "type",
    "seals": "root",
    "seal_blocks": "root",
    "seal_stamps": "response",
    "cosigned_checkpoints": "note",
    "ratings": "score",
    "resumptions": "margin",
    "ledger": "type",
}


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = '1'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_changes_of_append_only_tables(database_url: str, table: str, statement: str) -> None:
    if statement.startswith("TRUNCATE") and database_url.startswith("sqlite"):
        pytest.skip("SQLite has no TRUNCATE")
    schema.in_transaction(database_url, fill_each_table)
    change = text(statement.format(table, APPEND_ONLY_TABLES[table]))
    with pytest.raises(DBAPIError, match="append-only"):
        schema.in_transaction(database_url, lambda connection: connection.execute(change))
    count = text(f"SELECT count(*) FROM {table}")
    assert schema.in_transaction(database_url, lambda connection: connection.scalar(count)) == 1


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_sqlite_also_refuses_to_replace_their_rows(sqlite_databases: SqliteDatabases, table: str) -> None:
    url = sqlite_databases.create(None)
    schema.upgrade(url)
    schema.in_transaction(url, fill_each_table)
    replace = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(DBAPIError, match="append-only"):
        schema.in_transaction(url, lambda connection: connection.execute(text(replace)))


def test_concurrent_migrations_leave_a_complete_schema(empty_database_url: str) -> None:
    program = f"from app.database import schema; schema.upgrade({empty_database_url!r})"
    running = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert schema.current(empty_database_url) == schema.head() is not None


def test_a_failed_migration_leaves_nothing(empty_database_url: str) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise LookupError("half-way")

    with pytest.raises(LookupError):
        schema.in_transaction(empty_database_url, fail)
    assert schema.in_transaction(empty_database_url, table_names) == set()


def test_a_migration_with_broken_references_is_refused(database_url: str) -> None:
    def orphan(connection: Connection) -> None:
        fill(connection, entries, dossier_id=4711)

    # PostgreSQL reports the row in the statement. On SQLite keys are off in a migration, and checked at its end.
    with pytest.raises((ValueError, DBAPIError)):
        schema.in_transaction(database_url, orphan)
    assert schema.in_transaction(database_url, count_entries) == 0


def table_names(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if is_declared(name)}


def is_declared(name: str) -> bool:
    """False for a partition of the access log, which no metadata declares."""
    return not name.startswith("access_log_")


def count_entries(connection: Connection) -> Any:
    return connection.scalar(text("SELECT count(*) FROM entries"))


def checks(connection: Connection) -> dict[tuple[str, str | None], str]:
    """The condition of each check constraint by table and name, in the form of the database."""
    inspector = inspect(connection)
    return {
        (table, check["name"]): check["sqltext"]
        for table in metadata.tables
        for check in inspector.get_check_constraints(table)
    }


def fill_each_table(connection: Connection) -> None:
    """Inserts a row into every table without one. Each refers to row 1 of the others."""
    for table in metadata.sorted_tables:
        # A migration writes the only row of the reference data's state.
        if table.name != "reference_state":
            fill(connection, table)


def fill(connection: Connection, table: Table, **given: object) -> None:
    values = {column.name: given.get(column.name, value_for(column)) for column in table.columns if is_needed(column)}
    connection.execute(table.insert().values(values))


def is_needed(column: Column[Any]) -> bool:
    return column.primary_key or not (column.nullable or column.server_default)


def value_for(column: Column[Any]) -> object:
    checked = CHECKED_VALUES.get((column.table.name, column.name))
    if checked is not None:
        return checked
    if isinstance(column.type, Instant):
        return datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
    if isinstance(column.type, LocalDate):
        return date(2021, 8, 16)
    if isinstance(column.type, Json):
        return []
    if isinstance(column.type, Boolean):
        return False
    return 1 if isinstance(column.type, Integer) or column.foreign_keys else "x"
