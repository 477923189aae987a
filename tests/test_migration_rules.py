"""The rules of migrations after the first range of schemas (docs/decisions/0015-migrations.md), on PostgreSQL.

Each migration runs on a database of the schema before it. squawk reads its statements, and the locks that it takes are
compared with those that it states for `motcua migrate --plan`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from alembic.script import Script
from sqlalchemy import Connection, Engine, event, inspect, text

from app.database import schema
from app.database.migration_plan import LOCKS, lines
from tests.support.databases import PostgresDatabases

SQUAWK = Path(sys.executable).with_name("squawk")
# Rules of style, and rules that the runner of migrations follows for all: time-outs, one transaction, repetition.
IGNORED = (
    "prefer-robust-stmts",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-text-field",
    "prefer-identity",
    "prefer-timestamptz",
    "require-timeout-settings",
)
MIGRATIONS = [script for script in schema.chain() if script.revision > schema.FIRST_RANGE]
SHORT = {"AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock"}
HELD = text(
    "SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
    "WHERE l.pid = pg_backend_pid() AND l.granted AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
)


@dataclass
class Record:
    """The statements of a migration, and the locks of its transactions on tables that were there before."""

    statements: list[str] = field(default_factory=list)
    locks: set[tuple[str, str]] = field(default_factory=set)

    def sql(self) -> str:
        return "".join(f"{statement.rstrip().rstrip(';')};\n" for statement in self.statements)


@contextmanager
def recorded(tables: set[str]) -> Iterator[Record]:
    record, reading = Record(), False

    def execute(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if (
            not reading
            and not statement.startswith(("SELECT", "SET ", "pg_catalog"))
            and "alembic_version" not in statement
        ):
            record.statements.append(statement)

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            record.statements.append("BEGIN")

    def commit(connection: Connection) -> None:
        nonlocal reading
        record.statements.append("COMMIT")
        reading = True
        record.locks |= {(row.relname, row.mode) for row in connection.execute(HELD) if row.relname in tables}
        reading = False

    listeners = (("before_cursor_execute", execute), ("begin", begin), ("commit", commit))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield record
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


@pytest.fixture(params=MIGRATIONS, ids=lambda script: script.revision)
def migration(request: pytest.FixtureRequest) -> Script:
    script: Script = request.param
    return script


@pytest.fixture
def record(migration: Script, postgresql_databases: PostgresDatabases) -> Iterator[Record]:
    """What the migration does to a database of the schema before it."""
    url = postgresql_databases.create()
    try:
        schema.upgrade(url, str(migration.down_revision))
        tables = schema.in_transaction(url, lambda connection: set(inspect(connection).get_table_names()))
        with recorded(tables - {"alembic_version", "schema_compatibility", "backfill_positions"}) as record:
            schema.upgrade(url, migration.revision)
        yield record
    finally:
        postgresql_databases.drop(url)


def violations(sql: str) -> set[str]:
    """The names of the rules of squawk that the statements break."""
    excluded = [f"--exclude={rule}" for rule in IGNORED]
    command = [str(SQUAWK), "--reporter", "Json", "--pg-version", "15", *excluded]
    done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
    assert done.stdout.strip(), done.stderr
    return {finding["rule_name"] for finding in json.loads(done.stdout)}


def test_a_migration_breaks_no_rule_of_squawk_without_a_reason(migration: Script, record: Record) -> None:
    excepted = getattr(migration.module, "exceptions", {})
    assert violations(record.sql()) == set(excepted), record.sql()
    assert all(len(reason) > 20 for reason in excepted.values())


def test_a_migration_states_the_locks_that_it_takes(migration: Script, record: Record) -> None:
    stated = getattr(migration.module, "locks", {})
    short = {table for table, mode in record.locks if mode in SHORT}
    assert short == {table for table, lock in stated.items() if lock.endswith("short")}, record.locks
    assert set(stated.values()) <= LOCKS.keys()


def test_a_migration_states_the_code_that_it_bears(migration: Script) -> None:
    oldest = migration.module.oldest_code
    assert schema.FIRST_RANGE <= oldest <= migration.revision
    assert schema.is_known(oldest)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE dossiers DROP COLUMN flags", "ban-drop-column"),
        ("ALTER TABLE dossiers RENAME COLUMN flags TO marks", "renaming-column"),
        ("ALTER TABLE dossiers ADD COLUMN mark text NOT NULL", "adding-required-field"),
        ("CREATE INDEX ix_dossiers_flags ON dossiers (flags)", "require-concurrent-index-creation"),
        ("ALTER TABLE dossiers ADD CONSTRAINT c CHECK (id > 0)", "constraint-missing-not-valid"),
        ("ALTER TABLE dossiers ALTER COLUMN flags TYPE varchar(9)", "changing-column-type"),
    ],
)
def test_a_migration_that_stops_the_older_version_is_refused(statement: str, rule: str) -> None:
    assert rule in violations(f"BEGIN;\n{statement};\nCOMMIT;\n")


def test_the_plan_names_each_table_and_its_lock() -> None:
    plan = "\n".join(lines(MIGRATIONS))
    assert all(script.revision in plan for script in MIGRATIONS)
    assert "access_log: read whole beside the service, then locked for a moment" in plan
