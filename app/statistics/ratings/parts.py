"""Parts of ratings for the public: each has enough answers, and every public figure is a sum of parts (rules §11)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TypeAlias

# A mean of fewer answers describes these people and not the unit, and a score may reveal its author.
MINIMUM = 5
# The lengths of fixed periods in months, each with the length of the periods within it.
_WITHIN = {1: 0, 3: 1, 6: 3, 12: 6}

# The unit responsible at the return, and the one that received the dossier. With both, either basis is a sum of parts.
Pair: TypeAlias = tuple[int, int]
Scores: TypeAlias = Counter[int]
Dates: TypeAlias = tuple[date, date]


def months_of(first: date, last: date) -> int | None:
    """The length of a fixed period: a calendar month, quarter, half-year or year; None for other dates."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    return months if whole and months in _WITHIN and (first.month - 1) % months == 0 else None


def periods_within(first: date, last: date) -> Iterator[Dates]:
    """A fixed period and all fixed periods within it, the longer ones first."""
    yield first, last
    for inner in _inner(first, last):
        yield from periods_within(*inner)


def shown(given: Mapping[Dates, Mapping[Pair, Scores]], first: date, last: date) -> dict[Pair, Scores]:
    """The scores that the public sees for a fixed period, by pair of units.

    `given`: the scores of ratings returned and given within each of `periods_within`. The parts of a month are its
    pairs with enough answers. A longer period has the parts of the periods within it, and the rest of a pair if that
    has enough answers.
    """
    parts: dict[Pair, Scores] = {}
    for inner in _inner(first, last):
        for pair, scores in shown(given, *inner).items():
            parts.setdefault(pair, Counter()).update(scores)
    for pair, scores in given[first, last].items():
        rest = scores - parts.get(pair, Counter())
        if rest.total() >= MINIMUM:
            parts[pair] = Counter(scores)
    return parts


def _inner(first: date, last: date) -> Iterator[Dates]:
    length = _WITHIN[months_of(first, last) or 1]
    if not length:
        return
    for month in range(first.month, last.month + 1, length):
        after = date(first.year + (month + length > 12), (month + length - 1) % 12 + 1, 1)
        yield date(first.year, month, 1), after - timedelta(days=1)
