"""The counts that the database keeps held against those that the journals give."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Table, bindparam, select

from app.audit.verification.difference import Difference
from app.database import Connection, Prepared
from app.database.tables import FIGURES, late_changes, rollup_cells, rollup_moves, rollup_totals
from app.rollups.increments import Counts, Numbers, grow
from app.rollups.queries import pending
from app.rollups.roll_up import Growth, growth_of

Key = tuple[Any, ...]
# Of each table so many differences are named: one wrong entry is seen in many counts.
_MOST = 50


async def tally_differences(connection: Connection, counts: Counts) -> list[Difference]:
    """Where a kept count, with what is not folded yet, is another than `counts`; zeros and nothing are the same."""
    expected, more = growth_of(counts), growth_of(await pending(connection))
    _take_off(expected, more)
    moved = {key: {0: number} for key, number in expected.moves.items()}
    found: list[Difference] = []
    for table, numbers, names in (
        (rollup_totals, expected.totals, FIGURES),
        (rollup_cells, expected.cells, FIGURES),
        (rollup_moves, moved, ("moved",)),
    ):
        found += [item async for item in _different(connection, table, numbers, names)][:_MOST]
    return [*found, *(await _late_differences(connection, expected, more))[:_MOST]]


def _take_off(expected: Growth, more: Growth) -> None:
    """Leaves what has to stand in the tables: what is not folded yet does not."""
    for mine, other in ((expected.totals, more.totals), (expected.cells, more.cells)):
        for key, numbers in other.items():
            grow(mine.setdefault(key, {}), {figure: -number for figure, number in numbers.items()})
    for key, number in more.moves.items():
        expected.moves[key] -= number


async def _kept(connection: Connection, table: Table) -> AsyncIterator[tuple[Key, tuple[Any, ...]]]:
    """The table's rows as key and numbers, read in parts, so that memory is bounded by what was counted."""
    keys = list(table.primary_key.columns)
    others = (column for column in table.columns if not column.primary_key)
    statement = Prepared(select(*keys, *others).where(keys[0] == bindparam("part")))
    for (part,) in await connection.all(select(keys[0]).distinct().order_by(keys[0])):
        for row in await connection.all(statement, part=part):
            yield tuple(row[: len(keys)]), row[len(keys) :]


async def _different(
    connection: Connection, table: Table, expected: dict[Key, Numbers], names: Sequence[str]
) -> AsyncIterator[Difference]:
    async for key, numbers in _kept(connection, table):
        should = expected.pop(key, {})
        for figure, number in enumerate(numbers):
            if number != should.get(figure, 0):
                yield Difference(_named(table, key), None, names[figure], should.get(figure, 0), number)
    for key, should in expected.items():
        for figure, number in should.items():
            if number:
                yield Difference(_named(table, key), None, names[figure], number, 0)


async def _late_differences(connection: Connection, expected: Growth, more: Growth) -> list[Difference]:
    late = {key: row[0] async for key, row in _kept(connection, late_changes)}
    for key, at in more.late.items():
        late[key] = max(at, late.get(key, at))
    return [
        Difference(_named(late_changes, key), None, "recorded_at", expected.late.get(key), late.get(key))
        for key in sorted(expected.late.keys() | late.keys())
        if expected.late.get(key) != late.get(key)
    ]


def _named(table: Table, key: Key) -> str:
    names = (column.name for column in table.primary_key.columns)
    shown = (value.isoformat() if isinstance(value, date) else value for value in key)
    return f"{table.name} {' '.join(f'{name}={value}' for name, value in zip(names, shown, strict=True))}"
