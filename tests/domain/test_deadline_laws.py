"""Properties of every deadline, tested with random values and against the slow count."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.calendar import DEFAULT_SESSIONS, TZ, CalendarMissing, CalendarStatus, WorkingCalendar
from app.domain.deadline import ClockPolicy, CutOff, LimitUnit, Suspension, TimeLimit, compute
from app.domain.errors import Invalid
from tests.support import naive_deadlines as naive
from tests.support.calendars import OFFICIAL, YEARS, bare_year, calendar_year
from tests.support.strategies import THOROUGH, UNITS_IN_DAYS, chains, limits, receipts

POLICIES = st.sampled_from(ClockPolicy)
MONDAY = datetime(2021, 8, 16, 8, 0, tzinfo=TZ)


def days(amount: int) -> TimeLimit:
    return TimeLimit(amount, LimitUnit.WORKING_DAY)


# Each cut-off with the time of day that it means under the default sessions.
CUT_OFFS = st.sampled_from([(None, None), (CutOff(minute=15 * 60), time(15)), (CutOff(before_closing=60), time(16))])


@THOROUGH
@given(st.data(), receipts, limits(*UNITS_IN_DAYS), POLICIES, st.integers(0, 10), CUT_OFFS)
def test_a_due_date_is_the_one_counted_day_by_day(
    data: st.DataObject,
    received: datetime,
    limit: TimeLimit,
    policy: ClockPolicy,
    extension: int,
    cut_off: tuple[CutOff | None, time | None],
) -> None:
    spans, (rule, last) = data.draw(chains(received)), cut_off
    deadline = compute(
        received,
        limit,
        OFFICIAL,
        DEFAULT_SESSIONS,
        policy=policy,
        suspensions=spans,
        extension_days=extension,
        cut_off=rule,
    )
    assert deadline.due_date == naive.due(received, limit, spans, policy, extension, last)
    assert deadline.original_due_date == naive.due(received, limit, cut_off=last)
    assert deadline.due_at == datetime.combine(deadline.due_date, datetime.min.time(), TZ) + timedelta(hours=17)


@THOROUGH
@given(st.data(), receipts, limits(LimitUnit.WORKING_HOUR), POLICIES)
def test_a_due_minute_is_the_one_counted_minute_by_minute(
    data: st.DataObject, received: datetime, limit: TimeLimit, policy: ClockPolicy
) -> None:
    spans = data.draw(chains(received, most=2, longest_days=2))
    deadline = compute(received, limit, OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=spans)
    assert deadline.due_at == naive.due(received, limit, spans, policy)
    assert deadline.due_date == deadline.due_at.date()


@THOROUGH
@given(st.data(), receipts, limits(*LimitUnit), POLICIES)
def test_one_more_suspension_never_makes_a_due_date_earlier(
    data: st.DataObject, received: datetime, limit: TimeLimit, policy: ClockPolicy
) -> None:
    spans = data.draw(chains(received))
    due = [
        compute(received, limit, OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=spans[:count]).due_at
        for count in range(len(spans) + 1)
    ]
    assert due == sorted(due)


@THOROUGH
@given(st.data(), receipts, limits(*LimitUnit), POLICIES, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_a_longer_suspension_never_makes_a_due_date_earlier(
    data: st.DataObject, received: datetime, limit: TimeLimit, policy: ClockPolicy, longer: timedelta
) -> None:
    spans = data.draw(chains(received))
    assume(spans)
    last = spans[-1]
    assert last.end is not None
    stretched = [*spans[:-1], Suspension(last.start, last.end + longer, last.reason)]
    short, long = (
        compute(received, limit, OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=some).due_at
        for some in (spans, stretched)
    )
    assert short <= long


@THOROUGH
@given(
    receipts,
    limits(LimitUnit.WORKING_DAY, LimitUnit.CALENDAR_DAY, LimitUnit.MONTH),
    st.integers(0, 100),
    st.tuples(st.integers(0, 86399), st.integers(0, 86399)).map(sorted),
)
def test_a_suspension_within_one_day_moves_no_limit_in_days(
    received: datetime, limit: TimeLimit, after: int, seconds: list[int]
) -> None:
    midnight = datetime.combine(received.date(), datetime.min.time(), TZ) + timedelta(days=after)
    start, end = (max(received, midnight + timedelta(seconds=second)) for second in seconds)
    span = Suspension(start, end, "supplement")
    assert compute(received, limit, OFFICIAL, DEFAULT_SESSIONS, suspensions=[span]).due_date == (
        compute(received, limit, OFFICIAL, DEFAULT_SESSIONS).due_date
    )


@THOROUGH
@given(st.data(), receipts, limits(*LimitUnit), POLICIES)
def test_decisions_kept_give_the_same_deadline_again(
    data: st.DataObject, received: datetime, limit: TimeLimit, policy: ClockPolicy
) -> None:
    spans = data.draw(chains(received))
    first = compute(received, limit, OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=spans)
    kept = [Suspension(span.start, span.end, span.reason, span.counts) for span in first.suspensions]
    assert compute(received, limit, OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=kept) == first


def test_a_suspension_shows_its_effect() -> None:
    spans = [
        Suspension(MONDAY + timedelta(days=1), MONDAY + timedelta(days=3), "supplement"),
        Suspension(MONDAY + timedelta(days=30), MONDAY + timedelta(days=31), "payment"),
    ]
    counted, ignored = compute(MONDAY, days(5), OFFICIAL, DEFAULT_SESSIONS, suspensions=spans).suspensions
    assert (counted.counts, counted.days_added, counted.minutes_added) == (True, 2, None)
    assert (ignored.counts, ignored.days_added, ignored.policy) == (False, 0, ClockPolicy.EXCLUDE)


def test_a_restart_adds_the_days_that_had_already_run() -> None:
    span = Suspension(MONDAY + timedelta(days=2), MONDAY + timedelta(days=4), "supplement")
    deadline = compute(MONDAY, days(5), OFFICIAL, DEFAULT_SESSIONS, policy=ClockPolicy.RESTART, suspensions=[span])
    assert deadline.suspensions[0].days_added == 4
    assert deadline.due_date == OFFICIAL.add_working_days(MONDAY.date(), 5 + 4)


def test_a_suspension_of_a_limit_in_hours_adds_minutes() -> None:
    span = Suspension(MONDAY + timedelta(hours=3), MONDAY + timedelta(hours=6), "payment")
    limit = TimeLimit(4, LimitUnit.WORKING_HOUR)
    (applied,) = compute(MONDAY, limit, OFFICIAL, DEFAULT_SESSIONS, suspensions=[span]).suspensions
    assert (applied.days_added, applied.minutes_added) == (None, 60)


@pytest.mark.parametrize("policy", [ClockPolicy.RUN, ClockPolicy.RESTART])
def test_one_suspension_can_be_judged_under_exclude_under_every_policy(policy: ClockPolicy) -> None:
    span = Suspension(MONDAY + timedelta(days=1), MONDAY + timedelta(days=3), "supplement", None, ClockPolicy.EXCLUDE)
    deadline = compute(MONDAY, days(5), OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=[span])
    assert deadline.due_date == date(2021, 8, 25)


def test_a_restart_counts_no_earlier_suspension() -> None:
    spans = [
        Suspension(MONDAY + timedelta(days=1), MONDAY + timedelta(days=3), "supplement"),
        Suspension(MONDAY + timedelta(days=4), MONDAY + timedelta(days=7), "payment", None, ClockPolicy.RESTART),
    ]
    deadline = compute(MONDAY, days(5), OFFICIAL, DEFAULT_SESSIONS, suspensions=spans)
    # 24, 25, 26, 27 and 30 August; by the first suspension alone the limit would have ended on the 25th.
    assert deadline.due_date == date(2021, 8, 30)
    assert [applied.days_added for applied in deadline.suspensions] == [2, 3]


def test_an_open_suspension_says_whether_it_will_count() -> None:
    for start, counts in ((3, True), (4, False)):
        spans = [Suspension(MONDAY + timedelta(days=start), None, "supplement")]
        deadline = compute(MONDAY, days(3), OFFICIAL, DEFAULT_SESSIONS, suspensions=spans)
        assert deadline.suspensions[0].counts is counts
        assert deadline.due_date == date(2021, 8, 19)


@pytest.mark.parametrize(
    "spans",
    [
        pytest.param([(-1, 1)], id="begun before the receipt"),
        pytest.param([(2, 1)], id="ended before it began"),
        pytest.param([(1, 3), (2, 4)], id="overlapping"),
        pytest.param([(3, 4), (1, 2)], id="out of order"),
        pytest.param([(1, None), (2, 3)], id="open but not the last"),
    ],
)
@pytest.mark.parametrize("unit", [LimitUnit.WORKING_DAY, LimitUnit.WORKING_HOUR])
def test_suspensions_out_of_order_are_refused(spans: list[tuple[int, int | None]], unit: LimitUnit) -> None:
    suspensions = [
        Suspension(
            MONDAY + timedelta(days=start), None if end is None else MONDAY + timedelta(days=end), "verification"
        )
        for start, end in spans
    ]
    with pytest.raises(Invalid) as refusal:
        compute(MONDAY, TimeLimit(5, unit), OFFICIAL, DEFAULT_SESSIONS, suspensions=suspensions)
    assert refusal.value.code == "suspension_invalid"


def test_a_suspension_given_by_dates_may_begin_on_the_receipt_date() -> None:
    midnight = datetime(2021, 8, 16, tzinfo=TZ)
    span = Suspension(midnight, midnight + timedelta(days=2), "supplement")
    assert compute(MONDAY, days(5), OFFICIAL, DEFAULT_SESSIONS, suspensions=[span]).due_date == date(2021, 8, 25)


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        (0, "working_day"), (-1, "working_day"), (367, "working_day"), (True, "working_day"), (None, "calendar_day"),
        (1.0, "calendar_day"), ("3", "calendar_day"), (25, "month"), (0, "month"), (367, "working_hour"),
        (0, "same_day"), (1, "same_day"), (3, "fortnight"),
    ],
)  # fmt: skip
def test_a_limit_out_of_bounds_is_refused(amount: object, unit: str) -> None:
    member_or_text = next((member for member in LimitUnit if member == unit), unit)
    with pytest.raises(Invalid) as refusal:
        TimeLimit(amount, member_or_text)  # type: ignore[arg-type]
    assert refusal.value.code == "limit_invalid"


@pytest.mark.parametrize(
    ("days_more", "unit", "code"),
    [
        (1, LimitUnit.WORKING_HOUR, "extension_not_possible"),
        (-1, LimitUnit.WORKING_DAY, "extension_invalid"),
        (367, LimitUnit.MONTH, "extension_invalid"),
        (True, LimitUnit.WORKING_DAY, "extension_invalid"),
    ],
)
def test_an_unlawful_extension_is_refused(days_more: int, unit: LimitUnit, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        compute(MONDAY, TimeLimit(2, unit), OFFICIAL, DEFAULT_SESSIONS, extension_days=days_more)
    assert refusal.value.code == code


WITH_2027 = OFFICIAL.with_years([bare_year(2027)])


@pytest.mark.parametrize(
    ("received", "limit", "provisional", "revisions"),
    [
        pytest.param("2026-12-30", days(1), False, (20260,), id="due on 31 December: nothing of 2027 is needed"),
        pytest.param("2026-12-30", days(2), True, (20260, 20270), id="due on 4 January of a provisional year"),
        pytest.param("2026-12-31", days(1), True, (20260, 20270), id="received on 31 December, due in it"),
        pytest.param("2027-01-04", days(1), True, (20270,), id="wholly in it"),
        pytest.param("2027-01-04", TimeLimit(None, LimitUnit.SAME_DAY), False, (20270,), id="no date after receipt"),
        pytest.param("2026-12-04", TimeLimit(1, LimitUnit.MONTH), True, (20260, 20270), id="a month into it"),
    ],
)
def test_a_deadline_with_a_date_in_a_provisional_year_is_provisional(
    received: str, limit: TimeLimit, provisional: bool, revisions: tuple[int, ...]
) -> None:
    deadline = compute(datetime.fromisoformat(f"{received}T09:00:00+07:00"), limit, WITH_2027, DEFAULT_SESSIONS)
    assert deadline.provisional is provisional
    assert deadline.revisions == revisions


def test_rolling_into_a_provisional_year_is_provisional() -> None:
    calendar = OFFICIAL.with_years([calendar_year(2023, status=CalendarStatus.PROVISIONAL)])
    received = datetime(2022, 12, 26, 9, 0, tzinfo=TZ)
    rolled = compute(received, TimeLimit(5, LimitUnit.CALENDAR_DAY), calendar, DEFAULT_SESSIONS)
    assert (rolled.due_date, rolled.provisional) == (date(2023, 1, 3), True)
    assert not compute(received, TimeLimit(4, LimitUnit.CALENDAR_DAY), calendar, DEFAULT_SESSIONS).provisional


def test_a_suspension_into_a_provisional_year_makes_the_deadline_provisional() -> None:
    received = datetime(2026, 12, 21, 9, 0, tzinfo=TZ)
    span = Suspension(received + timedelta(days=1), received + timedelta(days=15), "supplement")
    assert not compute(received, days(5), WITH_2027, DEFAULT_SESSIONS).provisional
    assert compute(received, days(5), WITH_2027, DEFAULT_SESSIONS, suspensions=[span]).provisional


def test_only_the_receipt_in_a_provisional_year_is_not_provisional() -> None:
    calendar = OFFICIAL.with_years([calendar_year(2020, status=CalendarStatus.PROVISIONAL)])
    received = datetime(2020, 12, 31, 9, 0, tzinfo=TZ)
    deadline = compute(received, days(1), calendar, DEFAULT_SESSIONS)
    assert (deadline.due_date, deadline.provisional) == (date(2021, 1, 4), False)
    assert deadline.revisions == (20200, 20210)


@pytest.mark.parametrize(
    ("received", "limit", "year"),
    [
        ("2026-12-31", days(1), 2027),
        ("2026-12-31", TimeLimit(8, LimitUnit.WORKING_HOUR), 2027),
        ("2026-12-30", TimeLimit(2, LimitUnit.CALENDAR_DAY), 2027),
        ("2017-12-29", days(1), 2017),
        ("2026-06-01", days(366), 2027),
    ],
)
def test_a_year_without_a_calendar_is_refused_by_its_number(received: str, limit: TimeLimit, year: int) -> None:
    with pytest.raises(CalendarMissing) as refusal:
        compute(datetime.fromisoformat(f"{received}T09:00:00+07:00"), limit, OFFICIAL, DEFAULT_SESSIONS)
    assert (refusal.value.year, refusal.value.code) == (year, "calendar_missing")


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        compute(MONDAY.replace(tzinfo=None), days(1), OFFICIAL, DEFAULT_SESSIONS)
    assert refusal.value.code == "offset_missing"


@pytest.mark.parametrize(
    "received",
    [
        pytest.param(datetime.max.replace(tzinfo=TZ), id="the last second of 9999"),
        pytest.param(datetime.max.replace(tzinfo=UTC), id="later in UTC than local time can say"),
        pytest.param(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), id="before the year 1"),
    ],
)
@pytest.mark.parametrize(
    "limit",
    [
        days(366),
        TimeLimit(366, LimitUnit.CALENDAR_DAY),
        TimeLimit(24, LimitUnit.MONTH),
        TimeLimit(None, LimitUnit.SAME_DAY),
        TimeLimit(366, LimitUnit.WORKING_HOUR),
    ],
    ids=lambda limit: limit.unit,
)
def test_beyond_the_ends_of_the_calendar_is_refused(received: datetime, limit: TimeLimit) -> None:
    with pytest.raises(Invalid) as refusal:
        compute(received, limit, WorkingCalendar([bare_year(1), bare_year(9999)]), DEFAULT_SESSIONS)
    assert refusal.value.code == "date_out_of_range"


def test_every_official_year_ships() -> None:
    assert sorted(YEARS) == [str(year) for year in range(2018, 2027)]
