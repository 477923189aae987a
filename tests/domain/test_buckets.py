"""Which buckets make up which days: each day once, in few of them."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from app.rollups.buckets import DAY, MONTH, YEAR, Range, buckets_of, covering, up_to
from tests.support.strategies import THOROUGH

days = st.dates(date(2018, 1, 1), date(2026, 12, 31))


def days_in(one: Range) -> Counter[date]:
    """The days of all buckets of a range."""
    found: Counter[date] = Counter()
    first = one.first
    while first <= one.last:
        assert (one.grain, first) in set(buckets_of(first))
        following = {
            DAY: first + timedelta(days=1),
            MONTH: (first.replace(day=28) + timedelta(days=4)).replace(day=1),
            YEAR: date(first.year + 1, 1, 1),
        }[one.grain]
        found.update(first + timedelta(days=number) for number in range((following - first).days))
        first = following
    return found


@THOROUGH
@given(days, days)
@example(date(2021, 1, 1), date(2021, 12, 31))
@example(date(2021, 1, 1), date(2021, 1, 31))
@example(date(2020, 12, 31), date(2022, 1, 1))
@example(date(2021, 2, 28), date(2021, 3, 1))
def test_each_day_of_a_stretch_is_in_exactly_one_bucket(one: date, other: date) -> None:
    first, last = sorted((one, other))
    covered: Counter[date] = sum((days_in(part) for part in covering(first, last)), Counter())
    assert covered == Counter(first + timedelta(days=number) for number in range((last - first).days + 1))


@THOROUGH
@given(days)
def test_the_count_at_the_end_of_a_day_is_a_sum_over_few_buckets_beside_the_years(day: date) -> None:
    ranges = up_to(day)
    assert sum(sum(days_in(one).values()) for one in ranges if one.grain == DAY) <= 30
    assert [one.grain for one in ranges] == sorted((one.grain for one in ranges), key=[YEAR, MONTH, DAY].index)
    assert ranges[-1].last <= day


def test_whole_years_and_months_are_single_ranges() -> None:
    assert covering(date(2021, 1, 1), date(2021, 12, 31)) == [Range(YEAR, date(2021, 1, 1), date(2021, 1, 1))]
    assert covering(date(2021, 2, 1), date(2021, 3, 31)) == [Range(MONTH, date(2021, 2, 1), date(2021, 3, 1))]


def test_nothing_covers_a_stretch_that_ends_before_it_begins() -> None:
    assert covering(date(2021, 2, 2), date(2021, 2, 1)) == []


def test_the_last_month_that_there_is_can_be_covered() -> None:
    assert covering(date(9999, 11, 30), date.max) == [
        Range(DAY, date(9999, 11, 30), date(9999, 11, 30)),
        Range(MONTH, date(9999, 12, 1), date(9999, 12, 1)),
    ]
    assert covering(date(9999, 12, 2), date.max) == [Range(DAY, date(9999, 12, 2), date.max)]
