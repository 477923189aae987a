"""Statements that read the rollups, cached by number of ranges, grouping and filters.

The n-th range has the parameters `s{n}` (its stretch), `g{n}` (grain), `a{n}` and `b{n}` (first dates, both included).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Table,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    union_all,
)

from app.database import Instant, LocalDate, Prepared
from app.database.tables import FIGURES, late_changes, rollup_cells, rollup_moves, rollup_totals
from app.rollups.increments import EVERYTHING

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "unit": rollup_cells.c.unit_id,
    "receiving": rollup_cells.c.receiving_unit_id,
    "procedure": rollup_cells.c.procedure_id,
    "channel": rollup_cells.c.channel,
}


@lru_cache(maxsize=64)
def totals_statement(ranges: int, few: bool) -> Prepared:
    """The numbers of a `dimension` by stretch and key; `few`: only for the `keys`."""
    conditions = [rollup_totals.c.dimension == bindparam("dimension")]
    if few:
        conditions.append(rollup_totals.c.key.in_(bindparam("keys", expanding=True)))
    return _summed(rollup_totals, ranges, {"key": rollup_totals.c.key}, conditions)


@lru_cache(maxsize=256)
def cells_statement(ranges: int, by: str | None, filters: frozenset[str]) -> Prepared:
    """The numbers of a `subject`'s cells by stretch and `by`; `among_{filter}` has the values of a filter."""
    conditions = [rollup_cells.c.subject == bindparam("subject")]
    conditions += [_COLUMNS[name].in_(bindparam(f"among_{name}", expanding=True)) for name in sorted(filters)]
    key = _COLUMNS[by] if by is not None else literal_column(str(EVERYTHING), Integer)
    return _summed(rollup_cells, ranges, {"key": key}, conditions)


@lru_cache(maxsize=64)
def moves_statement(ranges: int) -> Prepared:
    """The moves of a `subject` by stretch, unit left and unit reached."""
    keys = {"unit_id": rollup_moves.c.unit_id, "to_unit_id": rollup_moves.c.to_unit_id}
    return _summed(rollup_moves, ranges, keys, [rollup_moves.c.subject == bindparam("subject")], ("moved",))


@lru_cache(maxsize=64)
def late_statement(ranges: int) -> Prepared:
    """The times of the last late changes for `keys` of a `dimension`: a row for each range."""
    conditions = [
        late_changes.c.dimension == bindparam("dimension"),
        late_changes.c.key.in_(bindparam("keys", expanding=True)),
    ]
    latest = func.max(late_changes.c.recorded_at, type_=Instant()).label("recorded_at")
    parts = [select(latest).where(*conditions, *_within(late_changes, number)) for number in range(ranges)]
    return Prepared(union_all(*parts))


def _summed(
    table: Table,
    ranges: int,
    keys: Mapping[str, ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    counted: Sequence[str] = FIGURES,
) -> Prepared:
    """Sums each range by an index range, then all ranges by stretch and key."""

    def part(number: int) -> Select[Any]:
        segment: BindParameter[int] = bindparam(f"s{number}", type_=Integer)
        named = [column.label(name) for name, column in keys.items()]
        numbers = [func.sum(table.c[name]).label(name) for name in counted]
        apart = [column for column in keys.values() if column.table is not None]
        return (
            select(segment.label("segment"), *named, *numbers)
            .where(*conditions, *_within(table, number))
            .group_by(*apart)
        )

    parts = union_all(*(part(number) for number in range(ranges))).subquery()
    by = [parts.c.segment, *(parts.c[name] for name in keys)]
    # A sum of sums is a decimal number on PostgreSQL.
    whole = (cast(func.sum(parts.c[name]), BigInteger).label(name) for name in counted)
    return Prepared(select(*by, *whole).group_by(*by))


def _within(table: Table, number: int) -> list[ColumnElement[bool]]:
    first = table.c.first_date
    lowest: BindParameter[date] = bindparam(f"a{number}", type_=LocalDate())
    highest: BindParameter[date] = bindparam(f"b{number}", type_=LocalDate())
    return [table.c.grain == bindparam(f"g{number}"), first.between(lowest, highest)]
