"""Upserts of many rows into tables of counts: adds to the present rows, or keeps the later instant."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Integer, Table, bindparam, text

from app.database import Connection, Instant, LocalDate, Prepared

# Rows of one statement on PostgreSQL.
_SLICE = 5000


async def add_rows(
    connection: Connection, table: Table, counted: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Adds the numbers in the columns `counted` to the rows with the same keys. `rows` have all columns."""
    await _upsert(connection, table, tuple(counted), "add", rows)


async def latest_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keeps the later of the two instants in the last column."""
    await _upsert(connection, table, (table.columns.keys()[-1],), "later", rows)


async def _upsert(
    connection: Connection, table: Table, changed: tuple[str, ...], how: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    if not rows:
        return
    names = table.columns.keys()
    if connection.dialect == "sqlite":
        statement = _one_by_one(table, changed, how)
        await connection.run_many(statement, [dict(zip(names, row, strict=True)) for row in rows])
        return
    for start in range(0, len(rows), _SLICE):
        columns = zip(*rows[start : start + _SLICE], strict=True)
        await connection.run(_together(table, changed, how), **dict(zip(names, map(list, columns), strict=True)))


@cache
def _one_by_one(table: Table, changed: tuple[str, ...], how: str) -> Prepared:
    names = table.columns.keys()
    values = ", ".join(f":{name}" for name in names)
    sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 – names of the service's tables
    # Only columns that SQLite stores in another form are converted.
    typed = [bindparam(name, type_=table.c[name].type) for name in names if isinstance(table.c[name].type, _CONVERTED)]
    return Prepared(text(f"{sql} {_conflict(table, changed, how, 'max')}").bindparams(*typed))


@cache
def _together(table: Table, changed: tuple[str, ...], how: str) -> Prepared:
    names = table.columns.keys()
    arrays = ", ".join(f"CAST(:{name} AS {_array(table.c[name])})" for name in names)
    sql = f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608 – as above
    return Prepared(text(f"{sql} {_conflict(table, changed, how, 'greatest')}"))


def _conflict(table: Table, changed: tuple[str, ...], how: str, later: str) -> str:
    keys = ", ".join(column.name for column in table.primary_key.columns)
    put: Callable[[str], str] = {
        "add": lambda name: f"{name} = {table.name}.{name} + excluded.{name}",
        "later": lambda name: f"{name} = {later}({table.name}.{name}, excluded.{name})",
    }[how]
    return f"ON CONFLICT ({keys}) DO UPDATE SET {', '.join(map(put, changed))}"


def _array(column: Column[Any]) -> str:
    for kind, name in ((LocalDate, "date[]"), (Instant, "timestamptz[]"), (Integer, "integer[]")):
        if isinstance(column.type, kind):
            return name
    return "text[]"


_CONVERTED = (LocalDate, Instant)
