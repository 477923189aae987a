"""The tables that only grow, and the triggers by which the database itself refuses to change them (rules §13)."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Text, column, text

from app.database import Connection, Prepared


class Growing(NamedTuple):
    """What is said to whoever changes the table, and which rows SQLite's REPLACE would delete for a new one."""

    message: str
    replaced: str
    since: str | None = None  # the instant from which on a row may not be deleted for two years; None: never


# As the migrations made their triggers. A table that gets such triggers gets a line here: `motcua verify` then sees
# that they are there, as they were made and enabled.
GROWING: Mapping[str, Growing] = {
    "entries": Growing(
        "the journal is append-only",
        "id = NEW.id OR (dossier_id = NEW.dossier_id AND sequence = NEW.sequence)",
    ),
    "token_changes": Growing("the record of tokens is append-only", "id = NEW.id"),
    "purges": Growing("the record of purges is append-only", "dossier_id = NEW.dossier_id"),
    "ratings": Growing("the ratings are append-only", "dossier_id = NEW.dossier_id"),
    "access_log": Growing("the access log is append-only", "id = NEW.id", since="viewed_at"),
    "seals": Growing("the seals are append-only", "number = NEW.number OR last_id = NEW.last_id"),
    "seal_blocks": Growing("the seals are append-only", "seal = NEW.seal AND block = NEW.block"),
}

_OF_SQLITE = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
# What of a trigger decides: whether it fires (O: as ever, A: always), when, and what its function does.
_OF_POSTGRESQL = text(
    "SELECT t.tgname AS name, CASE WHEN t.tgenabled IN ('O', 'A') THEN '' ELSE 'disabled: ' END || "
    "pg_get_triggerdef(t.oid, true) || ' AS ' || p.prosrc AS sql "
    "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) ORDER BY t.tgname"
)
_TRIGGERS = {
    "sqlite": Prepared(_OF_SQLITE.columns(column("name", Text()), column("sql", Text()))),
    "postgresql": Prepared(_OF_POSTGRESQL.columns(column("name", Text()), column("sql", Text()))),
}


async def triggers(connection: Connection) -> dict[str, str]:
    """The triggers that the database has, by name: when each fires and what it does, in one line."""
    rows = await connection.all(_TRIGGERS[connection.dialect])
    return {row.name: " ".join(row.sql.split()) for row in rows}


def triggers_made(dialect: str) -> dict[str, str]:
    """The triggers that the migrations have made, in the words of `triggers`."""
    made = _of_sqlite if dialect == "sqlite" else _of_postgresql
    return {name: sql for table, growing in GROWING.items() for name, sql in made(table, growing).items()}


def _of_sqlite(table: str, growing: Growing) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{growing.message}'); END"
    another = f"(SELECT 1 FROM {table} WHERE {growing.replaced})"  # noqa: S608 - of what stands above
    young = f" WHEN OLD.{growing.since} > CAST(strftime('%s', 'now', '-2 years') AS INTEGER)" if growing.since else ""
    occasions = {
        "update": f"BEFORE UPDATE ON {table}",
        "delete": f"BEFORE DELETE ON {table}{young}",
        "replace": f"BEFORE INSERT ON {table} WHEN EXISTS {another}",
    }
    return {
        f"{table}_refuse_{name}": f"CREATE TRIGGER {table}_refuse_{name} {occasion} {refuse}"
        for name, occasion in occasions.items()
    }


def _of_postgresql(table: str, growing: Growing) -> dict[str, str]:
    function = f"{table}_are_kept"
    refuse = f"EXECUTE FUNCTION {function}() AS BEGIN RAISE EXCEPTION '{growing.message}'; END"
    occasions = {function: f"BEFORE DELETE OR UPDATE OR TRUNCATE ON {table} FOR EACH STATEMENT"}
    if growing.since:
        young = f"old.{growing.since} > (now() - '2 years'::interval)"
        occasions = {
            function: f"BEFORE UPDATE OR TRUNCATE ON {table} FOR EACH STATEMENT",
            f"{function}_two_years": f"BEFORE DELETE ON {table} FOR EACH ROW WHEN ({young})",
        }
    return {name: f"CREATE TRIGGER {name} {occasion} {refuse}" for name, occasion in occasions.items()}
