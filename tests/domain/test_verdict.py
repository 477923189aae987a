"""Early, on time, late; overdue and due soon."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.calendar import TZ
from app.domain.errors import Invalid
from app.domain.limits import LimitUnit
from app.domain.verdict import Verdict, due_soon, overdue, overdue_from, verdict, working_days_left
from tests.support.calendars import OFFICIAL

DUE = date(2021, 8, 20)
CLOSING = datetime(2021, 8, 20, 17, 0, tzinfo=TZ)
HALF_PAST_TEN = datetime(2021, 8, 20, 10, 30, tzinfo=TZ)
IN_DAYS = [unit for unit in LimitUnit if unit is not LimitUnit.WORKING_HOUR]


@pytest.mark.parametrize("unit", IN_DAYS)
@pytest.mark.parametrize(
    ("finished", "expected"),
    [
        pytest.param(
            datetime(2021, 8, 19, 23, 59, 59, tzinfo=TZ), Verdict.EARLY, id="the last second of the day before"
        ),
        pytest.param(datetime(2021, 8, 20, 0, 0, tzinfo=TZ), Verdict.ON_TIME, id="the first second of the due date"),
        pytest.param(datetime(2021, 8, 20, 19, 0, tzinfo=TZ), Verdict.ON_TIME, id="after closing on the due date"),
        pytest.param(datetime(2021, 8, 20, 16, 59, 59, tzinfo=UTC), Verdict.ON_TIME, id="23:59:59 local"),
        pytest.param(datetime(2021, 8, 20, 17, 0, tzinfo=UTC), Verdict.LATE, id="midnight local, the same date in UTC"),
    ],
)
def test_limits_in_days_are_judged_by_local_date(unit: LimitUnit, finished: datetime, expected: Verdict) -> None:
    assert verdict(unit, DUE, CLOSING, finished) is expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("10:29:59", Verdict.EARLY),
        ("10:30:00", Verdict.ON_TIME),
        ("10:30:59", Verdict.ON_TIME),
        ("10:31:00", Verdict.LATE),
    ],
)
def test_limits_in_hours_are_judged_by_whole_minute(clock: str, expected: Verdict) -> None:
    finished = datetime.fromisoformat(f"2021-08-20T{clock}+07:00")
    assert verdict(LimitUnit.WORKING_HOUR, DUE, HALF_PAST_TEN, finished) is expected


@pytest.mark.parametrize("unit", list(LimitUnit))
def test_overdue_begins_at_the_instant_that_is_named(unit: LimitUnit) -> None:
    due_at = HALF_PAST_TEN if unit is LimitUnit.WORKING_HOUR else CLOSING
    begins = overdue_from(unit, DUE, due_at)
    assert not overdue(unit, DUE, due_at, begins - timedelta(seconds=1), False)
    assert overdue(unit, DUE, due_at, begins, False)
    assert not overdue(unit, DUE, due_at, begins, True)


def test_overdue_begins_at_midnight_or_with_the_next_minute() -> None:
    assert overdue_from(LimitUnit.WORKING_DAY, DUE, CLOSING) == datetime(2021, 8, 21, tzinfo=TZ)
    assert overdue_from(LimitUnit.WORKING_HOUR, DUE, HALF_PAST_TEN) == datetime(2021, 8, 20, 10, 31, tzinfo=TZ)


def test_nothing_is_overdue_after_the_end_of_time() -> None:
    with pytest.raises(Invalid):
        overdue_from(LimitUnit.WORKING_DAY, date.max, CLOSING)


@pytest.mark.parametrize(
    ("today", "left"),
    [
        pytest.param("2021-08-16", 4, id="four days on Monday"),
        pytest.param("2021-08-19", 1, id="one the day before"),
        pytest.param("2021-08-20", 0, id="none on the due date"),
        pytest.param("2021-08-21", -1, id="negative on the Saturday after"),
        pytest.param("2021-08-22", -1, id="negative on the Sunday after"),
        pytest.param("2021-08-23", -1, id="one over on Monday"),
        pytest.param("2021-08-24", -2, id="two over on Tuesday"),
    ],
)
def test_working_days_left_before_on_and_after_friday_20_august(today: str, left: int) -> None:
    assert working_days_left(OFFICIAL, date.fromisoformat(today), DUE) == left


@pytest.mark.parametrize(
    ("left", "days", "expected"),
    [(1, 1, True), (0, 1, True), (2, 1, False), (-1, 1, False), (None, 1, False), (3, 3, True), (0, 0, True)],
)
def test_due_soon_is_from_the_due_date_back(left: int | None, days: int, expected: bool) -> None:
    assert due_soon(left, days) is expected
