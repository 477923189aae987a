"""Buckets of days, months and years: those of a day, and the fewest that cover a stretch of days."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

DAY, MONTH, YEAR = "day", "month", "year"
GRAINS = (DAY, MONTH, YEAR)


class Range(NamedTuple):
    """The buckets of one grain with first dates from `first` to `last`, both included."""

    grain: str
    first: date
    last: date


# The number of a stretch, and a range of buckets in it.
Stretch = tuple[int, Range]


class Stretches(NamedTuple):
    """Stretches of days by their last days. The first has no start; each other starts after the one before.

    `ranges` are the buckets of the stretches, `together` those of all their days.
    """

    days: Sequence[date]
    ranges: Sequence[Stretch]
    together: Sequence[Range]


def stretches_of(days: Sequence[date]) -> Stretches:
    """The stretches that end on these days, at least one, in order."""
    ranges = [(0, buckets) for buckets in up_to(days[0])]
    for number, (before, last) in enumerate(pairwise(days), start=1):
        ranges += [(number, buckets) for buckets in covering(before + _DAY, last)]
    return Stretches(days, ranges, up_to(days[-1]))


def buckets_of(day: date) -> Iterator[tuple[str, date]]:
    """The grain and the first date of each bucket with the day in it."""
    yield DAY, day
    yield MONTH, day.replace(day=1)
    yield YEAR, date(day.year, 1, 1)


def up_to(day: date) -> list[Range]:
    """The buckets of all days up to this one, included: years, and at most 11 months and 31 days."""
    return covering(date.min, day)


def covering(first: date, last: date) -> list[Range]:
    """The largest buckets that cover each day from `first` to `last` once; empty if `first` is later."""
    if first > last:
        return []
    # The whole months begin at `head` and end before `tail`.
    head = first if first.day == 1 else _month_after(first)
    tail = _month_after(last) if _ends_month(last) else last.replace(day=1)
    if head is None or tail is None or head >= tail:
        return _covering_at_end(first, last, head) if tail is None else [Range(DAY, first, last)]
    ranges = [Range(DAY, first, head - _DAY)] if first < head else []
    ranges += _whole_months(head, tail)
    return [*ranges, Range(DAY, tail, last)] if tail <= last else ranges


def _covering_at_end(first: date, last: date, head: date | None) -> list[Range]:
    """As `covering` up to 31 December 9999: no month begins after it."""
    start = last.replace(day=1)
    if head is None or head > start:
        return [Range(DAY, first, last)]
    return [*covering(first, start - _DAY), Range(MONTH, start, start)]


def _whole_months(head: date, tail: date) -> list[Range]:
    years_from = head if head.month == 1 else date(head.year + 1, 1, 1)
    years_to = date(tail.year, 1, 1)
    if years_from >= years_to:
        return [Range(MONTH, head, _month_before(tail))]
    ranges = [Range(MONTH, head, date(head.year, 12, 1))] if head < years_from else []
    ranges.append(Range(YEAR, years_from, date(tail.year - 1, 1, 1)))
    return [*ranges, Range(MONTH, years_to, _month_before(tail))] if years_to < tail else ranges


def _month_after(day: date) -> date | None:
    """The first day of the next month; None after December 9999."""
    if day.month < 12:
        return date(day.year, day.month + 1, 1)
    return date(day.year + 1, 1, 1) if day.year < date.max.year else None


def _month_before(first: date) -> date:
    return (first - _DAY).replace(day=1)


def _ends_month(day: date) -> bool:
    after = _month_after(day)
    return day == date.max if after is None else day == after - _DAY


_DAY = timedelta(days=1)
