"""Compares the stored rollups, with pending increments, with the counts of the journals."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Table, bindparam, select

from app.audit.verification.difference import Difference
from app.database import Connection, Prepared
from app.database.tables import late_changes

Key = tuple[Any, ...]
Values = tuple[Any, ...]
# Largest number of differences to list for each table: one wrong entry changes many counts.
_MOST = 50
# First dates of buckets that are compared at once.
_DATES = 31


async def rollup_differences(
    table: Table, counted: Sequence[Connection], stored: Sequence[Connection]
) -> list[Difference]:
    """Sums of the table in `stored` that differ from the sums in `counted`; a missing row equals zeros.

    Both are readings of databases with the rollup tables. The rows are read in small parts to bound the memory.
    """
    differences: list[Difference] = []
    async for difference in _table_differences(table, counted, stored):
        differences.append(difference)
        if len(differences) == _MOST:
            break
    return differences


async def _table_differences(
    table: Table, counted: Sequence[Connection], stored: Sequence[Connection]
) -> AsyncIterator[Difference]:
    names = [column.name for column in table.columns if not column.primary_key]
    for part, grain in await _distinct([*counted, *stored], _parts(table)):
        dates = [day for (day,) in await _distinct([*counted, *stored], _dates(table), part=part, grain=grain)]
        for start in range(0, len(dates), _DATES):
            some = dates[start : start + _DATES]
            bounds = {"part": part, "grain": grain, "first": some[0], "last": some[-1]}
            expected, actual = await _sums(counted, table, bounds), await _sums(stored, table, bounds)
            for key in sorted(expected.keys() | actual.keys()):
                for difference in _row_differences(table, names, key, expected.get(key), actual.get(key)):
                    yield difference


def _row_differences(
    table: Table, names: Sequence[str], key: Key, expected: Values | None, actual: Values | None
) -> Iterable[Difference]:
    nothing = (None if table is late_changes else 0,) * len(names)
    for name, by_journals, stored in zip(names, expected or nothing, actual or nothing, strict=True):
        if by_journals != stored:
            yield Difference(_name(table, key), None, name, by_journals, stored)


async def _distinct(connections: Sequence[Connection], statement: Prepared, **parameters: Any) -> list[Key]:
    """The rows of the statement in all databases, each once, in order."""
    rows = {tuple(row) for connection in connections for row in await connection.all(statement, **parameters)}
    return sorted(rows)


async def _sums(connections: Sequence[Connection], table: Table, bounds: dict[str, Any]) -> dict[Key, Values]:
    """The rows within the bounds by key, added over all databases. Of instants the last remains."""
    width = len(table.primary_key.columns)
    sums: dict[Key, Values] = {}
    for connection in connections:
        for row in await connection.all(_rows(table), **bounds):
            key, values = tuple(row[:width]), tuple(row[width:])
            others = sums.get(key)
            sums[key] = values if others is None else tuple(map(_joined, others, values))
    return sums


def _joined(value: Any, other: Any) -> Any:
    return max(value, other) if isinstance(value, datetime) else value + other


def _name(table: Table, key: Key) -> str:
    names = (column.name for column in table.primary_key.columns)
    values = (value.isoformat() if isinstance(value, date) else value for value in key)
    return f"{table.name} {' '.join(f'{name}={value}' for name, value in zip(names, values, strict=True))}"


# --- Statements: each reads a range of the primary key, which begins with a part, the grain and the first date --------


def _part_of(table: Table) -> Column[Any]:
    return next(iter(table.primary_key.columns))


@cache
def _parts(table: Table) -> Prepared:
    return Prepared(select(_part_of(table), table.c.grain).distinct())


@cache
def _dates(table: Table) -> Prepared:
    same = _part_of(table) == bindparam("part"), table.c.grain == bindparam("grain")
    return Prepared(select(table.c.first_date).where(*same).distinct())


@cache
def _rows(table: Table) -> Prepared:
    first: Any = bindparam("first", type_=table.c.first_date.type)
    last: Any = bindparam("last", type_=table.c.first_date.type)
    same = _part_of(table) == bindparam("part"), table.c.grain == bindparam("grain")
    others = (column for column in table.columns if not column.primary_key)
    return Prepared(select(*table.primary_key.columns, *others).where(*same, table.c.first_date.between(first, last)))
