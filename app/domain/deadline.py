"""Computes the due date of a dossier and explains it day by day (rules §4, §5)."""

from collections.abc import Sequence
from datetime import date, datetime

from app.domain.calendar import CalendarStatus, WorkingCalendar, WorkingSessions, local
from app.domain.counting import InDays, InHours, run
from app.domain.errors import Invalid
from app.domain.explanation import DayKind, DayLine, Explanation, lines_in_days, lines_in_hours
from app.domain.limits import (
    LARGEST_AMOUNT,
    AppliedSuspension,
    ClockPolicy,
    CutOff,
    Deadline,
    LimitUnit,
    Suspension,
    TimeLimit,
)

__all__ = [
    "AppliedSuspension",
    "ClockPolicy",
    "CutOff",
    "DayKind",
    "DayLine",
    "Deadline",
    "Explanation",
    "LimitUnit",
    "Suspension",
    "TimeLimit",
    "compute",
    "explain",
]

MOST_LINES = 4000


def compute(
    received_at: datetime,
    limit: TimeLimit,
    calendar: WorkingCalendar,
    sessions: WorkingSessions,
    *,
    policy: ClockPolicy = ClockPolicy.EXCLUDE,
    suspensions: Sequence[Suspension] = (),
    extension_days: int = 0,
    cut_off: CutOff | None = None,
) -> Deadline:
    """The deadline of a dossier received at an instant (rules §4, §5; Civil Code art. 147 and 148).

    `extension_days`, 0–366, are of the limit's own unit. Suspensions come in order; only the last may be open, and it
    moves nothing yet. A `cut_off` acts on limits in days and months, not on `same_day` and hours. Raises
    CalendarMissing for a year the calendar lacks, and Invalid: `suspension_invalid`, `extension_invalid`,
    `extension_not_possible` (hours), `offset_missing`, `date_out_of_range`.
    """
    received = local(received_at)
    if extension_days:
        _check_extension(limit, extension_days)
    applied: tuple[AppliedSuspension, ...] = ()
    if limit.unit is LimitUnit.WORKING_HOUR:
        hours = InHours(limit, calendar, sessions)
        original_at = due_at = hours.due(received, 0)
        if suspensions:
            due_at, applied = run(hours, received, suspensions, policy)
        return _deadline(received.date(), due_at.date(), due_at, original_at.date(), applied, calendar)
    days = InDays(limit, extension_days, calendar, sessions, cut_off)
    original = due = days.due(received, 0)
    if extension_days:
        original = InDays(limit, 0, calendar, sessions, cut_off).due(received, 0)
    if suspensions:
        due, applied = run(days, received, suspensions, policy)
    return _deadline(received.date(), due, days.moment(due), original, applied, calendar)


def explain(
    received_at: datetime,
    limit: TimeLimit,
    calendar: WorkingCalendar,
    sessions: WorkingSessions,
    *,
    policy: ClockPolicy = ClockPolicy.EXCLUDE,
    suspensions: Sequence[Suspension] = (),
    extension_days: int = 0,
    cut_off: CutOff | None = None,
) -> Explanation:
    """The same deadline with a line for every calendar day from receipt to due date (rules §4, §5).

    Raises the errors of `compute`, and Invalid `explanation_too_long` above 4000 days.
    """
    deadline = compute(
        received_at,
        limit,
        calendar,
        sessions,
        policy=policy,
        suspensions=suspensions,
        extension_days=extension_days,
        cut_off=cut_off,
    )
    received = local(received_at)
    if (deadline.due_date - received.date()).days >= MOST_LINES:
        raise Invalid("explanation_too_long", f"An explanation has at most {MOST_LINES} days.")
    if limit.unit is LimitUnit.WORKING_HOUR:
        lines = lines_in_hours(received, InHours(limit, calendar, sessions), deadline)
    else:
        lines = lines_in_days(received, InDays(limit, extension_days, calendar, sessions, cut_off), deadline)
    return Explanation(deadline, tuple(lines))


def _check_extension(limit: TimeLimit, days: int) -> None:
    if limit.unit is LimitUnit.WORKING_HOUR:
        raise Invalid("extension_not_possible", "A limit in hours cannot be extended.")
    if isinstance(days, bool) or not 0 <= days <= LARGEST_AMOUNT:
        raise Invalid("extension_invalid", f"An extension is a whole number of days from 0 to {LARGEST_AMOUNT}.")


def _deadline(
    received: date,
    due: date,
    due_at: datetime,
    original: date,
    applied: tuple[AppliedSuspension, ...],
    calendar: WorkingCalendar,
) -> Deadline:
    if received.year == due.year:
        # Most deadlines are within one year.
        year = calendar.year(due.year)
        provisional = year.status is CalendarStatus.PROVISIONAL and received < due
        return Deadline(due, due_at, original, provisional, (year.revision,), applied)
    revisions = tuple(year.revision for year in calendar.years_in(received, due))
    return Deadline(due, due_at, original, calendar.is_provisional(received, due), revisions, applied)
