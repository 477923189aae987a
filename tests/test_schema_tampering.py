"""Protection that the owner of the database switches off without a row changed: the verification names it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from app.audit.verification.check_indexes import index_notes
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
    "GRANT UPDATE (score) ON ratings TO PUBLIC": "right to update of everybody on ratings.score",
    "ALTER TABLE tokens DROP CONSTRAINT ck_tokens_role": "constraint ck_tokens_role on tokens",
    "ALTER TABLE purges DROP CONSTRAINT fk_purges_dossier_id": "constraint fk_purges_dossier_id on purges",
    "ALTER TABLE ratings DROP CONSTRAINT ck_ratings_score": "",
    "ALTER TABLE ratings ADD CONSTRAINT ck_ratings_score CHECK (score < 99)": "constraint ck_ratings_score on ratings",
    "ALTER TABLE spans DROP CONSTRAINT fk_spans_dossier_id": "",
    "ALTER TABLE spans ADD CONSTRAINT fk_spans_dossier_id FOREIGN KEY (dossier_id) REFERENCES dossiers NOT VALID": (
        "constraint fk_spans_dossier_id on spans"
    ),
    "ALTER TABLE payments DISABLE TRIGGER ALL": "disabled constraint fk_payments_dossier_id on payments",
    "ALTER TABLE ledger ALTER client DROP NOT NULL": "column ledger.client",
    "ALTER TABLE tokens ALTER version SET DEFAULT 7": "column tokens.version",
    "ALTER TABLE seals ALTER number TYPE bigint": "column seals.number",
    "DROP INDEX ix_dossiers_open_due": "index ix_dossiers_open_due",
    "DROP INDEX ix_ratings_rated": "",
    "CREATE INDEX ix_ratings_rated ON ratings (rated_at, dossier_id) WHERE score > 1": "index ix_ratings_rated",
    "CREATE UNIQUE INDEX one ON ratings (score)": "index one",
    "ALTER TABLE units ADD COLUMN mine text": "column units.mine",
    "CREATE TABLE mine (id integer NOT NULL)": "column mine.id",
    "CREATE VIEW seen AS SELECT 1 AS number": "relation seen",
    "CREATE TABLE more () INHERITS (purges)": "table more under purges",
    "ALTER TABLE reminder_rounds SET UNLOGGED": "table without a log reminder_rounds",
    "CREATE FUNCTION lower(integer) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'": "function lower(integer)",
    "CREATE OR REPLACE FUNCTION entries_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$": (
        "function entries_are_kept()"
    ),
    "CREATE FUNCTION alike(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'": "function alike(text, text)",
    "CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = alike)": "operator ===(text,text)",
    "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$": "function e()",
    "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION e()": "event trigger mine",
    "ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO PUBLIC": "right to delete of everybody on later tables",
}
# Named beside the statements above.
BESIDE = {
    *("relation mine", "relation more", "column more.dossier_id", "column more.purged_at", "column more.closed_before"),
    *("trigger entries_are_kept", "disabled constraint fk_payments_unit_id on payments"),
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
    assert named_after(postgresql_url, POSTGRESQL) == (set(POSTGRESQL.values()) | BESIDE) - {""}


def test_amcheck_names_an_index_that_lacks_a_row(postgresql_url: str) -> None:
    (without,) = in_database(postgresql_url, index_notes)
    assert "amcheck" in without
    index = "WHERE indexrelid = 'ix_idempotency_responses_expires_at'::regclass"
    lacking = {
        "CREATE EXTENSION amcheck": "",
        f"UPDATE pg_index SET indisready = false {index}": "",
        "INSERT INTO idempotency_responses VALUES ('a', 'b', 200, '{}', 'c', now())": "",
        f"UPDATE pg_index SET indisready = true {index}": "",
    }
    assert "index ix_idempotency_responses_expires_at" in named_after(postgresql_url, lacking)
    assert in_database(postgresql_url, index_notes) == []


def test_what_switches_protection_off_is_named_on_sqlite(sqlite_url: str) -> None:
    assert named_after(sqlite_url, {}) == set()
    assert named_after(sqlite_url, SQLITE) == set(SQLITE.values()) - {""}
