"""Every public figure of ratings is a sum of parts of five answers at least, so no subtraction reaches fewer."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from app.statistics.ratings.parts import MINIMUM, Dates, Pair, Scores, months_of, periods_within, shown

YEAR = (date(2021, 1, 1), date(2021, 12, 31))


def given_at_random(seed: int, ratings: int) -> dict[Dates, dict[Pair, Scores]]:
    """Random ratings of a year: each with its pair of units, the day of the return, a later day, and a score."""
    draw = random.Random(seed)
    given: dict[Dates, dict[Pair, Scores]] = {dates: {} for dates in periods_within(*YEAR)}
    for _rating in range(ratings):
        pair = draw.choice([(1, 1), (1, 2), (2, 2), (3, 1)])
        returned = YEAR[0] + timedelta(days=draw.randrange(365))
        rated, score = returned + timedelta(days=int(draw.expovariate(1 / 20))), draw.randint(1, 5)
        for (first, last), scores in given.items():
            if first <= returned <= rated <= last:
                scores.setdefault(pair, Counter())[score] += 1
    return given


@pytest.mark.parametrize("seed", range(20))
def test_any_two_figures_differ_by_nothing_or_by_whole_parts(seed: int) -> None:
    given = given_at_random(seed, random.Random(seed).choice([30, 200, 900]))
    by_period = {dates: shown(given, *dates) for dates in given}
    parts: list[tuple[Dates, Pair, Scores]] = []
    for first, last in given:
        inner = [dates for dates in given if dates != (first, last) and first <= dates[0] and dates[1] <= last]
        direct = [
            dates for dates in inner if not any(o != dates and o[0] <= dates[0] and dates[1] <= o[1] for o in inner)
        ]
        for pair, scores in by_period[first, last].items():
            below: Scores = Counter()
            for dates in direct:
                below.update(by_period[dates].get(pair, Counter()))
            # A figure has everything that the figures within it have, and besides nothing or a part of its own.
            assert below <= scores
            own = scores - below
            assert own.total() == 0 or own.total() >= MINIMUM, (first, last, pair)
            if own.total():
                parts.append(((first, last), pair, own))
            assert scores <= given[first, last][pair], "no answer is counted twice"
    assert parts or len(given[YEAR]) == 0


def test_small_months_count_once_their_quarter_has_enough() -> None:
    given: dict[Dates, dict[Pair, Scores]] = {dates: {} for dates in periods_within(*YEAR)}
    for (first, last), scores in given.items():
        if first <= date(2021, 1, 1) <= last:
            scores[1, 1] = Counter({5: 3}) if months_of(first, last) == 1 else Counter({5: 3, 1: 3})
    assert shown(given, date(2021, 1, 1), date(2021, 1, 31)) == {}
    assert shown(given, date(2021, 1, 1), date(2021, 3, 31)) == {(1, 1): Counter({5: 3, 1: 3})}


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2021-02-01", "2021-02-28", 1),
        ("2021-04-01", "2021-06-30", 3),
        ("2021-07-01", "2021-12-31", 6),
        ("2021-01-01", "2021-12-31", 12),
        ("2021-02-01", "2021-04-30", None),
        ("2021-02-01", "2021-02-27", None),
        ("2021-01-02", "2021-01-31", None),
        ("2021-01-01", "2022-12-31", None),
        ("2020-12-15", "2021-01-14", None),
    ],
)
def test_fixed_periods_are_months_quarters_half_years_and_years(first: str, last: str, months: int | None) -> None:
    assert months_of(date.fromisoformat(first), date.fromisoformat(last)) == months


def test_a_year_has_nineteen_fixed_periods() -> None:
    assert len(set(periods_within(*YEAR))) == 1 + 2 + 4 + 12
    assert max(last for _first, last in periods_within(*YEAR)) == YEAR[1]
