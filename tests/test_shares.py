"""Shown rates: only all of them are 100 %, whatever the number of decimals (rules §11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics.shares import cut, percent


@pytest.mark.parametrize(
    ("share", "decimals", "shown"),
    [
        (1.0, 2, "100.00"),
        (1.0, 1, "100.0"),
        (1.0, 0, "100"),
        (0.9999, 2, "99.99"),
        (0.9999, 1, "99.9"),
        (0.9996, 1, "99.9"),
        (0.9996, 0, "99"),
        (0.9995, 1, "99.9"),
        (0.0009, 1, "0.0"),
        (0.0, 2, "0.00"),
        (0.29, 1, "29.0"),
        (0.5787, 2, "57.87"),
        (1.5375, 1, "153.7"),
    ],
)
def test_a_share_in_percent_is_cut(share: float, decimals: int, shown: str) -> None:
    assert percent(share, decimals) == shown


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(0, 2))
def test_only_all_of_them_are_shown_as_100_percent(counted: tuple[int, int], decimals: int) -> None:
    numerator, denominator = counted
    shown = percent(cut(numerator, denominator), decimals)
    assert (float(shown) == 100) == (numerator == denominator)
    # What is cut away is less than the last decimal.
    assert 0 <= 100 * numerator / denominator - float(shown) < 10**-decimals + 1e-9
