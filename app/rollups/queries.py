"""Reads the counts: how much everything grew in a row of stretches of days, what is not folded yet included."""

import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.catalogue.records import CHANNELS
from app.database import Connection, Prepared
from app.database.tables import pending_increments
from app.rollups.buckets import Range, covering, up_to
from app.rollups.increments import EVERYTHING, Cell, Counts, Numbers, counts_of, grow
from app.rollups.roll_up import DIMENSIONS
from app.rollups.statements import cells_statement, late_statement, moves_statement, tallies_statement

# Ranges of buckets in one statement.
_MOST_RANGES = 16
# Up to so many keys of a dimension are asked for one by one; where there are more, all are read and the rest dropped.
_FEW = 32

# What stands for a row of counts: a unit's or a procedure's id, a channel; 0 where nothing tells rows apart.
Key = int | str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cells are added up, and by what: None where nothing is filtered, or nothing told apart.

    `by`: `unit` (responsible, or doing the step), `receiving`, `procedure` or `channel`; units and procedures as ids.
    """

    subject: str
    by: str | None
    units: frozenset[int] | None = None
    receiving: frozenset[int] | None = None
    procedures: frozenset[int] | None = None
    channels: frozenset[str] | None = None

    @property
    def filters(self) -> Mapping[str, frozenset[Any]]:
        """What is filtered, by the name of what of a cell it is."""
        named = {
            "unit": self.units,
            "receiving": self.receiving,
            "procedure": self.procedures,
            "channel": self.channels,
        }
        return {name: values for name, values in named.items() if values is not None}


# By stretch and key.
Growth = Sequence[Mapping[Key, Numbers]]


async def pending(connection: Connection) -> Counts:
    """What was counted and not folded yet; to be read in the same state of the database as the counts."""
    return counts_of(row.content for row in await connection.all(_PENDING))


async def growth(connection: Connection, wanted: Wanted, days: Sequence[date], more: Counts) -> Growth:
    """How much each figure grew up to the end of the first day, then after each day up to the end of the next.

    `more` is what is not folded yet.
    """
    found: list[dict[Key, Numbers]] = [defaultdict(dict) for _ in days]
    dimension = _dimension(wanted)
    keys = _keys(wanted) if dimension else None
    for ranges in _chunks(days):
        statement, parameters = _statement(wanted, dimension, ranges, keys)
        for segment, key, *summed in await connection.all(statement, **parameters):
            named = CHANNELS[key] if dimension and wanted.by in ("channel", None) else key
            if dimension is None or _among(wanted, named):
                grown = {figure: number for figure, number in enumerate(summed) if number}
                grow(found[segment][named if wanted.by else EVERYTHING], grown)
    fits = _fitting(wanted)
    for cell, numbers in more.cells.items():
        segment = bisect_left(days, cell.day)
        if segment < len(days) and fits(cell):
            grow(found[segment][_key_of(wanted.by, cell)], numbers)
    return found


async def moves(
    connection: Connection, subject: str, days: Sequence[date], more: Counts
) -> list[dict[tuple[int, int], int]]:
    """How many moved from which unit to which after each day up to the end of the next."""
    found: list[dict[tuple[int, int], int]] = [defaultdict(int) for _ in days[1:]]
    for ranges in _chunks(days):
        later = [(segment, one) for segment, one in ranges if segment]
        if later:
            statement = moves_statement(len(later))
            for segment, unit, to_unit, moved in await connection.all(
                statement, subject=subject, **_range_parameters(later)
            ):
                found[segment - 1][unit, to_unit] += moved
    for move, number in more.moves.items():
        segment = bisect_left(days, move.day)
        if move.subject == subject and 0 < segment < len(days):
            found[segment - 1][move.unit, move.to_unit] += number
    return found


async def changed_late(
    connection: Connection, whose: tuple[str, frozenset[int]], day: date, more: Counts
) -> datetime | None:
    """When somebody last changed figures of the days up to one from later; None where nobody did.

    `whose`: a dimension of `Late`, and keys in it.
    """
    dimension, among = whose
    ranges = [(0, one) for one in up_to(day)]
    ends = {name: value for name, value in _range_parameters(ranges).items() if not name.startswith("s")}
    parameters = {"dimension": dimension, "keys": sorted(among), **ends}
    found = [row.recorded_at for row in await connection.all(late_statement(len(ranges)), **parameters)]
    found += [
        at for late, at in more.late.items() if late.dimension == dimension and late.key in among and late.day <= day
    ]
    return max((at for at in found if at is not None), default=None)


_PENDING = Prepared(select(pending_increments.c.content))


# --- Which counts, and whose ------------------------------------------------------------------------------------------


def _dimension(wanted: Wanted) -> str | None:
    """The dimension whose rows alone answer; None where only the cells can."""
    by = wanted.by or "channel"
    return DIMENSIONS.get((wanted.subject, by)) if wanted.filters.keys() <= {by} else None


def _keys(wanted: Wanted) -> list[int] | None:
    """The keys to ask for, where they are few."""
    among = wanted.filters.get(wanted.by or "channel")
    if among is None or len(among) > _FEW:
        return None
    return sorted(CHANNELS.index(one) if isinstance(one, str) else one for one in among)


def _among(wanted: Wanted, key: Key) -> bool:
    among = wanted.filters.get(wanted.by or "channel")
    return among is None or key in among


def _key_of(by: str | None, cell: Cell) -> Key:
    if by is None:
        return EVERYTHING
    value: Key = _OF_CELL[by](cell)
    return value


_OF_CELL: Mapping[str, Callable[[Cell], Any]] = {
    "unit": lambda cell: cell.unit,
    "receiving": lambda cell: cell.receiving_unit,
    "procedure": lambda cell: cell.procedure,
    "channel": lambda cell: cell.channel,
}


def _fitting(wanted: Wanted) -> Callable[[Cell], bool]:
    checks = [(_OF_CELL[name], among) for name, among in wanted.filters.items()]
    return lambda cell: cell.subject == wanted.subject and all(of(cell) in among for of, among in checks)


# --- What is asked of them --------------------------------------------------------------------------------------------


def _chunks(days: Sequence[date]) -> Iterator[list[tuple[int, Range]]]:
    """The ranges of buckets of each stretch, so many at a time."""
    ranges = [(0, one) for one in up_to(days[0])]
    for segment, (before, last) in enumerate(itertools.pairwise(days), start=1):
        ranges += [(segment, one) for one in covering(before + timedelta(days=1), last)]
    for start in range(0, len(ranges), _MOST_RANGES):
        yield ranges[start : start + _MOST_RANGES]


def _statement(
    wanted: Wanted, dimension: str | None, ranges: Sequence[tuple[int, Range]], keys: list[int] | None
) -> tuple[Prepared, dict[str, Any]]:
    parameters = _range_parameters(ranges)
    if dimension is not None:
        few = {"keys": keys} if keys is not None else {}
        statement = tallies_statement(len(ranges), keys is not None)
        return statement, {**parameters, **few, "dimension": dimension}
    statement = cells_statement(len(ranges), wanted.by, frozenset(wanted.filters))
    among = {f"among_{name}": sorted(values) for name, values in wanted.filters.items()}
    return statement, {**parameters, **among, "subject": wanted.subject}


def _range_parameters(ranges: Sequence[tuple[int, Range]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, (segment, one) in enumerate(ranges):
        found |= {f"s{number}": segment, f"g{number}": one.grain, f"a{number}": one.first, f"b{number}": one.last}
    return found
