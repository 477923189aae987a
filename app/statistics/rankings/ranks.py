"""Ranks: rates compared exactly, ties that share a rank, and differences that may be chance."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from app.statistics.rankings.intervals import Interval, wilson

# A unit's code and id; it orders contenders that are equal otherwise.
Name = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Contender:
    """A unit with the two counts of its rate; 0 ≤ numerator ≤ denominator."""

    name: Name
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A contender with its rank; `rank` is None if its denominator is below the minimum.

    `distinguishable`: its interval does not overlap that of the ranked one directly above; None without one above.
    """

    contender: Contender
    rank: int | None
    interval: Interval | None
    distinguishable: bool | None


def standings(contenders: Iterable[Contender], minimum: int) -> list[Standing]:
    """The ranked ones by rate, highest first, then those with a denominator below `minimum` (at least 1) by name.

    Equal rates share a rank, and the next rank is left out (1, 2, 2, 4). Within a rank the larger denominator is first.
    """
    by_name = sorted(contenders, key=lambda contender: contender.name)
    ranked = sorted((contender for contender in by_name if contender.denominator >= minimum), key=_order)
    result: list[Standing] = []
    for place, contender in enumerate(ranked, start=1):
        above = result[-1] if result else None
        shares = above is not None and _rate(above.contender) == _rate(contender)
        rank = above.rank if above is not None and shares else place
        interval = wilson(contender.numerator, contender.denominator)
        result.append(Standing(contender, rank, interval, _apart(above, interval)))
    below = (contender for contender in by_name if contender.denominator < minimum)
    return result + [
        Standing(contender, None, wilson(contender.numerator, contender.denominator), None) for contender in below
    ]


def _order(contender: Contender) -> tuple[Fraction, int]:
    return -_rate(contender), -contender.denominator


def _rate(contender: Contender) -> Fraction:
    return Fraction(contender.numerator, contender.denominator)


def _apart(above: Standing | None, interval: Interval | None) -> bool | None:
    if above is None or above.interval is None or interval is None:
        return None
    return not above.interval.overlaps(interval)
