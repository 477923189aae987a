"""Who comes before whom: rates compared exactly, ties sharing a rank, and which differences may be chance."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from app.statistics.rankings.intervals import Interval, wilson

# What names a contender and orders those that nothing else does: a unit's code and id.
Name = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Contender:
    """A unit with the rate that it is ranked by, as counts; 0 ≤ numerator ≤ denominator."""

    name: Name
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A contender's place; `rank` is None where its denominator is below the minimum.

    `distinguishable`: its interval does not overlap that of the ranked one directly above; None where there is none.
    """

    contender: Contender
    rank: int | None
    interval: Interval | None
    distinguishable: bool | None


def standings(contenders: Iterable[Contender], minimum: int) -> list[Standing]:
    """The ranked by their rate, highest first, then those with a denominator below `minimum` (at least 1) by name.

    Equal rates share a rank, and the next takes the place it would have had (1, 2, 2, 4); within a rank the larger
    denominator is listed first.
    """
    found = sorted(contenders, key=lambda one: one.name)
    ranked = sorted((one for one in found if one.denominator >= minimum), key=_order)
    result: list[Standing] = []
    for place, one in enumerate(ranked, start=1):
        above = result[-1] if result else None
        shares = above is not None and _rate(above.contender) == _rate(one)
        rank = above.rank if above is not None and shares else place
        interval = wilson(one.numerator, one.denominator)
        result.append(Standing(one, rank, interval, _apart(above, interval)))
    below = (one for one in found if one.denominator < minimum)
    return result + [Standing(one, None, wilson(one.numerator, one.denominator), None) for one in below]


def _order(one: Contender) -> tuple[Fraction, int]:
    return -_rate(one), -one.denominator


def _rate(one: Contender) -> Fraction:
    return Fraction(one.numerator, one.denominator)


def _apart(above: Standing | None, interval: Interval | None) -> bool | None:
    if above is None or above.interval is None or interval is None:
        return None
    return not above.interval.overlaps(interval)
