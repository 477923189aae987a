"""Explains a deadline with one line per calendar day, so that a person can check it (rules §4, §5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.domain.calendar import MINUTES_OF_DAY, WorkingCalendar, elapsed_minutes, local, local_date
from app.domain.counting import InDays, InHours
from app.domain.limits import AppliedSuspension, ClockPolicy, Deadline
from app.domain.working_days import SATURDAY


class DayKind(StrEnum):
    """The role of a calendar day in the count (rules §4, §5)."""

    DAY_ZERO = "day_zero"  # after the receipt day: a receipt after the cut-off is counted from the day after it
    RECEIPT_DAY = "receipt_day"  # day 0; counted only by same_day limits and limits in hours
    WORKING_DAY = "working_day"
    MAKE_UP_DAY = "make_up_day"  # a weekend date that is worked
    CALENDAR_DAY = "calendar_day"  # counted also on days off
    WEEKEND = "weekend"
    DAY_OFF = "day_off"
    SUSPENDED = "suspended"
    ROLLED = "rolled"  # after the count: up to the next working day, or to the end of a suspension
    BEFORE_RESTART = "before_restart"  # up to the day on which the limit began again


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day; `number` counts the days of the (extended) limit from 1.

    Limits in months number their calendar days, and `same_day` gives its base date the number 1. Limits in hours have
    no number. They have `minutes`: the minutes of the limit on this day, together 60 per hour. `name` is the reason of
    the suspension, or the holiday or make-up day as the calendar names it.
    """

    date: date
    counted: bool
    number: int | None
    kind: DayKind
    name: str | None
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A deadline and its days, with receipt date and due date."""

    deadline: Deadline
    days: tuple[DayLine, ...]


def lines_in_days(received: datetime, rule: InDays, deadline: Deadline) -> Iterator[DayLine]:
    """The lines of a limit in days, counted one by one (rules §4, §5)."""
    anchor, excluded = _count_from(received, deadline.suspensions)
    opens, length, number = rule.opens(anchor), rule.length(anchor), 0
    first, started, counts_working_days = received.date(), anchor.date(), rule.counts_working_days
    zero = rule.zero(anchor)
    for day in _days(first, deadline.due_date):
        reason = _reason_on(day, excluded if day >= opens else deadline.suspensions)
        counted = day >= opens and reason is None and number < length and rule.counts(day)
        number += counted
        if day == first:
            kind = DayKind.RECEIPT_DAY
        elif reason is not None:
            kind = DayKind.SUSPENDED
        elif day < opens and day <= started:
            kind = DayKind.BEFORE_RESTART
        elif day == zero:
            kind = DayKind.DAY_ZERO
        elif number == length and not counted:
            kind = DayKind.ROLLED
        elif counted and not counts_working_days:
            kind = DayKind.CALENDAR_DAY
        else:
            kind = _worked_or_not(day, rule.calendar)
        name = _name(day, rule.calendar) if reason is None else reason
        yield DayLine(day, counted, number if counted else None, kind, name, None)


def lines_in_hours(received: datetime, rule: InHours, deadline: Deadline) -> Iterator[DayLine]:
    """The lines of a limit in hours: session minutes after the start, without suspended ones (rules §4, §5)."""
    anchor, excluded = _count_from(received, deadline.suspensions)
    rest = rule.minutes
    for day in _days(received.date(), deadline.due_date):
        left_out = [(span.reason, _minutes_within(day, span.start, span.end, rule)) for span in excluded]
        minutes = min(_minutes_within(day, anchor, None, rule) - sum(out for _, out in left_out), rest)
        rest -= minutes
        restarted = day < anchor.date() or (received.date() < day == anchor.date() and not minutes)
        reason = _reason_on(day, deadline.suspensions) if restarted else next((r for r, out in left_out if out), None)
        if day == received.date():
            kind = DayKind.RECEIPT_DAY
        elif restarted:
            kind = DayKind.BEFORE_RESTART if reason is None else DayKind.SUSPENDED
        elif minutes or not rule.calendar.is_working_day(day):
            kind = _worked_or_not(day, rule.calendar)
        else:
            kind = DayKind.ROLLED if reason is None else DayKind.SUSPENDED
        name = _name(day, rule.calendar) if reason is None else reason
        yield DayLine(day, minutes > 0, None, kind, name, minutes)


def _count_from(
    received: datetime, suspensions: Iterable[AppliedSuspension]
) -> tuple[datetime, list[AppliedSuspension]]:
    """The local instant from which the limit finally ran, and the later spans that it leaves out (rules §5)."""
    anchor = received
    excluded: list[AppliedSuspension] = []
    for suspension in suspensions:
        if suspension.counts and suspension.end is not None:
            if suspension.policy is ClockPolicy.RESTART:
                anchor, excluded = local(suspension.end), []
            else:
                excluded.append(suspension)
    return anchor, excluded


def _reason_on(day: date, suspensions: Iterable[AppliedSuspension]) -> str | None:
    """The reason of a counting suspension with S < day ≤ R (rules §5)."""
    for suspension in suspensions:
        start, end = suspension.start, suspension.end
        if suspension.counts and end is not None and local_date(start) < day <= local_date(end):
            return suspension.reason
    return None


def _minutes_within(day: date, start: datetime, end: datetime | None, rule: InHours) -> int:
    """The session minutes of a day between two instants, each cut to its minute."""
    sessions = rule.sessions.on(day, rule.calendar)
    until = MINUTES_OF_DAY if end is None else _minute_on(day, end)
    return elapsed_minutes(sessions, until) - elapsed_minutes(sessions, min(_minute_on(day, start), until))


def _minute_on(day: date, at: datetime) -> int:
    """The minute of the day of an instant; on another date the beginning or the end of the day."""
    moment = local(at)
    if moment.date() != day:
        return 0 if moment.date() < day else MINUTES_OF_DAY
    return moment.hour * 60 + moment.minute


def _worked_or_not(day: date, calendar: WorkingCalendar) -> DayKind:
    is_weekend = day.weekday() >= SATURDAY
    if calendar.is_working_day(day):
        return DayKind.MAKE_UP_DAY if is_weekend else DayKind.WORKING_DAY
    return DayKind.WEEKEND if is_weekend else DayKind.DAY_OFF


def _name(day: date, calendar: WorkingCalendar) -> str | None:
    return calendar.year(day.year).names.get(day)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days) for days in range((last - first).days + 1))
