"""Adds pending increments to the rollup tables by day, month and year, so that queries read few rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, Table, bindparam, delete, func, select

from app.catalogue.records import CHANNELS
from app.database import Connection, Database, Prepared
from app.database.locks import Lock, acquire, try_acquire
from app.database.tables import FIGURES, late_changes, pending_increments, rollup_cells, rollup_moves, rollup_totals
from app.database.upserts import add_rows, latest_rows
from app.rollups.buckets import GRAINS, YEAR, buckets_of
from app.rollups.facts import STEP
from app.rollups.increments import DOSSIER, Cell, Counts, Numbers, counts_of, grow

# Most numbers of one transaction, unless a single row has more. Others read and write between transactions.
MOST = 1000
# The same for bulk writers: larger roll-ups change fewer rows in total.
MANY = 200_000
# Rows read to find them.
_ROWS = 1000


class Rollups(NamedTuple):
    """Tables with counts by day, month and year."""

    totals: Table
    cells: Table
    moves: Table
    late: Table


STORED = Rollups(rollup_totals, rollup_cells, rollup_moves, late_changes)

# Names of the dimensions in `rollup_totals`, by subject and by the part of a cell that is the key.
DIMENSIONS: Mapping[tuple[str, str], str] = {
    (DOSSIER, "unit"): "unit",
    (DOSSIER, "receiving"): "receiving",
    (DOSSIER, "procedure"): "procedure",
    (DOSSIER, "channel"): "channel",
    (STEP, "unit"): "step_unit",
    (STEP, "procedure"): "step_procedure",
    (STEP, "channel"): "step_channel",
}

_FIRST = (
    select(pending_increments.c.id, pending_increments.c.size).order_by(pending_increments.c.id).limit(_ROWS).subquery()
)
_SUMMED = select(
    _FIRST.c.id, _FIRST.c.size, func.sum(_FIRST.c.size).over(order_by=_FIRST.c.id).label("total")
).subquery()
_TAKE = Prepared(
    delete(pending_increments)
    .where(
        pending_increments.c.id.in_(
            select(_SUMMED.c.id).where(_SUMMED.c.total - _SUMMED.c.size < bindparam("most", type_=Integer))
        )
    )
    .returning(pending_increments.c.content)
)


async def roll_up_all(database: Database, most: int = MOST) -> None:
    """Rolls up until no increment is left or another worker has taken over; at most `most` numbers a transaction."""
    pending = True
    while pending:
        async with database.writing() as connection:
            pending = await roll_up(connection, most)


async def roll_up(connection: Connection, most: int = MOST) -> bool:
    """Rolls up at most `most` numbers, or one row with more. False: none is pending, or another worker is busy.

    Readers add pending increments within one state of the database. So each number is counted in one place.
    """
    if not await try_acquire(connection, Lock.ROLL_UP):
        return False
    rows = await connection.all(_TAKE, most=most)
    await write(connection, counts_of(row.content for row in rows))
    return bool(rows)


async def lock_roll_up(connection: Connection) -> None:
    """Prevents roll-ups by other workers until the transaction ends."""
    await acquire(connection, Lock.ROLL_UP)


async def write(connection: Connection, counts: Counts, tables: Rollups = STORED) -> None:
    """Adds `counts` to the rollup tables at every grain. The caller's transaction has the roll-up lock.

    `tables`: others of this form, with a lock of their own.
    """
    growth = growth_of(counts)
    for table, rows in ((tables.totals, growth.totals), (tables.cells, growth.cells)):
        await add_rows(connection, table, FIGURES, [(*key, *_dense(numbers)) for key, numbers in sorted(rows.items())])
    moves = [(*key, number) for key, number in sorted(growth.moves.items()) if number]
    await add_rows(connection, tables.moves, ("moved",), moves)
    await latest_rows(connection, tables.late, [(*key, at) for key, at in sorted(growth.late.items())])


@dataclass(slots=True)
class Growth:
    """Growth of the four rollup tables, by the keys of their rows in the order of the columns."""

    totals: dict[tuple[Any, ...], Numbers] = field(default_factory=dict)
    cells: dict[tuple[Any, ...], Numbers] = field(default_factory=dict)
    moves: dict[tuple[Any, ...], int] = field(default_factory=lambda: defaultdict(int))
    late: dict[tuple[Any, ...], datetime] = field(default_factory=dict)


def growth_of(counts: Counts) -> Growth:
    """The growth of every bucket: months are summed from days, years from months."""
    by_cell: dict[tuple[Any, ...], dict[date, Numbers]] = defaultdict(dict)
    by_key: dict[tuple[Any, ...], dict[date, Numbers]] = defaultdict(dict)
    for cell, numbers in counts.cells.items():
        cell_key = (cell.unit, cell.subject, cell.procedure, cell.receiving_unit, cell.channel)
        grow(by_cell[cell_key].setdefault(cell.day, {}), numbers)
        for key in _keys_of(cell):
            grow(by_key[key].setdefault(cell.day, {}), numbers)
    growth = Growth()
    _add_moves_and_late_changes(growth, counts)
    for (unit, *rest), days in by_cell.items():
        for grain, first, numbers in _by_grain(days):
            growth.cells[unit, grain, first, *rest] = numbers
    for (dimension, value), days in by_key.items():
        for grain, first, numbers in _by_grain(days):
            growth.totals[dimension, grain, first, value] = numbers
    return growth


def _add_moves_and_late_changes(growth: Growth, counts: Counts) -> None:
    for move, number in counts.moves.items():
        for grain, first in buckets_of(move.day):
            growth.moves[move.subject, grain, first, move.unit, move.to_unit] += number
    for late, at in counts.late.items():
        for grain, first in buckets_of(late.day):
            row = (late.dimension, grain, first, late.key)
            growth.late[row] = max(at, growth.late.get(row, at))


def _keys_of(cell: Cell) -> Iterable[tuple[str, int]]:
    yield DIMENSIONS[cell.subject, "unit"], cell.unit
    yield DIMENSIONS[cell.subject, "procedure"], cell.procedure
    yield DIMENSIONS[cell.subject, "channel"], CHANNELS.index(cell.channel)
    if cell.subject == DOSSIER:
        yield DIMENSIONS[DOSSIER, "receiving"], cell.receiving_unit


def _by_grain(days: Mapping[date, Numbers]) -> Iterable[tuple[str, date, Numbers]]:
    finer = days
    for grain in GRAINS:
        if grain != GRAINS[0]:
            coarser: dict[date, Numbers] = {}
            for first, numbers in finer.items():
                start = date(first.year, 1, 1) if grain == YEAR else first.replace(day=1)
                grow(coarser.setdefault(start, {}), numbers)
            finer = coarser
        for first, numbers in finer.items():
            if any(numbers.values()):
                yield grain, first, numbers


def _dense(numbers: Numbers) -> Sequence[int]:
    dense = [0] * len(FIGURES)
    for figure, number in numbers.items():
        dense[figure] = number
    return dense
