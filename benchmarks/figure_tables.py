"""Markdown tables of the figures' benchmark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.contenders import DUCKDB, GROUP_BY, ONE_INDEX, TWO_INDEXES
from benchmarks.figure_requests import FigureRequest

SERVICE = "Motcua"
_YEAR_MS = 20.0


@dataclass(frozen=True, slots=True)
class Row:
    """One figure on one database: median milliseconds by size, and the errors of refused requests."""

    database: str
    request: FigureRequest
    reached: Mapping[int, float]
    refused: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One register: median milliseconds by way of counting."""

    database: str
    size: int
    reached: Mapping[str, float]


def flat_table(sizes: Sequence[int], rows: Sequence[Row]) -> str:
    """The time of each figure by size, and the ratio of the largest to the smallest register.

    The aim is at most 1.5 times the time of the smallest register plus 5 ms. For on-time figures of a year it is at
    most 20 ms, for filtered figures 200 ms.
    """
    few, many = min(sizes), max(sizes)
    head = ["database", "figure", *(f"{size:,} ms" for size in sizes), f"{many:,} : {few:,}", "aim"]
    lines = [_line(head), "|---|---|" + "--:|" * (len(sizes) + 1) + "---|"]
    for row in rows:
        cells = [f"{row.reached[size]:.2f}" if size in row.reached else row.refused[size] for size in sizes]
        ratio, aim = "", ""
        if few in row.reached and many in row.reached:
            ratio = f"{row.reached[many] / row.reached[few]:.2f}"
            most = _most(row.request, row.reached[few])
            aim = f"{'within' if row.reached[many] <= most else 'over'} {most:.1f} ms"
        lines.append(_line([row.database, row.request.name, *cells, ratio, aim]))
    return "\n".join(lines)


def _most(request: FigureRequest, over_few: float) -> float:
    if not request.flat:
        return 10 * _YEAR_MS
    flat = 1.5 * over_few + 5
    return min(flat, _YEAR_MS) if request.name.startswith("on-time") and request.name.endswith("a year") else flat


def ways_table(lines: Sequence[Line]) -> str:
    """On-time by commune for a year by all ways, and the ratio of the service's time to DuckDB's."""
    ways = (GROUP_BY, ONE_INDEX, TWO_INDEXES, DUCKDB)
    head = ["database", "dossiers", f"{SERVICE} ms", *(f"{way} ms" for way in ways), f"{SERVICE} : {DUCKDB}"]
    rows = [_line(head), "|---|" + "--:|" * (len(head) - 1)]
    for line in lines:
        ours = line.reached[SERVICE]
        cells = [f"{ours:.2f}", *(f"{line.reached[way]:.2f}" for way in ways), f"{ours / line.reached[DUCKDB]:.2f}"]
        rows.append(_line([line.database, f"{line.size:,}", *cells]))
    return "\n".join(rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
