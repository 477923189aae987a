"""Pure parts of the workload: dates of the age bands, and the forecast against a naive one."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import local_date
from app.statistics.workload.ages import OVERDUE_BANDS, SUSPENDED_BANDS, dates_of, day_end, window
from app.statistics.workload.forecast import (
    LEVELS,
    NO_BASIS,
    Experience,
    FinishGroup,
    Forecast,
    left_at_finish,
    left_before,
)
from app.statistics.workload.presenting import per_day
from tests.support.calendars import OFFICIAL

days = st.dates(date(2019, 1, 1), date(2025, 6, 30))


def walked(after: date, until: date) -> int:
    """The working days in (after, until], one by one."""
    return sum(OFFICIAL.is_working_day(after + timedelta(n)) for n in range(1, (until - after).days + 1))


# --- Ages -------------------------------------------------------------------------------------------------------------


@given(days, st.integers(0, 60), st.integers(1, 30))
def test_a_band_has_the_dossiers_up_to_its_age_in_working_days(today: date, before: int, idle_days: int) -> None:
    dates = dates_of(OFFICIAL, datetime(today.year, today.month, today.day, 3, tzinfo=UTC), 1, idle_days)
    then = today - timedelta(before)
    age = walked(then, today)
    for band, most in OVERDUE_BANDS.items():
        assert (day_end(then) > dates.due_since[band]) == (age <= most)
    for band, most in SUSPENDED_BANDS.items():
        assert (then >= local_date(dates.suspended_since[band])) == (age <= most)
    assert (then < local_date(dates.moved_since)) == (age >= idle_days)


@given(days)
def test_the_window_has_sixty_working_days_and_begins_with_one(today: date) -> None:
    first, last = window(OFFICIAL, today)
    assert OFFICIAL.is_working_day(first)
    assert last == today - timedelta(1)
    assert walked(first - timedelta(1), last) == 60


# --- The forecast ---------------------------------------------------------------------------------------------------

# In 2021 the days from 10 to 16 February were off for Tết.
DUE = date(2021, 2, 9)


@pytest.mark.parametrize(
    ("finished", "verdict", "left"),
    [
        (date(2021, 2, 5), "early", 2),
        (date(2021, 2, 9), "on_time", 0),
        # Late by minutes on the due date, or on a day off after it.
        (date(2021, 2, 9), "late", -1),
        (date(2021, 2, 12), "late", -1),
        (date(2021, 3, 9), "late", -1),
    ],
)
def test_the_time_left_at_the_finish_is_in_working_days_and_late_is_late(
    finished: date, verdict: str, left: int
) -> None:
    assert left_at_finish(OFFICIAL, DUE, finished, verdict) == left


@pytest.mark.parametrize(
    ("now", "suspended", "left"),
    [
        # Today is not over: a finish on the 5th, a Friday, leaves two days.
        ("2021-02-05", None, 3),
        ("2021-02-09", None, 1),
        # Suspended since the 5th, over Tết and long after the due date: the days of the 5th are left.
        ("2021-02-05", "2021-02-05", 3),
        ("2021-03-26", "2021-02-05", 3),
        ("2021-03-26", "2021-02-09", 1),
    ],
)
def test_the_time_left_of_an_open_dossier_is_that_before_today(now: str, suspended: str | None, left: int) -> None:
    since = None if suspended is None else datetime.fromisoformat(f"{suspended}T10:00:00+07:00")
    assert left_before(OFFICIAL, DUE, since, datetime.fromisoformat(f"{now}T09:00:00+07:00")) == left


done_before = st.lists(
    st.builds(FinishGroup, st.integers(1, 3), st.integers(1, 3), st.integers(-1, 12), st.integers(1, 4)), max_size=30
)


@given(done_before, st.integers(1, 4), st.integers(1, 4), st.integers(0, 14), st.integers(1, 12))
def test_a_chance_is_that_of_the_closest_level_with_enough(
    done: list[FinishGroup], unit: int, procedure: int, left: int, enough: int
) -> None:
    fitting: tuple[Callable[[FinishGroup], bool], ...] = (
        lambda group: group.unit == unit and group.procedure == procedure,
        lambda group: group.procedure == procedure,
        lambda group: group.unit == unit,
        lambda _one: True,
    )
    chance = Experience(done, enough).chance(unit, procedure, left)
    for level, fits in zip(LEVELS, fitting, strict=True):
        later = [group for group in done if fits(group) and group.left < left]
        compared = sum(group.dossiers for group in later)
        if compared >= enough or (level == "all" and compared):
            late = sum(group.dossiers for group in later if group.left < 0)
            assert (chance.late, chance.level) == (late / compared, level)
            return
    assert (chance.late, chance.level) == (None, NO_BASIS)


def test_the_chance_of_being_late_grows_as_the_days_run_out() -> None:
    experience = Experience([FinishGroup(1, 1, left, 10) for left in range(-1, 10)], enough=1)
    chances = [experience.chance(1, 1, left).late for left in range(12, -1, -1)]
    assert experience.total == 110
    assert chances[:4] == [pytest.approx(1 / 11)] * 3 + [pytest.approx(1 / 10)]
    assert chances == sorted(chances, key=lambda chance: chance or 0)
    assert chances[-1] == 1.0
    assert Experience([FinishGroup(1, 1, 5, 10)], enough=1).chance(1, 1, 5).late is None


def test_a_forecast_adds_the_chances_and_counts_their_levels() -> None:
    experience = Experience([FinishGroup(1, 1, 2, 45), FinishGroup(1, 1, -1, 15)])
    forecast = Forecast()
    forecast.add(experience.chance(1, 1, 4), 4)
    forecast.add(experience.chance(2, 1, 4), 2)
    forecast.add(Experience([]).chance(2, 2, 30), 1)
    total = Forecast()
    total.include(forecast)
    assert total.expected == pytest.approx(6 * 0.25)
    assert total.dossiers == {"unit_and_procedure": 4, "procedure": 2, NO_BASIS: 1}


@pytest.mark.parametrize(("dossiers", "shown"), [(0, 0.0), (1, 0.02), (3, 0.05), (60, 1.0), (100, 1.67)])
def test_a_rate_per_working_day_has_two_decimals(dossiers: int, shown: float) -> None:
    assert per_day(dossiers) == shown
