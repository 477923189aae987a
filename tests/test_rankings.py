"""Intervals, ranks and scores against published and hand-worked values, and laws for all counts."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.statistics.on_time.counts import Figures
from app.statistics.on_time.presenting import row_of
from app.statistics.rankings.definitions import DEFINITIONS
from app.statistics.rankings.intervals import Interval, wilson
from app.statistics.rankings.ranks import Contender, Standing, standings
from app.statistics.rankings.scores import Rule, check_rules, score
from app.statistics.shares import cut

counts = st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def bounds(numerator: int, denominator: int) -> tuple[float, float]:
    """The interval of a rate, rounded as statistical tables are."""
    interval = wilson(numerator, denominator)
    assert interval is not None
    return float(round(interval.low, 4)), float(round(interval.high, 4))


# --- The interval -----------------------------------------------------------------------------------------------------


# Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3.
@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(numerator: int, denominator: int, low: float, high: float) -> None:
    assert bounds(numerator, denominator) == (low, high)


# With z² = 3.841459 by hand: none of n ends at z²/(n + z²), all of n begin at n/(n + z²), half of n reach
# z/(2√(n + z²)) to both sides of 1/2; of 118 the middle is (113 + 1.920729)/121.841459 = 0.943199 and the reach
# 1.959964·√(113·5/118 + 0.960365)/121.841459 = 0.038568.
@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (0, 1, 0.0, 0.7935),
        (1, 1, 0.2065, 1.0),
        (5, 10, 0.2366, 0.7634),
        (113, 118, 0.9046, 0.9818),
    ],
)
def test_the_interval_is_the_one_worked_by_hand(numerator: int, denominator: int, low: float, high: float) -> None:
    assert bounds(numerator, denominator) == (low, high)


def test_a_rate_of_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None


@given(counts)
def test_the_interval_contains_the_rate_and_stays_within_0_and_1(counted: tuple[int, int]) -> None:
    numerator, denominator = counted
    interval = wilson(*counted)
    assert interval is not None
    assert 0 <= Fraction(interval.low) <= Fraction(numerator, denominator) <= Fraction(interval.high) <= 1
    # As they are shown too.
    low, high = interval.shown
    assert low <= cut(numerator, denominator) <= high
    assert (high == 1) == (numerator == denominator)
    assert (interval.low == 0) == (numerator == 0)
    assert (interval.high == 1) == (numerator == denominator)


@given(counts)
def test_failures_have_the_interval_of_successes_mirrored(counted: tuple[int, int]) -> None:
    numerator, denominator = counted
    interval, other = wilson(numerator, denominator), wilson(denominator - numerator, denominator)
    assert interval is not None
    assert other is not None
    assert abs(interval.low + other.high - 1) < Decimal("1e-50")


@given(counts, st.integers(2, 1000))
def test_the_same_rate_of_more_dossiers_has_a_narrower_interval(counted: tuple[int, int], times: int) -> None:
    few, many = wilson(*counted), wilson(counted[0] * times, counted[1] * times)
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


def test_intervals_that_only_touch_overlap() -> None:
    low, middle, high = Decimal(0), Decimal("0.5"), Decimal(1)
    assert Interval(low, middle).overlaps(Interval(middle, high))
    assert Interval(middle, high).overlaps(Interval(low, middle))
    assert not Interval(low, Decimal("0.4")).overlaps(Interval(middle, high))


# --- Ranks ------------------------------------------------------------------------------------------------------------


def contender(code: str, numerator: int, denominator: int) -> Contender:
    return Contender((code, 1), numerator, denominator)


def places(ranked: list[Standing]) -> list[tuple[str, int | None]]:
    return [(standing.contender.name[0], standing.rank) for standing in ranked]


def test_ties_share_a_rank_and_the_next_ranks_are_left_out() -> None:
    ranked = standings(
        [
            contender("d", 60, 100),
            contender("c", 80, 100),
            contender("b", 160, 200),
            contender("a", 90, 100),
            contender("x", 9, 9),
        ],
        minimum=10,
    )
    assert places(ranked) == [("a", 1), ("b", 2), ("c", 2), ("d", 4), ("x", None)]


def test_rates_are_compared_before_they_are_rounded() -> None:
    # Both are 1.0 as floats.
    ranked = standings([contender("a", 10**17 - 2, 10**17), contender("b", 10**17 - 1, 10**17)], minimum=1)
    assert places(ranked) == [("b", 1), ("a", 2)]


def test_a_volume_at_the_minimum_is_ranked_and_one_below_is_not() -> None:
    ranked = standings([contender("b", 10, 10), contender("a", 9, 9), contender("c", 0, 0)], minimum=10)
    assert places(ranked) == [("b", 1), ("a", None), ("c", None)]
    assert [standing.interval is None for standing in ranked] == [False, False, True]


def test_a_unit_is_distinguishable_if_its_interval_is_below_that_of_the_unit_above() -> None:
    # By hand: 990/1000 is 0.9817–0.9946, 950/1000 is 0.9347–0.9619, 945/1000 is 0.9291–0.9575.
    ranked = standings([contender("a", 990, 1000), contender("b", 950, 1000), contender("c", 945, 1000)], minimum=1)
    assert [standing.distinguishable for standing in ranked] == [None, True, False]


def test_units_without_a_rank_are_compared_with_no_unit() -> None:
    ranked = standings([contender("a", 1000, 1000), contender("b", 0, 9)], minimum=10)
    assert [standing.distinguishable for standing in ranked] == [None, None]


contenders = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12).map(
    lambda pairs: [contender(f"{n:02}", min(pair), max(pair)) for n, pair in enumerate(pairs)]
)


@given(contenders, st.integers(1, 20), st.randoms(use_true_random=False))
def test_the_order_of_the_units_does_not_matter(contenders: list[Contender], minimum: int, random: Random) -> None:
    shuffled = random.sample(contenders, len(contenders))
    assert standings(shuffled, minimum) == standings(contenders, minimum)


@given(contenders, st.integers(1, 20))
def test_a_rank_is_one_more_than_the_number_of_better_units(contenders: list[Contender], minimum: int) -> None:
    result = standings(contenders, minimum)
    assert sorted(standing.contender.name for standing in result) == sorted(contender.name for contender in contenders)
    rates = {
        contender.name: Fraction(contender.numerator, contender.denominator)
        for contender in contenders
        if contender.denominator >= minimum
    }
    for standing in result:
        name = standing.contender.name
        expected = 1 + sum(rate > rates[name] for rate in rates.values()) if name in rates else None
        assert standing.rank == expected
    assert all(above.rank is not None or below.rank is None for above, below in pairwise(result))


# --- Scores -----------------------------------------------------------------------------------------------------------


def rule(**changes: int) -> Rule:
    """Two points from 99 % on, none below 85 %, in a straight line between."""
    terms = {"full_points": 20_000, "full_from": 9_900, "threshold": 8_500, "threshold_points": 0, **changes}
    return Rule("finished", "commune", **terms)


@pytest.mark.parametrize(
    ("numerator", "denominator", "points"),
    [
        (100, 100, Fraction(2)),
        (99, 100, Fraction(2)),
        (98, 100, Fraction(13, 7)),
        (92, 100, Fraction(1)),
        (85, 100, Fraction(0)),
        (849_999, 1_000_000, Fraction(0)),
        (0, 5, Fraction(0)),
        # 113/118 − 0.85 over 0.14, twice
        (113, 118, (Fraction(113, 118) - Fraction(85, 100)) / Fraction(14, 100) * 2),
    ],
)
def test_points_are_on_the_line_between_threshold_and_full_points(
    numerator: int, denominator: int, points: Fraction
) -> None:
    assert score(rule(), numerator, denominator) == points


def test_the_line_begins_at_the_threshold_and_there_are_no_points_below() -> None:
    # As in indices with points in proportion to the rate: 0.95 of two points at 95 %, and none below.
    proportional = rule(full_from=10_000, threshold=9_500, threshold_points=19_000)
    assert score(proportional, 95, 100) == Fraction(19, 10)
    assert score(proportional, 9_499, 10_000) == 0
    assert score(proportional, 96, 100) == Fraction(192, 100)
    assert score(proportional, 1, 1) == 2


def test_a_threshold_at_full_points_is_all_or_nothing() -> None:
    assert score(rule(threshold=9_900), 99, 100) == 2
    assert score(rule(threshold=9_900), 9_899, 10_000) == 0


def test_a_rate_of_nothing_has_no_points() -> None:
    assert score(rule(), 0, 0) is None


ten_thousandths = st.integers(0, 10_000)
rules = st.tuples(ten_thousandths, ten_thousandths, ten_thousandths, ten_thousandths).map(
    lambda four: rule(
        threshold=min(four[:2]), full_from=max(four[:2]), threshold_points=min(four[2:]), full_points=max(four[2:])
    )
)


@given(rules, counts, counts)
def test_a_higher_rate_never_gets_fewer_points(
    table_rule: Rule, counted: tuple[int, int], other: tuple[int, int]
) -> None:
    lower, higher = sorted([counted, other], key=lambda pair: Fraction(*pair))
    low, high = score(table_rule, *lower), score(table_rule, *higher)
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= Fraction(table_rule.full_points, 10_000)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"threshold": 9_901}, "/rules/0/threshold"),
        ({"threshold_points": 20_001}, "/rules/0/threshold_points"),
    ],
)
def test_a_rule_that_would_reward_a_lower_rate_is_refused(changes: dict[str, int], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_rules([rule(**changes)])
    assert (refused.value.code, refused.value.extra["pointer"]) == ("score_table_invalid", pointer)


def test_two_rules_for_one_rate_and_kind_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        check_rules([rule(), rule(full_points=10_000)])
    assert refused.value.extra["pointer"] == "/rules/1"


# --- The definition ---------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 100), min_size=11, max_size=11))
def test_the_definitions_are_those_of_the_on_time_figures(values: list[int]) -> None:
    names = [
        *("received.counter", "received.online", "received.postal", "carried_over", "moved_in", "moved_out"),
        *("finished.early", "finished.late", "open.overdue", "withdrawn.overdue", "discontinued.overdue"),
    ]
    row = row_of("515", 1, "", Figures(dict(zip(names, values, strict=True)))).model_dump()

    def added(sums: dict[str, int]) -> int:
        total = 0
        for name, times in sums.items():
            group, _, part = name.partition(".")
            total += times * (row[group][part] if part else row[group])
        return total

    for definition in DEFINITIONS.values():
        rate = row[definition.name]
        assert (added(dict(definition.numerator)), added(dict(definition.denominator))) == (
            rate["numerator"],
            rate["denominator"],
        )
