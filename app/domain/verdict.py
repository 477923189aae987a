"""Judges dossiers: early, on time or late; overdue; due soon (rules §7)."""

from datetime import MAXYEAR, date, datetime, timedelta
from enum import StrEnum

from app.domain.calendar import WorkingCalendar, at_minute, floor_minute, local_date
from app.domain.limits import LimitUnit
from app.domain.localtime import out_of_range


class Verdict(StrEnum):
    """The verdict on a finished dossier (rules §7)."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


def verdict(limit_unit: LimitUnit, due_date: date, due_at: datetime, finished_at: datetime) -> Verdict:
    """The verdict on a dossier that was finished at `finished_at`: by date, for hours by whole minute (rules §7)."""
    if limit_unit is LimitUnit.WORKING_HOUR:
        return _compare(floor_minute(finished_at), floor_minute(due_at))
    return _compare(local_date(finished_at), due_date)


def overdue(
    limit_unit: LimitUnit, due_date: date, due_at: datetime, at: datetime, counting_suspension_open: bool
) -> bool:
    """True if an open dossier is overdue at an instant (rules §7).

    It cannot become overdue during a suspension that counts, which is one that began by the due date.
    """
    return not counting_suspension_open and verdict(limit_unit, due_date, due_at, at) is Verdict.LATE


def overdue_from(limit_unit: LimitUnit, due_date: date, due_at: datetime) -> datetime:
    """The first instant at which a dossier without a suspension is overdue (rules §7).

    It is 00:00 after the due date, for hours the minute after the due minute. Raises Invalid `date_out_of_range` at the
    end of the year 9999.
    """
    if limit_unit is LimitUnit.WORKING_HOUR:
        return floor_minute(due_at) + timedelta(minutes=1)
    if due_date == date(MAXYEAR, 12, 31):
        raise out_of_range()
    return at_minute(due_date + timedelta(days=1), 0)


def working_days_left(calendar: WorkingCalendar, today: date, due_date: date) -> int:
    """The working days in (today, due date]: 0 on the due date, negative after it (rules §7).

    After the due date it is at most -1. On a Saturday after a due Friday no working day has passed yet, but the dossier
    is overdue and not due soon.
    """
    left = calendar.working_days_between(today, due_date)
    return min(left, -1) if today > due_date else left


def due_soon(left: int | None, days: int = 1) -> bool:
    """True if the working days left mean "due soon" (rules §7); None if the clock does not run."""
    return left is not None and 0 <= left <= days


def _compare(finished: date, due: date) -> Verdict:
    if finished == due:
        return Verdict.ON_TIME
    return Verdict.EARLY if finished < due else Verdict.LATE
