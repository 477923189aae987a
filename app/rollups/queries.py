"""Queries of the rolled-up counts, with the increments that are not rolled up yet: growth by stretch of days."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.catalogue.records import CHANNELS
from app.database import Connection, Prepared
from app.database.tables import pending_increments
from app.rollups.buckets import Stretch, Stretches
from app.rollups.increments import EVERYTHING, Cell, Counts, Numbers, counts_of, grow
from app.rollups.roll_up import DIMENSIONS
from app.rollups.statements import cells_statement, late_statement, moves_statement, totals_statement

# Ranges of buckets in one statement.
_MOST_RANGES = 16
# Most keys of a dimension in the condition. With more keys, all rows are read and the others are dropped.
_FEW = 32

# The key of a sum: a unit's or a procedure's id, a channel; 0 for a single sum.
Key = int | str


@dataclass(frozen=True, slots=True)
class Selection:
    """The cells to sum, and the part of a cell that is the key of a sum; `by` None: one sum.

    `by` is `unit` (responsible, or doing the step), `receiving`, `procedure` or `channel`, and `filters` has the
    possible values by the same names. Units and procedures are ids.
    """

    subject: str
    by: str | None
    filters: Mapping[str, frozenset[Any]] = field(default_factory=dict)


# By stretch and key.
Growth = Sequence[Mapping[Key, Numbers]]


async def pending(connection: Connection) -> Counts:
    """The increments that are not rolled up yet; read them in the same state of the database as the counts."""
    return counts_of([row.content for row in await connection.all(_PENDING)])


async def growth(connection: Connection, selection: Selection, stretches: Stretches, increments: Counts) -> Growth:
    """The growth of each figure in each stretch of days, with the pending `increments`."""
    sums: list[dict[Key, Numbers]] = [defaultdict(dict) for _ in stretches.days]
    dimension = _dimension(selection)
    keys = _few_keys(selection) if dimension else None
    for ranges in _chunks(stretches.ranges):
        statement, parameters = _statement(selection, dimension, ranges, keys)
        for number, raw_key, *numbers in await connection.all(statement, **parameters):
            key = CHANNELS[raw_key] if dimension and selection.by in ("channel", None) else raw_key
            if dimension is None or _among(selection, key):
                grown = {figure: by for figure, by in enumerate(numbers) if by}
                grow(sums[number][key if selection.by else EVERYTHING], grown)
    matches = _matcher(selection)
    for cell, grown in increments.cells.items():
        number = bisect_left(stretches.days, cell.day)
        if number < len(stretches.days) and matches(cell):
            grow(sums[number][_key_of(selection.by, cell)], grown)
    return sums


async def moves(
    connection: Connection, subject: str, stretches: Stretches, increments: Counts
) -> list[dict[tuple[int, int], int]]:
    """The number of moves between two units in each stretch but the first, with the pending `increments`."""
    days = stretches.days
    sums: list[dict[tuple[int, int], int]] = [defaultdict(int) for _ in days[1:]]
    later = [stretch for stretch in stretches.ranges if stretch[0]]
    for ranges in _chunks(later):
        statement, parameters = moves_statement(len(ranges)), _range_parameters(ranges)
        for number, unit, to_unit, moved in await connection.all(statement, subject=subject, **parameters):
            sums[number - 1][unit, to_unit] += moved
    for move, moved in increments.moves.items():
        number = bisect_left(days, move.day)
        if move.subject == subject and 0 < number < len(days):
            sums[number - 1][move.unit, move.to_unit] += moved
    return sums


async def changed_late(
    connection: Connection, keys_of: tuple[str, frozenset[int]], stretches: Stretches, increments: Counts
) -> datetime | None:
    """The last later change to figures of the days of all stretches; None without one.

    `keys_of`: a dimension of `Late`, and keys in it.
    """
    (dimension, keys), last = keys_of, stretches.days[-1]
    ranges = [(0, buckets) for buckets in stretches.together]
    ends = {name: value for name, value in _range_parameters(ranges).items() if not name.startswith("s")}
    parameters = {"dimension": dimension, "keys": sorted(keys), **ends}
    rows = await connection.all(late_statement(len(ranges)), **parameters)
    instants = [row.recorded_at for row in rows if row.recorded_at is not None]
    instants += [
        at
        for late, at in increments.late.items()
        if late.dimension == dimension and late.key in keys and late.day <= last
    ]
    return max(instants, default=None)


_PENDING = Prepared(select(pending_increments.c.content))


# --- Keys and filters -------------------------------------------------------------------------------------------------


def _dimension(selection: Selection) -> str | None:
    """The dimension with the sums of the selection; None if only cells have them."""
    by = selection.by or "channel"
    return DIMENSIONS.get((selection.subject, by)) if selection.filters.keys() <= {by} else None


def _few_keys(selection: Selection) -> list[int] | None:
    """The keys for the condition; None for all, or for too many."""
    keys = selection.filters.get(selection.by or "channel")
    if keys is None or len(keys) > _FEW:
        return None
    return sorted(CHANNELS.index(key) if isinstance(key, str) else key for key in keys)


def _among(selection: Selection, key: Key) -> bool:
    keys = selection.filters.get(selection.by or "channel")
    return keys is None or key in keys


def _key_of(by: str | None, cell: Cell) -> Key:
    if by is None:
        return EVERYTHING
    key: Key = _PARTS[by](cell)
    return key


_PARTS: Mapping[str, Callable[[Cell], Any]] = {
    "unit": lambda cell: cell.unit,
    "receiving": lambda cell: cell.receiving_unit,
    "procedure": lambda cell: cell.procedure,
    "channel": lambda cell: cell.channel,
}


def _matcher(selection: Selection) -> Callable[[Cell], bool]:
    checks = [(_PARTS[name], values) for name, values in selection.filters.items()]
    return lambda cell: cell.subject == selection.subject and all(part(cell) in values for part, values in checks)


# --- Statements -------------------------------------------------------------------------------------------------------


def _chunks(ranges: Sequence[Stretch]) -> Iterator[Sequence[Stretch]]:
    for start in range(0, len(ranges), _MOST_RANGES):
        yield ranges[start : start + _MOST_RANGES]


def _statement(
    selection: Selection, dimension: str | None, ranges: Sequence[Stretch], keys: list[int] | None
) -> tuple[Prepared, dict[str, Any]]:
    parameters = _range_parameters(ranges)
    if dimension is not None:
        few = {"keys": keys} if keys is not None else {}
        statement = totals_statement(len(ranges), keys is not None)
        return statement, {**parameters, **few, "dimension": dimension}
    statement = cells_statement(len(ranges), selection.by, frozenset(selection.filters))
    among = {f"among_{name}": sorted(values) for name, values in selection.filters.items()}
    return statement, {**parameters, **among, "subject": selection.subject}


def _range_parameters(ranges: Sequence[Stretch]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for number, (stretch, buckets) in enumerate(ranges):
        parameters[f"s{number}"] = stretch
        parameters[f"g{number}"] = buckets.grain
        parameters[f"a{number}"] = buckets.first
        parameters[f"b{number}"] = buckets.last
    return parameters
