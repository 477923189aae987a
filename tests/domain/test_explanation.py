"""The explanation of a deadline can be checked by hand, and agrees with it."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import DEFAULT_SESSIONS, TZ
from app.domain.deadline import ClockPolicy, DayKind, LimitUnit, Suspension, TimeLimit, compute, explain
from app.domain.errors import Invalid
from tests.support.calendars import OFFICIAL, bare_year
from tests.support.naive_deadlines import later_month
from tests.support.strategies import THOROUGH, UNITS_IN_DAYS, chains, limits, receipts

POLICIES = st.sampled_from(ClockPolicy)


def day_kinds(
    received: str, limit: TimeLimit, *spans: tuple[str, str], policy: str = "exclude", more: int = 0
) -> list[str]:
    """The lines of an explanation as short texts."""
    suspensions = [Suspension(instant(start), instant(end), "supplement") for start, end in spans]
    explained = explain(
        instant(received),
        limit,
        OFFICIAL,
        DEFAULT_SESSIONS,
        policy=ClockPolicy(policy),
        suspensions=suspensions,
        extension_days=more,
    )
    return [
        " ".join(
            str(part)
            for part in (f"{line.date:%d/%m}", line.number, line.kind, line.name, line.minutes)
            if part is not None
        )
        for line in explained.days
    ]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+07:00" if "T" in text else f"{text}T08:00:00+07:00")


def test_working_days_over_a_swap_name_the_holiday_and_the_make_up_day() -> None:
    lines = explain(instant("2024-04-26"), TimeLimit(4, LimitUnit.WORKING_DAY), OFFICIAL, DEFAULT_SESSIONS).days
    assert [(line.date.day, line.kind, line.number) for line in lines] == [
        (26, DayKind.RECEIPT_DAY, None),
        (27, DayKind.WEEKEND, None),
        (28, DayKind.WEEKEND, None),
        (29, DayKind.DAY_OFF, None),
        (30, DayKind.DAY_OFF, None),
        (1, DayKind.DAY_OFF, None),
        (2, DayKind.WORKING_DAY, 1),
        (3, DayKind.WORKING_DAY, 2),
        (4, DayKind.MAKE_UP_DAY, 3),
        (5, DayKind.WEEKEND, None),
        (6, DayKind.WORKING_DAY, 4),
    ]
    names = OFFICIAL.year(2024).names
    assert all(line.name == names[line.date] for line in lines if line.kind is DayKind.DAY_OFF)


def test_calendar_days_are_all_numbered_and_the_rolling_is_shown() -> None:
    assert day_kinds("2021-08-16", TimeLimit(5, LimitUnit.CALENDAR_DAY)) == [
        "16/08 receipt_day",
        "17/08 1 calendar_day",
        "18/08 2 calendar_day",
        "19/08 3 calendar_day",
        "20/08 4 calendar_day",
        "21/08 5 calendar_day",
        "22/08 rolled",
        "23/08 rolled",
    ]


def test_suspended_days_carry_the_reason_and_no_number() -> None:
    assert day_kinds("2021-08-16", TimeLimit(3, LimitUnit.WORKING_DAY), ("2021-08-17", "2021-08-19")) == [
        "16/08 receipt_day",
        "17/08 1 working_day",
        "18/08 suspended supplement",
        "19/08 suspended supplement",
        "20/08 2 working_day",
        "21/08 weekend",
        "22/08 weekend",
        "23/08 3 working_day",
    ]


def test_the_floor_is_shown_as_rolled_to_the_first_working_day() -> None:
    assert day_kinds("2021-08-16", TimeLimit(3, LimitUnit.WORKING_DAY), ("2021-08-19", "2021-08-21"))[-5:] == [
        "19/08 3 working_day",
        "20/08 suspended supplement",
        "21/08 suspended supplement",
        "22/08 rolled",
        "23/08 rolled",
    ]


def test_a_restart_shows_the_days_before_it() -> None:
    lines = day_kinds("2021-08-16", TimeLimit(2, LimitUnit.WORKING_DAY), ("2021-08-18", "2021-08-20"), policy="restart")
    assert lines == [
        "16/08 receipt_day",
        "17/08 before_restart",
        "18/08 before_restart",
        "19/08 suspended supplement",
        "20/08 suspended supplement",
        "21/08 weekend",
        "22/08 weekend",
        "23/08 1 working_day",
        "24/08 2 working_day",
    ]


def test_an_ignored_suspension_changes_no_line() -> None:
    limit = TimeLimit(2, LimitUnit.WORKING_DAY)
    assert day_kinds("2021-08-16", limit, ("2021-08-19", "2021-08-20")) == day_kinds("2021-08-16", limit)


def test_an_extension_is_numbered_on() -> None:
    assert day_kinds("2021-08-16", TimeLimit(2, LimitUnit.WORKING_DAY), more=1)[-1] == "19/08 3 working_day"


@pytest.mark.parametrize(
    ("received", "lines"),
    [
        ("2021-08-16T15:00", ["16/08 1 receipt_day"]),
        ("2021-08-20T15:01", ["20/08 receipt_day", "21/08 weekend", "22/08 weekend", "23/08 1 working_day"]),
    ],
)
def test_a_same_day_service_numbers_its_base_date_one(received: str, lines: list[str]) -> None:
    assert day_kinds(received, TimeLimit(None, LimitUnit.SAME_DAY)) == lines


def test_hours_show_the_minutes_of_each_day() -> None:
    limit = TimeLimit(9, LimitUnit.WORKING_HOUR)
    assert day_kinds("2021-08-20T16:00", limit, ("2021-08-23T08:00", "2021-08-24T09:00")) == [
        "20/08 receipt_day 60",
        "21/08 weekend 0",
        "22/08 weekend 0",
        "23/08 working_day supplement 60",
        "24/08 working_day supplement 360",
        "25/08 working_day 60",
    ]


def test_hours_suspended_from_the_receipt_on_name_the_reason_on_that_day() -> None:
    limit = TimeLimit(1, LimitUnit.WORKING_HOUR)
    assert day_kinds("2021-08-16T08:00", limit, ("2021-08-16T08:00", "2021-08-17T08:00")) == [
        "16/08 receipt_day supplement 0",
        "17/08 working_day supplement 60",
    ]


def test_hours_that_start_again_in_the_evening_count_from_the_next_day() -> None:
    limit = TimeLimit(1, LimitUnit.WORKING_HOUR)
    assert day_kinds("2021-08-16T08:00", limit, ("2021-08-16T08:30", "2021-08-17T18:00"), policy="restart") == [
        "16/08 receipt_day 0",
        "17/08 suspended supplement 0",
        "18/08 working_day 60",
    ]


def test_hours_left_out_before_a_restart_do_not_matter_after_it() -> None:
    received = instant("2021-08-16T08:00")
    spans = [
        Suspension(received + timedelta(minutes=30), received + timedelta(hours=1), "supplement"),
        Suspension(received + timedelta(hours=1), received + timedelta(hours=2), "payment", None, ClockPolicy.RESTART),
    ]
    limit = TimeLimit(5, LimitUnit.WORKING_HOUR)
    explained = explain(received, limit, OFFICIAL, DEFAULT_SESSIONS, suspensions=spans)
    assert explained.deadline.due_at == instant("2021-08-16T17:00")
    assert [line.minutes for line in explained.days] == [300]


@THOROUGH
@given(st.data(), receipts, limits(*UNITS_IN_DAYS), POLICIES, st.integers(0, 10))
def test_every_day_has_a_line_and_the_last_number_is_the_limit(
    data: st.DataObject, received: datetime, limit: TimeLimit, policy: ClockPolicy, extension: int
) -> None:
    spans = data.draw(chains(received))
    explained = explain(
        received, limit, OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=spans, extension_days=extension
    )
    deadline = explained.deadline
    assert deadline == compute(
        received, limit, OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=spans, extension_days=extension
    )
    length = (deadline.due_date - received.date()).days + 1
    assert [line.date for line in explained.days] == [received.date() + timedelta(days) for days in range(length)]
    numbers = [line.number for line in explained.days if line.counted]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(line.number is None for line in explained.days if not line.counted)
    anchor = received.date()
    for span in deadline.suspensions:
        if span.counts and policy is ClockPolicy.RESTART and span.end is not None:
            anchor = span.end.date()
    amount = {
        LimitUnit.SAME_DAY: 1,
        LimitUnit.MONTH: (later_month(anchor, limit.amount or 0) - anchor).days,
    }.get(limit.unit, limit.amount or 0)
    assert len(numbers) == amount + extension


@THOROUGH
@given(st.data(), receipts, limits(*UNITS_IN_DAYS))
def test_no_suspended_day_is_counted(data: st.DataObject, received: datetime, limit: TimeLimit) -> None:
    spans = data.draw(chains(received))
    explained = explain(received, limit, OFFICIAL, DEFAULT_SESSIONS, suspensions=spans)
    left_out = [(s.start.date(), s.end.date()) for s in explained.deadline.suspensions if s.counts and s.end]
    for line in explained.days:
        suspended = any(start < line.date <= end for start, end in left_out)
        assert (line.kind is DayKind.SUSPENDED) == suspended
        assert not (suspended and line.counted)


@THOROUGH
@given(st.data(), receipts, limits(LimitUnit.WORKING_HOUR), POLICIES)
def test_the_minutes_of_all_days_are_the_limit(
    data: st.DataObject, received: datetime, limit: TimeLimit, policy: ClockPolicy
) -> None:
    spans = data.draw(chains(received, longest_days=4))
    lines = explain(received, limit, OFFICIAL, DEFAULT_SESSIONS, policy=policy, suspensions=spans).days
    assert sum(line.minutes or 0 for line in lines) == (limit.amount or 0) * 60
    assert all(line.minutes is not None and line.counted == (line.minutes > 0) for line in lines)
    assert all(OFFICIAL.is_working_day(line.date) for line in lines if line.counted)


def test_four_thousand_days_are_explained_and_not_one_more() -> None:
    calendar = OFFICIAL.with_years(bare_year(year) for year in range(2027, 2035))
    received, limit = datetime(2018, 1, 1, 9, 0, tzinfo=TZ), TimeLimit(1, LimitUnit.CALENDAR_DAY)

    def lines_until(end: date) -> int:
        span = Suspension(received, datetime.combine(end, received.timetz()), "verification")
        return len(explain(received, limit, calendar, DEFAULT_SESSIONS, suspensions=[span]).days)

    last = received.date() + timedelta(days=3998)
    assert lines_until(last) == 4000
    with pytest.raises(Invalid) as refusal:
        lines_until(last + timedelta(days=1))
    assert refusal.value.code == "explanation_too_long"
