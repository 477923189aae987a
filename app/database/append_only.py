"""The append-only tables, and the database triggers that refuse to change or delete their rows (rules §13)."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Text, column, text

from app.database import Connection, Prepared


class AppendOnly(NamedTuple):
    """The triggers of one table: their error message, and the condition for rows that REPLACE on SQLite deletes."""

    message: str
    replaced: str
    since: str | None = None  # column: a row may be deleted two years after this instant; None: never
    partitioned: bool = False  # on PostgreSQL, by `since`


# Describes the triggers that the migrations create. `motcua verify` compares them with those of the database, so a
# table with such triggers needs an entry here.
APPEND_ONLY: Mapping[str, AppendOnly] = {
    "entries": AppendOnly(
        "the journal is append-only",
        "id = NEW.id OR (dossier_id = NEW.dossier_id AND sequence = NEW.sequence)",
    ),
    "token_changes": AppendOnly("the record of tokens is append-only", "id = NEW.id"),
    "person_changes": AppendOnly("the record of persons is append-only", "id = NEW.id"),
    "purges": AppendOnly("the record of purges is append-only", "dossier_id = NEW.dossier_id"),
    "ratings": AppendOnly("the ratings are append-only", "dossier_id = NEW.dossier_id"),
    "access_log": AppendOnly("the access log is append-only", "id = NEW.id", since="viewed_at", partitioned=True),
    "ledger": AppendOnly("the ledger is append-only", "number = NEW.number"),
    "seals": AppendOnly("the seals are append-only", "number = NEW.number"),
    "seal_blocks": AppendOnly("the seals are append-only", "seal = NEW.seal AND block = NEW.block"),
    "seal_stamps": AppendOnly("the time stamps are append-only", "seal = NEW.seal"),
    "cosigned_checkpoints": AppendOnly("the cosigned heads are append-only", "origin = NEW.origin AND size = NEW.size"),
    "resumptions": AppendOnly("the record of resumptions is append-only", "number = NEW.number"),
}

_OF_SQLITE = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
# Compared of a trigger: if it is enabled (O: on origin, A: always), its event, and the source of its function. A
# partition has copies of the triggers of its table. They cannot be dropped, so only disabled ones are listed.
_OF_POSTGRESQL = text(
    "SELECT t.tgname || CASE WHEN c.relispartition THEN ' on ' || c.relname ELSE '' END AS name, "
    "CASE WHEN t.tgenabled IN ('O', 'A') THEN '' ELSE 'disabled: ' END || "
    "pg_get_triggerdef(t.oid, true) || ' AS ' || p.prosrc AS sql "
    "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) "
    "AND NOT (t.tgparentid <> 0 AND t.tgenabled IN ('O', 'A')) ORDER BY name"
)
_TRIGGERS = Prepared(
    _OF_POSTGRESQL.columns(column("name", Text()), column("sql", Text())),
    sqlite=_OF_SQLITE.columns(column("name", Text()), column("sql", Text())),
)


async def triggers(connection: Connection) -> dict[str, str]:
    """The triggers in the database by name, each with its definition in one line."""
    rows = await connection.all(_TRIGGERS)
    return {row.name: " ".join(row.sql.split()) for row in rows}


def expected_triggers(connection: Connection) -> dict[str, str]:
    """The triggers that the migrations create, in the form of `triggers`."""
    definitions = _for_sqlite if connection.dialect == "sqlite" else _for_postgresql
    return {name: sql for table, rule in APPEND_ONLY.items() for name, sql in definitions(table, rule).items()}


def _for_sqlite(table: str, rule: AppendOnly) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{rule.message}'); END"
    existing = f"(SELECT 1 FROM {table} WHERE {rule.replaced})"  # noqa: S608 - constants of this module
    young = f" WHEN OLD.{rule.since} > CAST(strftime('%s', 'now', '-2 years') AS INTEGER)" if rule.since else ""
    events = {
        "update": f"BEFORE UPDATE ON {table}",
        "delete": f"BEFORE DELETE ON {table}{young}",
        "replace": f"BEFORE INSERT ON {table} WHEN EXISTS {existing}",
    }
    return {
        f"{table}_refuse_{name}": f"CREATE TRIGGER {table}_refuse_{name} {event} {refuse}"
        for name, event in events.items()
    }


def _for_postgresql(table: str, rule: AppendOnly) -> dict[str, str]:
    function = f"{table}_are_kept"
    refuse = f"EXECUTE FUNCTION {function}() AS BEGIN RAISE EXCEPTION '{rule.message}'; END"
    events = {function: f"BEFORE DELETE OR UPDATE OR TRUNCATE ON {table} FOR EACH STATEMENT"}
    if rule.since:
        young = f"old.{rule.since} > (now() - '2 years'::interval)"
        events = {
            function: f"BEFORE UPDATE OR TRUNCATE ON {table} FOR EACH STATEMENT",
            f"{function}_two_years": f"BEFORE DELETE ON {table} FOR EACH ROW WHEN ({young})",
        }
    if rule.partitioned:
        events[f"{function}_rows"] = f"BEFORE UPDATE ON {table} FOR EACH ROW"
    return {name: f"CREATE TRIGGER {name} {event} {refuse}" for name, event in events.items()}
