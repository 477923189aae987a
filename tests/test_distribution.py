"""Percentiles, means and histograms of counted values, compared with the sorted single values."""

from collections import Counter
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics.trends.distribution import classes, mean, number, percentile, rounded

whole_days = st.lists(st.integers(0, 60), max_size=200)
shares = st.lists(st.builds(Fraction, st.integers(0, 40), st.integers(1, 20)), max_size=100)
percents = st.integers(1, 100)


@given(values=whole_days, percent=percents)
def test_a_percentile_is_the_value_at_its_rank(values: list[int], percent: int) -> None:
    expected = sorted(values)[ceil(Fraction(percent * len(values), 100)) - 1] if values else None
    assert percentile(Counter(values), percent) == expected


@given(values=shares, percent=percents)
def test_a_percentile_is_the_smallest_value_that_its_share_does_not_exceed(
    values: list[Fraction], percent: int
) -> None:
    result = percentile(Counter(values), percent)
    reaching = [value for value in values if 100 * sum(other <= value for other in values) >= percent * len(values)]
    assert result == (min(reaching) if reaching else None)


@given(values=whole_days)
def test_the_mean_differs_by_at_most_half_a_digit(values: list[int]) -> None:
    result = mean(Counter(values), 2)
    if not values:
        assert result is None
        return
    assert result is not None
    assert abs(Fraction(str(result)) - Fraction(sum(values), len(values))) <= Fraction(1, 200)


@given(values=whole_days, most=st.integers(1, 40))
def test_a_histogram_counts_each_day_and_the_rest_together(values: list[int], most: int) -> None:
    numbers = classes(Counter(values), range(most))
    assert numbers == [*(values.count(day) for day in range(most)), sum(value >= most for value in values)]
    assert sum(numbers) == number(Counter(values)) == len(values)


@given(values=shares)
def test_a_value_on_a_bound_belongs_to_the_class_below(values: list[Fraction]) -> None:
    half, whole = Fraction(1, 2), Fraction(1)
    below, between, above = classes(Counter(values), [half, whole])
    assert below == sum(value <= half for value in values)
    assert between == sum(half < value <= whole for value in values)
    assert above == sum(value > whole for value in values)


@given(values=whole_days)
def test_counts_of_zero_change_nothing(values: list[int]) -> None:
    padded = Counter(values)
    for day in range(61):
        padded.setdefault(day, 0)
    assert percentile(padded, 50) == percentile(Counter(values), 50)
    assert mean(padded, 2) == mean(Counter(values), 2)


@pytest.mark.parametrize(
    ("values", "median", "ninetieth"),
    [
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([1, 2, 3], 2, 3),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5, 9),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 6, 10),
        ([0] * 9 + [30], 0, 0),
    ],
)
def test_the_median_is_the_lower_of_two_middle_values(values: list[int], median: int, ninetieth: int) -> None:
    assert (percentile(Counter(values), 50), percentile(Counter(values), 90)) == (median, ninetieth)


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (Fraction(1, 8), 2, 0.13),
        (Fraction(5, 2), 0, 3.0),
        (Fraction(2, 3), 4, 0.6667),
        (Fraction(1, 32), 4, 0.0313),
        (Fraction(0), 2, 0.0),
    ],
)
def test_halves_are_rounded_up(value: Fraction, digits: int, shown: float) -> None:
    assert rounded(value, digits) == shown
