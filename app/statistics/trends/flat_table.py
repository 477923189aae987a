"""Trend and lead time as tables: one line per row and month, and one line per row."""

from collections.abc import Iterator
from typing import Any

from app.statistics.on_time.formats import as_table, flat
from app.statistics.trends.schemas import LeadTimeOut, LeadTimeRowOut, TrendOut


def trend_table(trend: TrendOut) -> bytes:
    """A line for each row and month, those of the total last."""
    return as_table(
        [
            {"key": row.key, "id": row.id, "name": row.name, **_renamed(flat(month))}
            for row in (*trend.rows, trend.total)
            for month in row.months
        ]
    )


def lead_time_table(lead_time: LeadTimeOut) -> bytes:
    """A line for each row, that of the total last; each day of a histogram has a column."""
    return as_table([_line(row, lead_time.longest) for row in (*lead_time.rows, lead_time.total)])


def _renamed(line: dict[str, Any]) -> dict[str, Any]:
    names = {"first": "from", "last": "to"}
    return {names.get(name, name): value for name, value in line.items()}


def _line(row: LeadTimeRowOut, longest: int) -> dict[str, Any]:
    return dict(_cells("", row.model_dump(), longest))


def _cells(prefix: str, value: Any, longest: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _cells(f"{prefix}_{name}" if prefix else name, inner, longest)
    elif isinstance(value, list):
        for day, inner in enumerate(value):
            yield f"{prefix}_{day}{'_and_more' if day == longest else ''}", inner
    else:
        yield prefix, value
