"""Distributions of values that were counted: percentiles by nearest rank, mean, and how many fall in which class."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

# Days are whole, shares of a limit exact: a share of exactly one half is in no class but its own.
Value = TypeVar("Value", int, Fraction)


def number(counts: Mapping[Value, int]) -> int:
    """How many values were counted; `counts` says how often each one occurred, never less than 0 times."""
    return sum(counts.values())


def percentile(counts: Mapping[Value, int], percent: int) -> Value | None:
    """The value of the nearest rank: the smallest one that at least `percent` (1–100) of a hundred do not exceed.

    It is the ⌈percent · number / 100⌉-th in order, so always a value that occurred; the median is the 50th. None of
    nothing.
    """
    rank, seen = -(-percent * number(counts) // 100), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank and counts[value]:
            return value
    return None


def mean(counts: Mapping[Value, int], digits: int) -> float | None:
    """The arithmetic mean, rounded to so many digits after the point; None of nothing."""
    total = number(counts)
    return rounded(Fraction(sum(value * times for value, times in counts.items())) / total, digits) if total else None


def classes(counts: Mapping[Value, int], bounds: Sequence[Value]) -> list[int]:
    """How many values are at most bounds[0], above it and at most bounds[1], …, and above the last.

    `bounds` ascend. For whole days the bounds 0, 1, …, n − 1 give a histogram of 0, 1, …, n − 1, and n and more.
    """
    found = [0] * (len(bounds) + 1)
    for value, times in counts.items():
        found[bisect_left(bounds, value)] += times
    return found


def rounded(value: Fraction, digits: int) -> float:
    """A value not below 0 to so many digits after the point, halves up as rates are."""
    scale: int = 10**digits
    return int((2 * value * scale + 1) // 2) / scale
