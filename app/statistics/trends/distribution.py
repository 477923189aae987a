"""Distributions of counted values: percentiles by nearest rank, mean, and numbers by class."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

# Days are whole and shares of a limit exact: a share of exactly one half must not fall into the next class.
Value = TypeVar("Value", int, Fraction)


def number(counts: Mapping[Value, int]) -> int:
    """The number of values; `counts` has the number of times that each occurred, 0 or more."""
    return sum(counts.values())


def percentile(counts: Mapping[Value, int], percent: int) -> Value | None:
    """The nearest-rank percentile, `percent` from 1 to 100; None without values.

    It is the ⌈percent · number / 100⌉-th value in order, so a value that occurred. The median is the 50th.
    """
    rank, seen = -(-percent * number(counts) // 100), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank and counts[value]:
            return value
    return None


def mean(counts: Mapping[Value, int], digits: int) -> float | None:
    """The arithmetic mean, rounded to `digits` after the point; None without values."""
    total = number(counts)
    return rounded(Fraction(sum(value * times for value, times in counts.items())) / total, digits) if total else None


def classes(counts: Mapping[Value, int], bounds: Sequence[Value]) -> list[int]:
    """The number of values up to bounds[0], of those above it up to bounds[1], and so on; last those above all.

    `bounds` ascend. For whole days the bounds 0, 1, …, n − 1 give a histogram of 0, 1, …, n − 1, and n and more.
    """
    numbers = [0] * (len(bounds) + 1)
    for value, times in counts.items():
        numbers[bisect_left(bounds, value)] += times
    return numbers


def rounded(value: Fraction, digits: int) -> float:
    """A value of 0 or more, rounded to `digits` after the point, halves up."""
    scale: int = 10**digits
    return int((2 * value * scale + 1) // 2) / scale
