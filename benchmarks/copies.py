"""Builds a large register from a smaller one: copies its dossiers in SQL with new ids and codes."""

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import asyncpg
from sqlalchemy import Table, make_url

from app.database.tables import (
    code_ordinals,
    dossiers,
    entries,
    externals,
    late_changes,
    metadata,
    rollup_cells,
    rollup_moves,
    rollup_totals,
)
from benchmarks.registers import execute


def recreate(url: str) -> None:
    """Replace the database at `url` by a new, empty one."""
    remove(url)
    if make_url(url).get_backend_name() == "postgresql":
        asyncio.run(_create(url, None))


def multiply(source: str, url: str, base: int, size: int) -> None:
    """Make the database at `url` a copy of the one at `source` and multiply its `base` dossiers up to `size`.

    Copies have the dates and procedures of their originals, but other communes, so that the rollups have as many rows
    as in a real register. The rollups are copied too, so `source` must have no pending increments. Codes and journals
    keep the first commune: this register is for reading figures, not for verification. Raises ValueError if `size` is
    no multiple of `base`.
    """
    if size % base:
        raise ValueError(f"{size} is no multiple of {base}")
    statements = list(_statements(make_url(url).get_backend_name(), size // base))
    duplicate(source, url)
    if make_url(url).get_backend_name() == "sqlite":
        _on_sqlite(str(make_url(url).database), statements)
    else:
        asyncio.run(_on_postgresql(url, statements))


def duplicate(source: str, url: str) -> None:
    """Make the database at `url` a copy of the one at `source`, which must have no connections."""
    if make_url(url).get_backend_name() == "sqlite":
        remove(url)
        shutil.copyfile(str(make_url(source).database), str(make_url(url).database))
        return
    asyncio.run(_create(url, make_url(source).database))


def remove(url: str) -> None:
    """Delete the database at `url` if it exists."""
    if make_url(url).get_backend_name() == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            Path(f"{make_url(url).database}{suffix}").unlink(missing_ok=True)
        return
    asyncio.run(_drop(url))


async def _drop(url: str) -> None:
    await execute(_administrative(url), f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')


async def _create(url: str, template: str | None) -> None:
    await _drop(url)
    name = make_url(url).database
    await execute(
        _administrative(url), f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}" STRATEGY FILE_COPY'
    )


def _administrative(url: str) -> str:
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)


# --- The statements ---------------------------------------------------------------------------------------------------

_OF_UNITS = (
    "receiving_unit_id",
    "responsible_unit_id",
    "holder_unit_id",
    "counter_unit_id",
    "unit_id",
    "to_unit_id",
)
_ROLLUPS = (rollup_totals, rollup_cells, rollup_moves, late_changes)


def _preparation(times: int) -> Iterator[str]:
    """Saves the ids and rollups of the originals, and assigns a commune to each commune and copy."""
    yield "CREATE TEMP TABLE source_ids AS SELECT max(id) AS id FROM dossiers"
    yield "CREATE TEMP TABLE other_units (copy integer, id integer, other integer, PRIMARY KEY (copy, id))"
    ranked = "SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many FROM units"
    for number in range(1, times):
        yield (
            f"INSERT INTO other_units SELECT {number}, original.id, other.id "
            f"FROM ({ranked} WHERE kind = 'commune') original JOIN ({ranked} WHERE kind = 'commune') other "
            f"ON other.place = (original.place + {number} * original.many / {times}) % original.many "
            f"UNION ALL SELECT {number}, id, id FROM units WHERE kind <> 'commune'"
        )
    for table in _ROLLUPS:
        yield f"CREATE TEMP TABLE source_{table.name} AS SELECT * FROM {table.name}"


def _statements(dialect: str, times: int) -> Iterator[str]:
    """The statements that copy every dossier. The id of copy k is higher by k times the highest id.

    Its code has the same agency and day, and an ordinal higher by k times the last ordinal of that day.
    """
    yield from _preparation(times)
    for number in range(1, times):
        shift = f"{number} * (SELECT max(id) FROM source_ids)"
        yield _insert(dossiers, {"id": f"id + {shift}", "code": _code(dialect, number)}, number, _ORIGINAL)
        for table in metadata.sorted_tables:
            if "dossier_id" in table.c and table is not externals:
                own = {"dossier_id": f"dossier_id + {shift}"}
                left_out = ("id",) if table is entries else ()
                original = "dossier_id <= (SELECT max(id) FROM source_ids)"
                yield _insert(table, own, number, original, left_out)
        yield from (_add_rollups(table, number, dialect) for table in _ROLLUPS)
    yield f"UPDATE {code_ordinals.name} SET last = last * {times}"


_ORIGINAL = "id <= (SELECT max(id) FROM source_ids)"


def _other(column: str, number: int) -> str:
    return f'(SELECT other FROM other_units o WHERE o.copy = {number} AND o.id = "{column}")'


def _add_rollups(table: Table, number: int, dialect: str) -> str:
    """Adds the rollups of a copy to the present ones."""
    of_units = "dimension IN ('unit', 'receiving', 'step_unit')"
    names = list(table.c.keys())
    shown = {name: _other(name, number) for name in names if name in _OF_UNITS}
    if "key" in names:
        shown["key"] = f'CASE WHEN {of_units} THEN {_other("key", number)} ELSE "key" END'
    keys = [column.name for column in table.primary_key.columns]
    later = "max" if dialect == "sqlite" else "greatest"
    put = (
        f"{name} = {later}({table.name}.{name}, excluded.{name})"
        if table is late_changes
        else f"{name} = {table.name}.{name} + excluded.{name}"
        for name in names
        if name not in keys
    )
    return (
        f"INSERT INTO {table.name} ({_quoted(names)}) "
        f"SELECT {', '.join(shown.get(name, _quoted([name])) for name in names)} FROM source_{table.name} WHERE true "
        f"ON CONFLICT ({_quoted(keys)}) DO UPDATE SET {', '.join(put)}"
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _insert(table: Table, changed: dict[str, str], number: int, condition: str, left_out: tuple[str, ...] = ()) -> str:
    columns = [column.name for column in table.c if column.name not in left_out]
    shown = {**{name: _other(name, number) for name in columns if name in _OF_UNITS}, **changed}
    values = ", ".join(shown.get(name, _quoted([name])) for name in columns)
    return f"INSERT INTO {table.name} ({_quoted(columns)}) SELECT {values} FROM {table.name} WHERE {condition}"


def _code(dialect: str, number: int) -> str:
    """The code with a higher ordinal. Identifiers of agencies have no hyphen."""
    if dialect == "sqlite":
        agency, rest = "substr(code, 1, instr(code, '-') - 1)", "substr(code, instr(code, '-') + 1)"
        day, ordinal = f"substr({rest}, 1, 6)", f"CAST(substr({rest}, 8) AS integer)"
        written = f"'20' || substr({day}, 1, 2) || '-' || substr({day}, 3, 2) || '-' || substr({day}, 5, 2)"
    else:
        agency, day = "split_part(code, '-', 1)", "split_part(code, '-', 2)"
        ordinal, written = "CAST(split_part(code, '-', 3) AS integer)", f"to_date({day}, 'YYMMDD')"
    last = f"(SELECT last FROM code_ordinals o WHERE o.agency_identifier = {agency} AND o.date = {written})"
    raised = f"({ordinal} + {number} * {last})"
    text = f"CAST({raised} AS text)"
    padded = f"printf('%04d', {raised})" if dialect == "sqlite" else f"lpad({text}, greatest(4, length({text})), '0')"
    return f"{agency} || '-' || {day} || '-' || {padded}"


# --- Execution --------------------------------------------------------------------------------------------------------


# Indexes and triggers are dropped before the copy and created again after it, which is faster. An index of a
# constraint or of a partition cannot be dropped alone; partitioned tables have no copies.
_OF_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
_OF_POSTGRESQL = """
    SELECT 'index', c.relname, pg_get_indexdef(c.oid) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
    JOIN pg_class t ON t.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)
    AND NOT (t.relispartition OR t.relkind = 'p')
"""


def _on_sqlite(path: str, statements: list[str]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # An interrupted copy is repeated, so it need not be durable.
        for pragma in ("synchronous = OFF", "journal_mode = OFF", "foreign_keys = OFF", "cache_size = -1000000"):
            connection.execute(f"PRAGMA {pragma}")
        later = connection.execute(_OF_SQLITE).fetchall()
        for statement in _around(later, statements):
            _say(statement)
            connection.execute(statement)
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


async def _on_postgresql(url: str, statements: list[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        # Foreign keys need no check, because copies refer to each other like the originals.
        await connection.execute("SET session_replication_role = replica")
        later = await connection.fetch(_OF_POSTGRESQL)
        for statement in _around([(row[0], row[1], row[2]) for row in later], statements):
            _say(statement)
            await connection.execute(statement)
        await connection.execute("SELECT setval(pg_get_serial_sequence('dossiers', 'id'), max(id)) FROM dossiers")
    finally:
        await connection.close()


def _around(later: Sequence[tuple[str, str, str]], statements: Sequence[str]) -> Iterator[str]:
    yield from (f'DROP {kind} "{name}"' for kind, name, _ in later)
    yield from statements
    yield from (sql for _, _, sql in later)


def _say(statement: str) -> None:
    sys.stderr.write(f"{' '.join(statement.split()[:3])} …\n")
