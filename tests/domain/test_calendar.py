"""The working calendar and the sessions laid over it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import (
    DEFAULT_SESSIONS,
    TZ,
    CalendarMissing,
    CalendarStatus,
    CalendarYear,
    Session,
    WorkingCalendar,
    WorkingSessions,
    add_working_time,
    first_working_minute,
    local_date,
    working_minutes_between,
)
from app.domain.errors import Invalid
from tests.support import naive_deadlines as naive
from tests.support.calendars import DAYS_OFF, MAKE_UP_DAYS, OFFICIAL, bare_year, calendar_year
from tests.support.strategies import THOROUGH, receipts

FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(days) for days in range((LAST - FIRST).days + 1)]
dates = st.dates(FIRST, LAST)
MORNING = (Session(480, 690),)
# Mornings from Monday to Thursday, a long Friday, and openings at weekends that make no working day.
ODD = WorkingSessions((MORNING, MORNING, MORNING, MORNING, (Session(420, 720), Session(780, 1020)), MORNING, MORNING))


def test_every_date_of_nine_years_is_worked_or_not_as_decided() -> None:
    assert [OFFICIAL.is_working_day(day) for day in DAYS] == [naive.worked(day) for day in DAYS]
    assert all(OFFICIAL.is_working_day(day) for day in MAKE_UP_DAYS)
    assert not any(OFFICIAL.is_working_day(day) for day in DAYS_OFF)


@THOROUGH
@given(dates, st.integers(1, 300))
def test_the_nth_working_day_is_the_one_counted_off(day: date, number: int) -> None:
    counted = [later for later in DAYS if later > day and naive.worked(later)]
    if number <= len(counted):
        assert OFFICIAL.add_working_days(day, number) == counted[number - 1]
    else:
        with pytest.raises(CalendarMissing) as refusal:
            OFFICIAL.add_working_days(day, number)
        assert refusal.value.year == 2027


@THOROUGH
@given(dates, dates)
def test_working_days_between_is_the_number_counted_and_changes_sign(first: date, second: date) -> None:
    low, high = sorted((first, second))
    counted = sum(naive.worked(day) for day in DAYS if low < day <= high)
    assert OFFICIAL.working_days_between(low, high) == counted
    assert OFFICIAL.working_days_between(high, low) == -counted


def test_next_and_previous_working_day_of_every_date() -> None:
    worked = [day for day in DAYS if naive.worked(day)]
    for day in DAYS[10:-10]:
        assert OFFICIAL.next_working_day(day) == min(later for later in worked if later >= day)
        assert OFFICIAL.previous_working_day(day) == max(earlier for earlier in worked if earlier < day)


@pytest.mark.parametrize(
    ("received", "working_days", "due"),
    [
        ("2026-12-31", 1, "2027-01-04"),  # 1 January 2027 is a Friday
        ("2027-02-03", 1, "2027-02-11"),  # Tết, 4 to 10 February: 10065/VPCP-KGVX, as reported
        ("2027-04-15", 1, "2027-04-19"),  # 10 March of the lunar calendar: Labour Code art. 112
        ("2027-04-29", 1, "2027-05-04"),  # 1 May is a Saturday, so 3 May is off: Labour Code art. 111.3
        ("2027-09-01", 1, "2027-09-06"),  # National Day, 2 to 5 September: 10065/VPCP-KGVX, as reported
        ("2027-11-23", 1, "2027-11-25"),  # 24 November: Resolution 28/2026/QH16
        ("2026-12-31", 249, "2027-12-31"),  # the year has 249 working days
    ],
)
def test_the_reported_year_2027(received: str, working_days: int, due: str) -> None:
    calendar = OFFICIAL.with_years([calendar_year(2027)])
    assert calendar.add_working_days(date.fromisoformat(received), working_days) == date.fromisoformat(due)
    assert calendar.year(2027).status is CalendarStatus.PROVISIONAL


def test_no_working_days_added_give_the_day_itself_even_a_sunday() -> None:
    assert OFFICIAL.add_working_days(date(2021, 8, 15), 0) == date(2021, 8, 15)


@pytest.mark.parametrize("number", [-1, -(10**30)])
def test_taking_working_days_away_is_refused(number: int) -> None:
    with pytest.raises(Invalid) as refusal:
        OFFICIAL.add_working_days(FIRST, number)
    assert refusal.value.code == "amount_negative"


def test_an_absurd_number_of_working_days_names_the_first_missing_year() -> None:
    with pytest.raises(CalendarMissing) as refusal:
        OFFICIAL.add_working_days(FIRST, 10**30)
    assert refusal.value.year == 2027


def test_the_ends_of_time_are_refused() -> None:
    ends = WorkingCalendar([bare_year(1), bare_year(9999)])
    assert ends.next_working_day(date.max) == date.max
    questions: list[Callable[[], object]] = [
        lambda: ends.add_working_days(date.max, 1),
        lambda: ends.previous_working_day(date.min),
        lambda: add_working_time(datetime.max.replace(tzinfo=TZ), 10**30, ends, DEFAULT_SESSIONS),
    ]
    for beyond in questions:
        with pytest.raises(Invalid) as refusal:
            beyond()
        assert refusal.value.code == "date_out_of_range"


def test_a_gap_between_years_is_named() -> None:
    gapped = WorkingCalendar([calendar_year(2018), calendar_year(2021)])
    for question, year in (
        (lambda: gapped.add_working_days(date(2018, 12, 31), 1), 2019),
        (lambda: gapped.next_working_day(date(2019, 6, 1)), 2019),
        (lambda: gapped.previous_working_day(date(2021, 1, 1)), 2020),
        (lambda: gapped.working_days_between(date(2018, 6, 1), date(2021, 6, 1)), 2019),
        (lambda: gapped.working_days_between(date(2021, 6, 1), date(2018, 6, 1)), 2020),
        (lambda: gapped.years_in(date(2018, 6, 1), date(2021, 6, 1)), 2019),
        (lambda: gapped.is_working_day(date(2017, 6, 1)), 2017),
    ):
        with pytest.raises(CalendarMissing) as refusal:
            question()
        assert refusal.value.year == year


def test_added_years_fill_the_gap_in_a_new_calendar() -> None:
    gapped = WorkingCalendar([calendar_year(2018), calendar_year(2020)])
    whole = gapped.with_years([calendar_year(2019)])
    assert whole.working_days_between(date(2018, 12, 31), date(2019, 1, 5)) == 4
    with pytest.raises(CalendarMissing):
        gapped.year(2019)


def test_a_replaced_year_is_only_in_the_new_calendar() -> None:
    swap = (date(2026, 1, 2), date(2026, 1, 10))
    before = OFFICIAL.with_years([calendar_year(2026, without=swap)])
    assert before.is_working_day(date(2026, 1, 2))
    assert not OFFICIAL.is_working_day(date(2026, 1, 2))


@pytest.mark.parametrize(
    ("after", "until", "provisional"),
    [
        (date(2026, 12, 30), date(2026, 12, 31), False),
        (date(2026, 12, 31), date(2027, 1, 1), True),
        (date(2027, 5, 5), date(2027, 5, 5), False),
        (date(2027, 5, 5), date(2027, 5, 6), True),
        (date(2025, 1, 1), date(2028, 1, 1), True),
        (date(2027, 12, 31), date(2028, 1, 1), False),
    ],
)
def test_provisional_is_any_date_after_the_first(after: date, until: date, provisional: bool) -> None:
    calendar = OFFICIAL.with_years([bare_year(2027), bare_year(2028, CalendarStatus.OFFICIAL)])
    assert calendar.is_provisional(after, until) is provisional


def test_years_in_are_those_touched() -> None:
    years = OFFICIAL.years_in(date(2020, 12, 31), date(2022, 1, 1))
    assert [year.year for year in years] == [2020, 2021, 2022]
    assert OFFICIAL.years_in(date(2022, 1, 1), date(2021, 12, 31)) == ()


@pytest.mark.parametrize(
    ("year", "off", "worked"),
    [
        pytest.param(2026, [date(2026, 1, 10)], [date(2026, 1, 10)], id="a date in both lists"),
        pytest.param(2026, [date(2025, 1, 1)], [], id="a day off of another year"),
        pytest.param(2026, [], [date(2027, 1, 2)], id="a worked date of another year"),
        pytest.param(2026, [], [date(2026, 1, 9)], id="a worked date that is a Friday"),
        pytest.param(0, [], [], id="a year before the first"),
        pytest.param(10000, [], [], id="a year after the last"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(year: int, off: list[date], worked: list[date]) -> None:
    with pytest.raises(Invalid) as refusal:
        CalendarYear(year, frozenset(off), frozenset(worked), CalendarStatus.OFFICIAL, None, 1)
    assert refusal.value.code == "calendar_invalid"


def test_a_day_off_on_a_weekend_changes_nothing() -> None:
    sunday = date(2027, 1, 3)
    year = CalendarYear(2027, frozenset({sunday}), frozenset(), CalendarStatus.OFFICIAL, None, 1)
    assert WorkingCalendar([year]).next_working_day(sunday) == date(2027, 1, 4)


@pytest.mark.parametrize(
    "week",
    [
        pytest.param((MORNING,) * 6, id="six days"),
        pytest.param((MORNING, (), MORNING, MORNING, MORNING, (), ()), id="a Tuesday without a session"),
        pytest.param(((Session(600, 700), Session(480, 540)), *(MORNING,) * 4, (), ()), id="out of order"),
        pytest.param(((Session(480, 600), Session(599, 700)), *(MORNING,) * 4, (), ()), id="overlapping"),
    ],
)
def test_sessions_that_cannot_be_are_refused(week: tuple[tuple[Session, ...], ...]) -> None:
    with pytest.raises(Invalid) as refusal:
        WorkingSessions(week)
    assert refusal.value.code == "sessions_invalid"


@pytest.mark.parametrize(("start", "end"), [(-1, 10), (600, 600), (700, 600), (0, 1440)])
def test_a_session_begins_before_it_ends_within_one_day(start: int, end: int) -> None:
    with pytest.raises(Invalid):
        Session(start, end)


def test_a_day_ends_with_its_last_session_and_a_make_up_saturday_like_a_monday() -> None:
    friday, saturday = date(2026, 1, 9), date(2026, 1, 10)
    assert ODD.of_working_day(friday)[-1].end == 17 * 60
    assert ODD.of_working_day(saturday)[-1].end == 11 * 60 + 30
    assert ODD.on(saturday, OFFICIAL) == MORNING
    assert ODD.on(saturday + timedelta(days=7), OFFICIAL) == ()


def test_hours_follow_the_sessions_of_their_unit() -> None:
    thursday = datetime(2026, 1, 8, 10, 30, tzinfo=TZ)
    # One hour on Thursday, nine on Friday, half an hour on the make-up Saturday.
    assert add_working_time(thursday, 60 + 540 + 30, OFFICIAL, ODD) == datetime(2026, 1, 10, 8, 30, tzinfo=TZ)


@THOROUGH
@given(receipts, st.integers(0, 3000), st.sampled_from([DEFAULT_SESSIONS, ODD]))
def test_time_added_is_time_between(start: datetime, minutes: int, sessions: WorkingSessions) -> None:
    end = add_working_time(start, minutes, OFFICIAL, sessions)
    assert working_minutes_between(start, end, OFFICIAL, sessions) == minutes
    assert working_minutes_between(end, start, OFFICIAL, sessions) == -minutes


@THOROUGH
@given(receipts)
def test_the_first_working_minute_is_the_first_inside_a_session(at: datetime) -> None:
    assert first_working_minute(at, OFFICIAL, DEFAULT_SESSIONS) == naive.first_in_session(naive.minute(at))


def test_working_time_never_runs_backwards() -> None:
    with pytest.raises(Invalid) as refusal:
        add_working_time(datetime(2021, 8, 16, 8, 0, tzinfo=TZ), -1, OFFICIAL, DEFAULT_SESSIONS)
    assert refusal.value.code == "amount_negative"


def test_a_date_is_the_local_one() -> None:
    assert local_date(datetime(2021, 8, 16, 16, 59, 59, tzinfo=UTC)) == date(2021, 8, 16)
    assert local_date(datetime(2021, 8, 16, 17, 0, 0, tzinfo=UTC)) == date(2021, 8, 17)
