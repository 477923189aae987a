"""The tables of the benchmark of the figures, in Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.asked import Asked
from benchmarks.contenders import DUCKDB, GROUP_BY, ONE_INDEX, TWO_INDEXES

SERVICE = "Motcua"
_YEAR_MS = 20.0


@dataclass(frozen=True, slots=True)
class Row:
    """One figure on one database: median milliseconds by size, and why the service gave none."""

    database: str
    asked: Asked
    reached: Mapping[int, float]
    refused: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One register: median milliseconds by the way the same figures were counted."""

    database: str
    size: int
    reached: Mapping[str, float]


def flat_table(sizes: Sequence[int], rows: Sequence[Row]) -> str:
    """Each figure's time by size, and how the longest compares with that over the fewest dossiers.

    The aim: 1.5 times that and 5 ms at most, for a year's on-time figures 20 ms at most; of what is filtered 10 times
    those 20 ms.
    """
    few, many = min(sizes), max(sizes)
    head = ["database", "figure", *(f"{size:,} ms" for size in sizes), f"{many:,} : {few:,}", "aim"]
    lines = [_line(head), "|---|---|" + "--:|" * (len(sizes) + 1) + "---|"]
    for row in rows:
        cells = [f"{row.reached[size]:.2f}" if size in row.reached else row.refused[size] for size in sizes]
        ratio, aim = "", ""
        if few in row.reached and many in row.reached:
            ratio = f"{row.reached[many] / row.reached[few]:.2f}"
            most = _most(row.asked, row.reached[few])
            aim = f"{'within' if row.reached[many] <= most else 'over'} {most:.1f} ms"
        lines.append(_line([row.database, row.asked.name, *cells, ratio, aim]))
    return "\n".join(lines)


def _most(asked: Asked, over_few: float) -> float:
    if not asked.flat:
        return 10 * _YEAR_MS
    flat = 1.5 * over_few + 5
    return min(flat, _YEAR_MS) if asked.name.startswith("on-time") and asked.name.endswith("a year") else flat


def ways_table(lines: Sequence[Line]) -> str:
    """On-time by commune for a year by all ways, and the ratios of the service's time to the others'."""
    ways = (GROUP_BY, ONE_INDEX, TWO_INDEXES, DUCKDB)
    head = ["database", "dossiers", f"{SERVICE} ms", *(f"{way} ms" for way in ways), f"{SERVICE} : {DUCKDB}"]
    shown = [_line(head), "|---|" + "--:|" * (len(head) - 1)]
    for line in lines:
        ours = line.reached[SERVICE]
        cells = [f"{ours:.2f}", *(f"{line.reached[way]:.2f}" for way in ways), f"{ours / line.reached[DUCKDB]:.2f}"]
        shown.append(_line([line.database, f"{line.size:,}", *cells]))
    return "\n".join(shown)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
