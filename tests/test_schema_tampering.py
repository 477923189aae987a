"""Protection that the owner of the database switches off without a row changed: the verification names it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from app.audit.verification.service import verify
from app.database import schema
from tests.support.database_access import in_database
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.owner import with_triggers
from tests.support.reference import seed

# The statements, and the name of the difference.
POSTGRESQL = {
    "CREATE RULE nothing AS ON INSERT TO access_log DO INSTEAD NOTHING": "rule nothing on access_log",
    "CREATE POLICY none ON dossiers USING (false)": "policy none on dossiers",
    "ALTER TABLE entries ENABLE ROW LEVEL SECURITY": "row security on entries",
    "GRANT UPDATE ON tokens TO PUBLIC": "right to update of everybody on tokens",
    "ALTER TABLE tokens DROP CONSTRAINT ck_tokens_role": "constraint ck_tokens_role",
    "ALTER TABLE purges DROP CONSTRAINT fk_purges_dossier_id": "constraint fk_purges_dossier_id",
    "ALTER TABLE ledger ALTER client DROP NOT NULL": "column ledger.client",
    "DROP INDEX ix_dossiers_open_due": "index ix_dossiers_open_due",
    "CREATE UNIQUE INDEX one ON ratings (score)": "index one",
    "ALTER TABLE units ADD COLUMN mine text": "column units.mine",
    "CREATE TABLE mine (id integer NOT NULL)": "column mine.id",
    "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$": "",
    "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION e()": "event trigger mine",
}
SQLITE = {
    "DROP INDEX ix_dossiers_open_due": "index ix_dossiers_open_due",
    "CREATE UNIQUE INDEX one ON ratings (score)": "index one",
    "ALTER TABLE units ADD COLUMN mine text": "table units",
    "CREATE TABLE mine (id integer)": "table mine",
    "PRAGMA writable_schema = ON": "",
    "UPDATE sqlite_master SET sql = replace(sql, 'score BETWEEN 1 AND 5', '1') WHERE name = 'ratings'": "table ratings",
    "UPDATE sqlite_master SET sql = replace(sql, 'client TEXT NOT NULL', 'client TEXT') WHERE name = 'ledger'": (
        "table ledger"
    ),
    "UPDATE sqlite_master SET rootpage = (SELECT sum(rootpage) FROM sqlite_master WHERE name IN "
    "('ix_units_parent_id', 'ix_units_successor_id')) - rootpage "
    "WHERE name IN ('ix_units_parent_id', 'ix_units_successor_id')": "the file",
}


def named_after(url: str, statements: dict[str, str]) -> set[str]:
    def work(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    with_triggers(url, work)
    return {difference.dossier for difference in in_database(url, verify)}


@pytest.fixture
def postgresql_url(postgresql_databases: PostgresDatabases) -> Iterator[str]:
    url = postgresql_databases.create()
    schema.upgrade(url)
    yield url
    postgresql_databases.drop(url)


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    url = sqlite_databases.create()
    seed(url)
    yield url
    sqlite_databases.drop(url)


def test_what_switches_protection_off_is_named_on_postgresql(postgresql_url: str) -> None:
    assert named_after(postgresql_url, {}) == set()
    assert named_after(postgresql_url, POSTGRESQL) == set(POSTGRESQL.values()) - {""}


def test_what_switches_protection_off_is_named_on_sqlite(sqlite_url: str) -> None:
    assert named_after(sqlite_url, {}) == set()
    assert named_after(sqlite_url, SQLITE) == set(SQLITE.values()) - {""}
