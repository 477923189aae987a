"""Compares the schema with that of the migrations, and looks for what switches protection off unseen (rules §13)."""

import asyncio
import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Text, column, text

from app.audit.verification.difference import Difference, unequal
from app.database import Connection, schema
from app.database.tables import metadata

_OBJECTS = text(
    "SELECT type || ' ' || name AS name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
)
_INTEGRITY = text("PRAGMA integrity_check(20)").columns(column("integrity_check", Text()))

# Columns, constraints and indexes by name, each with what must hold of it. Partitions follow their table.
_OF_POSTGRESQL = text(
    "WITH own AS (SELECT oid, relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
    "AND relnamespace = current_schema()::regnamespace) "
    "SELECT 'column ' || relname || '.' || attname AS name, "
    "CASE WHEN attnotnull THEN 'NOT NULL' ELSE 'NULL' END AS sql "
    "FROM own JOIN pg_attribute ON attrelid = own.oid WHERE attnum > 0 AND NOT attisdropped "
    "UNION ALL SELECT 'constraint ' || conname, CASE WHEN convalidated THEN 'valid' ELSE 'not valid' END "
    "FROM own JOIN pg_constraint ON conrelid = own.oid WHERE contype IN ('p', 'u', 'f', 'c') "
    "UNION ALL SELECT 'index ' || i.relname, CASE WHEN indisvalid THEN 'valid' ELSE 'not valid' END "
    "FROM own JOIN pg_index ON indrelid = own.oid JOIN pg_class i ON i.oid = indexrelid "
    "WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.oid)"
).columns(column("name", Text()), column("sql", Text()))
# No migration makes one of these. Rights to read are the operator's to give.
_UNKNOWN = text(
    "SELECT 'rule ' || rulename || ' on ' || tablename AS name FROM pg_rules WHERE schemaname = current_schema() "
    "UNION ALL SELECT 'policy ' || policyname || ' on ' || tablename FROM pg_policies "
    "WHERE schemaname = current_schema() "
    "UNION ALL SELECT 'row security on ' || relname FROM pg_class "
    "WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace "
    "UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger WHERE evtenabled <> 'D' "
    "UNION ALL SELECT DISTINCT 'right to ' || lower(privilege_type) || ' of ' "
    "|| CASE WHEN grantee = 0 THEN 'everybody' ELSE grantee::regrole::text END || ' on ' || relname "
    "FROM pg_class, aclexplode(relacl) WHERE relnamespace = current_schema()::regnamespace AND grantee <> relowner "
    "AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER') "
    "UNION ALL SELECT 'setting ' || entry FROM pg_db_role_setting, unnest(setconfig) AS entry "
    "WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) "
    "AND (entry LIKE 'search_path=%' OR entry LIKE 'session_replication_role=%') ORDER BY name"
).columns(column("name", Text()))


async def schema_differences(connection: Connection) -> list[Difference]:
    """Tables, columns, constraints and indexes that differ from the migrations, and what they never make.

    On SQLite the file is checked too: each index against its table.
    """
    if connection.dialect == "sqlite":
        expected = await asyncio.to_thread(_of_migrations)
        stored = {row.name: _lines(row.sql) for row in await connection.all(_OBJECTS)}
        faults = [row.integrity_check for row in await connection.all(_INTEGRITY) if row.integrity_check != "ok"]
        damaged = [Difference("the file", None, "integrity", "ok", fault) for fault in faults]
        return [*_unequal(expected, stored), *damaged]
    rows = {row.name: row.sql for row in await connection.all(_OF_POSTGRESQL)}
    unknown = [row.name for row in await connection.all(_UNKNOWN)]
    own = {name: sql for name, sql in rows.items() if "alembic_version" not in name}
    return [*_unequal(_declared(), own), *(Difference(name, None, "schema", "none", "present") for name in unknown)]


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
def _declared() -> Mapping[str, str]:
    """The columns, constraints and indexes of the code, in the form of `_OF_POSTGRESQL`."""
    declared: dict[str, str] = {}
    for table in metadata.sorted_tables:
        declared |= {
            f"column {table.name}.{item.name}": "NULL" if item.nullable else "NOT NULL" for item in table.columns
        }
        declared |= {f"constraint {item.name}": "valid" for item in table.constraints if item.name is not None}
        declared |= {f"index {item.name}": "valid" for item in table.indexes}
    return declared
