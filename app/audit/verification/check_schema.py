"""Compares the schema with that of the migrations, and looks for what switches protection off unseen (rules §13)."""

import asyncio
import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Text, column, text

from app.audit.verification.difference import Difference, unequal
from app.audit.verification.postgresql_schema import expected_definitions, may_compare, stored_definitions
from app.database import Connection, Database, schema
from app.database.tables import metadata

_OBJECTS = text(
    "SELECT type || ' ' || name AS name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
)
_INTEGRITY = text("PRAGMA integrity_check(20)").columns(column("integrity_check", Text()))

# No migration makes one of these. Rights to read are the operator's to give.
_UNKNOWN = text(
    "WITH own AS (SELECT * FROM pg_class WHERE relnamespace = current_schema()::regnamespace), "
    "granted AS (SELECT relname, relowner, relacl AS acl FROM own "
    "UNION ALL SELECT relname || '.' || attname, relowner, attacl FROM own JOIN pg_attribute ON attrelid = own.oid "
    "UNION ALL SELECT 'later tables', defaclrole, defaclacl FROM pg_default_acl WHERE defaclobjtype = 'r') "
    "SELECT 'rule ' || rulename || ' on ' || tablename AS name FROM pg_rules WHERE schemaname = current_schema() "
    "UNION ALL SELECT 'policy ' || policyname || ' on ' || tablename FROM pg_policies "
    "WHERE schemaname = current_schema() "
    "UNION ALL SELECT 'row security on ' || relname FROM own WHERE relrowsecurity "
    "UNION ALL SELECT 'table without a log ' || relname FROM own WHERE relpersistence = 'u' AND relkind = 'r' "
    "UNION ALL SELECT 'disabled constraint ' || conname || ' on ' || relname FROM pg_trigger t "
    "JOIN own ON own.oid = tgrelid JOIN pg_constraint c ON c.oid = tgconstraint "
    "WHERE tgisinternal AND tgenabled NOT IN ('O', 'A') "
    "UNION ALL SELECT 'table ' || inhrelid::regclass || ' under ' || own.relname FROM pg_inherits "
    "JOIN own ON own.oid = inhparent AND own.relkind IN ('r', 'p') JOIN pg_class c ON c.oid = inhrelid "
    "WHERE NOT (own.relname = 'access_log' AND c.relispartition AND c.relkind = 'r' "
    "AND c.relnamespace = own.relnamespace) "
    "UNION ALL SELECT 'operator ' || o.oid::regoperator FROM pg_operator o "
    "WHERE oprnamespace = current_schema()::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_depend "
    "WHERE classid = 'pg_operator'::regclass AND objid = o.oid AND deptype = 'e') "
    "UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger WHERE evtenabled <> 'D' "
    "UNION ALL SELECT DISTINCT 'right to ' || lower(privilege_type) || ' of ' "
    "|| CASE WHEN grantee = 0 THEN 'everybody' ELSE grantee::regrole::text END || ' on ' || relname "
    "FROM granted, aclexplode(acl) WHERE grantee <> relowner "
    "AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER') "
    "UNION ALL SELECT 'setting ' || entry FROM pg_db_role_setting, unnest(setconfig) AS entry "
    "WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) "
    "AND (entry LIKE 'search_path=%' OR entry LIKE 'session_replication_role=%') ORDER BY name"
).columns(column("name", Text()))


async def schema_differences(database: Database) -> list[Difference]:
    """Definitions that differ from those of the migrations, and what they never make.

    On SQLite the file is checked too: each index against its table. Where PostgreSQL gives no temporary tables, only
    the names of columns, constraints and indexes are compared, of which `schema_notes` speaks.
    """
    async with database.reading(heavy=True, in_turn=False) as connection:
        if connection.dialect == "sqlite":
            return await _of_sqlite(connection)
        stored = await stored_definitions(connection)
        unknown = [row.name for row in await connection.all(_UNKNOWN)]
        definitions = await may_compare(connection)
    if definitions:
        differences = _unequal(await expected_definitions(database), stored)
    else:
        kinds = ("column ", "constraint ", "index ")
        differences = _unequal(
            dict.fromkeys(_declared(), ""),
            {name: "" for name in stored if name.startswith(kinds) and "alembic_version" not in name},
        )
    return [*differences, *(Difference(name, None, "schema", "none", "present") for name in unknown)]


async def schema_notes(database: Database) -> list[str]:
    """A line if only the names of the schema can be compared."""
    async with database.reading() as connection:
        if connection.dialect == "sqlite" or await may_compare(connection):
            return []
    return ["Not checked: definitions of the schema, only their names. This needs a primary and the right TEMPORARY."]


async def _of_sqlite(connection: Connection) -> list[Difference]:
    expected = await asyncio.to_thread(_of_migrations)
    stored = {row.name: _lines(row.sql) for row in await connection.all(_OBJECTS)}
    faults = [row.integrity_check for row in await connection.all(_INTEGRITY) if row.integrity_check != "ok"]
    return [*_unequal(expected, stored), *(Difference("the file", None, "integrity", "ok", fault) for fault in faults)]


def _unequal(expected: Mapping[str, str], stored: Mapping[str, str]) -> list[Difference]:
    return [Difference(name, None, "schema", *values) for name, *values in unequal(expected, stored)]


def _lines(sql: str) -> str:
    """The parts of a definition in one order. A migration that makes a table again may write them in any.

    The columns and constraints of a table stand between commas outside of its inner brackets.
    """
    parts, depth = [""], 0
    for character in sql.replace('"', ""):
        depth += (character == "(") - (character == ")")
        if (character in "(," and depth == 1) or (character == ")" and depth == 0):
            parts.append("")
        else:
            parts[-1] += character
    return " | ".join(sorted(" ".join(part.split()) for part in parts))


@cache
def _of_migrations() -> Mapping[str, str]:
    """The objects of a new SQLite database. It is made once for each process."""
    with TemporaryDirectory(prefix="motcua-") as folder:
        path = Path(folder) / "new.db"
        schema.upgrade(f"sqlite:///{path}")
        with sqlite3.connect(path) as driver:
            objects = {name: _lines(sql) for name, sql in driver.execute(str(_OBJECTS))}
        driver.close()
    return objects


@cache
def _declared() -> frozenset[str]:
    """The names of the columns, constraints and indexes of the code."""
    declared: set[str] = set()
    for table in metadata.sorted_tables:
        declared |= {f"column {table.name}.{item.name}" for item in table.columns}
        declared |= {f"constraint {item.name} on {table.name}" for item in table.constraints if item.name is not None}
        declared |= {f"index {item.name}" for item in table.indexes}
    return frozenset(declared)
