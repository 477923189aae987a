"""Compares the stored rollups, with pending increments, with the counts of the journals."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Table, bindparam, select

from app.audit.verification.difference import Difference, unequal
from app.database import Connection, Prepared
from app.database.tables import FIGURES, late_changes, rollup_cells, rollup_moves, rollup_totals
from app.rollups.increments import Counts, Numbers, grow
from app.rollups.queries import pending
from app.rollups.roll_up import Growth, growth_of

Key = tuple[Any, ...]
# Largest number of differences to list for each table: one wrong entry changes many counts.
_MOST = 50


async def rollup_differences(connection: Connection, counts: Counts) -> list[Difference]:
    """Stored counts, with pending increments, that differ from `counts`; a missing row equals zeros."""
    expected, increments = growth_of(counts), growth_of(await pending(connection))
    _subtract(expected, increments)
    moves = {key: {0: number} for key, number in expected.moves.items()}
    differences: list[Difference] = []
    for table, numbers, names in (
        (rollup_totals, expected.totals, FIGURES),
        (rollup_cells, expected.cells, FIGURES),
        (rollup_moves, moves, ("moved",)),
    ):
        differences += [item async for item in _table_differences(connection, table, numbers, names)][:_MOST]
    return [*differences, *(await _late_differences(connection, expected, increments))[:_MOST]]


def _subtract(expected: Growth, increments: Growth) -> None:
    """Subtracts pending increments, which are not in the tables yet."""
    for whole, part in ((expected.totals, increments.totals), (expected.cells, increments.cells)):
        for key, numbers in part.items():
            grow(whole.setdefault(key, {}), {figure: -number for figure, number in numbers.items()})
    for key, number in increments.moves.items():
        expected.moves[key] -= number


async def _stored(connection: Connection, table: Table) -> AsyncIterator[tuple[Key, tuple[Any, ...]]]:
    """The rows of the table as key and numbers, read in parts to bound the memory."""
    keys = list(table.primary_key.columns)
    others = (column for column in table.columns if not column.primary_key)
    statement = Prepared(select(*keys, *others).where(keys[0] == bindparam("part")))
    for (part,) in await connection.all(select(keys[0]).distinct().order_by(keys[0])):
        for row in await connection.all(statement, part=part):
            yield tuple(row[: len(keys)]), row[len(keys) :]


async def _table_differences(
    connection: Connection, table: Table, expected: dict[Key, Numbers], names: Sequence[str]
) -> AsyncIterator[Difference]:
    async for key, numbers in _stored(connection, table):
        counted = expected.pop(key, {})
        for figure, number in enumerate(numbers):
            if number != counted.get(figure, 0):
                yield Difference(_name(table, key), None, names[figure], counted.get(figure, 0), number)
    for key, counted in expected.items():
        for figure, number in counted.items():
            if number:
                yield Difference(_name(table, key), None, names[figure], number, 0)


async def _late_differences(connection: Connection, expected: Growth, increments: Growth) -> list[Difference]:
    late = {key: row[0] async for key, row in _stored(connection, late_changes)}
    for key, at in increments.late.items():
        late[key] = max(at, late.get(key, at))
    return [
        Difference(_name(late_changes, key), None, "recorded_at", *values)
        for key, *values in unequal(expected.late, late)
    ]


def _name(table: Table, key: Key) -> str:
    names = (column.name for column in table.primary_key.columns)
    values = (value.isoformat() if isinstance(value, date) else value for value in key)
    return f"{table.name} {' '.join(f'{name}={value}' for name, value in zip(names, values, strict=True))}"
