"""Reads the definitions of a PostgreSQL schema, and those that the code expects (docs/journal.md).

The server itself writes both in one form. It gets the tables of the code as temporary ones, in a transaction that is
rolled back.
"""

from collections.abc import Mapping
from hashlib import md5

from sqlalchemy import Boolean, Text, column, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from app.database import Connection, Database
from app.database.append_only import APPEND_ONLY
from app.database.tables import metadata

_TWO_TEXTS = (column("name", Text()), column("sql", Text()))
# Relations, columns, constraints and indexes. Partitions follow their table, and those of an extension its version.
_DEFINITIONS = (
    "WITH own AS (SELECT c.oid, relname, relkind FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') "
    "AND NOT relispartition AND relnamespace = {schema}::regnamespace AND NOT EXISTS "
    "(SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')) "
    "SELECT 'relation ' || relname AS name, relkind::text AS sql FROM own "
    "UNION ALL SELECT 'column ' || relname || '.' || attname, format_type(atttypid, atttypmod) "
    "|| CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') "
    "|| coalesce(' COLLATE ' || l.collname, '') || attidentity::text || attgenerated::text "
    "FROM own JOIN pg_attribute ON attrelid = own.oid JOIN pg_type t ON t.oid = atttypid "
    "LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
    "LEFT JOIN pg_collation l ON l.oid = attcollation AND attcollation <> typcollation "
    "WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p') "
    "UNION ALL SELECT 'constraint ' || conname || ' on ' || relname, pg_get_constraintdef(c.oid, true) "
    "|| CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END "
    "FROM own JOIN pg_constraint c ON conrelid = own.oid WHERE contype IN ('p', 'u', 'f', 'c', 'x') "
    "UNION ALL SELECT 'index ' || i.relname, pg_get_indexdef(i.oid, 0, true) "
    "|| CASE WHEN indisvalid AND indisready AND indislive THEN '' ELSE ' not valid' END "
    "FROM own JOIN pg_index ON indrelid = own.oid JOIN pg_class i ON i.oid = indexrelid "
    "WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.oid)"
)
_STORED = text(_DEFINITIONS.format(schema="current_schema()")).columns(*_TWO_TEXTS)
_EXPECTED = text(_DEFINITIONS.format(schema="pg_my_temp_schema()")).columns(*_TWO_TEXTS)
_FUNCTIONS = text(
    "SELECT 'function ' || proname || '(' || oidvectortypes(proargtypes) || ')' AS name, "
    "md5(regexp_replace(btrim(prosrc), '\\s+', ' ', 'g')) || CASE WHEN prosecdef THEN ' SECURITY DEFINER' ELSE '' END "
    "|| coalesce(' SET ' || array_to_string(proconfig, ', '), '') AS sql "
    "FROM pg_proc p WHERE pronamespace = current_schema()::regnamespace AND NOT EXISTS "
    "(SELECT 1 FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')"
).columns(*_TWO_TEXTS)
_MAY_COMPARE = text(
    "SELECT NOT pg_is_in_recovery() AND has_database_privilege(current_database(), 'TEMP') AS may"
).columns(column("may", Boolean()))

# Functions of the migrations that no trigger of `append_only` has, each with the MD5 of its source in one line.
_OTHER_FUNCTIONS: Mapping[str, str] = {
    "function claim_key(text, timestamp with time zone)": "5367a0fd0eb96d4b6a221d03bbf312bd",
    "function hold_reference()": "4a44e67dfe4208010ae87a6eeeb6270f",
}
# Partitioned by month on PostgreSQL, which the tables of the code do not say.
_PARTITIONED = {
    "relation access_log": "p",
    "constraint pk_access_log on access_log": "PRIMARY KEY (id, viewed_at)",
}
_OF_ALEMBIC = {
    "relation alembic_version": "r",
    "column alembic_version.version_num": "character varying(32) NOT NULL",
    "constraint alembic_version_pkc on alembic_version": "PRIMARY KEY (version_num)",
}


class _Undone(Exception):
    """Rolls back the transaction with the temporary tables."""


async def stored_definitions(connection: Connection) -> Mapping[str, str]:
    """The definitions of the database, by kind and name."""
    rows = [*await connection.all(_STORED), *await connection.all(_FUNCTIONS)]
    # Each partition has the index of its table.
    return {row.name: row.sql.replace(" ON ONLY ", " ON ", 1) for row in rows}


async def may_compare(connection: Connection) -> bool:
    """Whether the server lets this user make temporary tables. A standby does not."""
    return bool(await connection.scalar(_MAY_COMPARE))


async def expected_definitions(database: Database) -> Mapping[str, str]:
    """The definitions of the code, in the form of `stored_definitions`."""
    rows: list[tuple[str, str]] = []
    try:
        async with database.writing() as connection:
            await connection.run(text("SET LOCAL search_path = pg_temp"))
            for statement in _statements():
                await connection.run(text(statement))
            rows = [(row.name, row.sql) for row in await connection.all(_EXPECTED)]
            raise _Undone
    except _Undone:
        return {**dict(rows), **_PARTITIONED, **_OF_ALEMBIC, **_functions()}


def _statements() -> list[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statements: list[str] = []
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)).replace("CREATE TABLE", "CREATE TEMP TABLE"))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes]
    # The compiler doubles them for drivers that use them for parameters; colons would be parameters here.
    return [statement.replace("%%", "%").replace(":", "\\:") for statement in statements]


def _functions() -> Mapping[str, str]:
    kept = {
        f"function {table}_are_kept()": f"BEGIN RAISE EXCEPTION '{rule.message}'; END"
        for table, rule in APPEND_ONLY.items()
    }
    return {name: md5(source.encode(), usedforsecurity=False).hexdigest() for name, source in kept.items()} | dict(
        _OTHER_FUNCTIONS
    )
