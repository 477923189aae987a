"""Positions of the marks of charts, as templates write them into SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

# The plot of the monthly line, in pixels from its top. Below it are the volumes and the names of the months.
TOP, BOTTOM = 22, 150
VOLUMES_TOP, VOLUMES_BOTTOM = 162, 204

_MOST_LABELS = 12
# Space left of the months for the labels of the rules, in percent of the width.
_GUTTER = 9


class Point(NamedTuple):
    """A month of the line: `x` in percent, heights in pixels; `y` is None for a month without a rate."""

    x: float
    y: float | None
    rate: float | None
    name: str
    number: int
    bar: float
    labelled: bool


class Rule(NamedTuple):
    """A line across the plot: its height in pixels and its share."""

    y: float
    share: float


@dataclass(frozen=True, slots=True)
class MonthlyLine:
    """The line of a rate by month; `pairs`: neighbours with a rate each, to be joined."""

    points: list[Point]
    pairs: list[tuple[Point, Point]]
    rules: list[Rule]
    width: float


def floor_of(rates: Sequence[float | None]) -> float:
    """The share at the bottom of charts: a tenth below the lowest rate, so that differences are visible."""
    lowest = min((rate for rate in rates if rate is not None), default=1.0)
    return max(0, int(lowest * 10 - 0.5)) / 10


def monthly_line(names: Sequence[str], rates: Sequence[float | None], numbers: Sequence[int]) -> MonthlyLine:
    """The line and the bars of the months; each of the three sequences has one value a month."""
    floor, most = floor_of(rates), max(numbers, default=0) or 1
    every, wide = -(-len(names) // _MOST_LABELS), (100 - _GUTTER) / len(names)
    points = [
        Point(
            x=round(_GUTTER + wide * (index + 0.5), 3),
            y=None if share is None else _height(share, floor),
            rate=share,
            name=name,
            number=number,
            bar=round((VOLUMES_BOTTOM - VOLUMES_TOP) * number / most, 1),
            labelled=index % every == 0,
        )
        for index, (name, share, number) in enumerate(zip(names, rates, numbers, strict=True))
    ]
    pairs = [(left, right) for left, right in pairwise(points) if left.y is not None and right.y is not None]
    step = 0.1 if floor < 0.75 else 0.05
    rules = [
        Rule(_height(1 - step * number, floor), 1 - step * number) for number in range(round((1 - floor) / step) + 1)
    ]
    return MonthlyLine(points, pairs, rules[:: -(-len(rules) // 6)], round(0.6 * wide, 3))


def spark(rates: Sequence[float | None], floor: float) -> list[str]:
    """The parts of a row's small line between months without a rate, each as points of a polyline in 100 × 20."""
    stretches: list[list[str]] = [[]]
    for index, share in enumerate(rates):
        if share is None:
            stretches.append([])
            continue
        x = 100 * (index + 0.5) / len(rates)
        y = 18 - 16 * (share - floor) / ((1 - floor) or 1)
        stretches[-1].append(f"{x:.1f},{y:.1f}")
    # A single month is drawn as a short dash.
    return [" ".join(points if len(points) > 1 else [points[0], _beside(points[0])]) for points in stretches if points]


def _beside(point: str) -> str:
    x, y = point.split(",")
    return f"{float(x) + 3:.1f},{y}"


def _height(share: float, floor: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * (share - floor) / ((1 - floor) or 1), 1)
