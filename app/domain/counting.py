"""Counts limits in each unit, and applies suspensions to the count (rules §4, §5)."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import MAXYEAR, date, datetime, timedelta
from typing import ClassVar, Protocol, TypeVar

from app.domain.calendar import (
    WorkingCalendar,
    WorkingSessions,
    add_working_time,
    at_minute,
    first_working_minute,
    floor_minute,
    local,
    local_date,
    working_minutes_between,
)
from app.domain.errors import Invalid
from app.domain.limits import AppliedSuspension, ClockPolicy, CutOff, LimitUnit, Suspension, TimeLimit
from app.domain.localtime import out_of_range

# A local date for limits in days, the beginning of a local minute for limits in hours.
Mark = TypeVar("Mark", bound=date)

# A same_day dossier received later than 15:00:00 is due on the next working day (rules §4).
SAME_DAY_LAST_SECOND = 15 * 3600


class InDays:
    """Limits with a day as due date: working days, calendar days, months, the same day (rules §4).

    Suspensions and due dates are compared by their marks, which are local dates here.
    """

    in_minutes: ClassVar[bool] = False
    __slots__ = ("amount", "calendar", "cut_off", "extension", "sessions", "unit")

    def __init__(
        self,
        limit: TimeLimit,
        extension_days: int,
        calendar: WorkingCalendar,
        sessions: WorkingSessions,
        cut_off: CutOff | None = None,
    ) -> None:
        self.unit = limit.unit
        self.amount = limit.amount or 0
        self.extension = extension_days
        self.calendar = calendar
        self.sessions = sessions
        self.cut_off = cut_off

    def mark(self, at: datetime) -> date:
        """The local date of an instant, to compare with a due date."""
        return local_date(at)

    def zero(self, anchor: datetime) -> date:
        """The mark after which dates count from `anchor`."""
        return anchor.date() if self.unit is LimitUnit.SAME_DAY else self.day_zero(anchor)

    def base(self, anchor: datetime, added: int) -> date:
        """The last day of the limit from `anchor`, a local instant, before the move to a working day (rules §4, §5)."""
        unit, days = self.unit, self.extension + added
        if unit is LimitUnit.WORKING_DAY:
            return self.calendar.add_working_days(self.day_zero(anchor), self.amount + days)
        if unit is LimitUnit.SAME_DAY:
            return self.calendar.add_working_days(self.same_day(anchor), days)
        if unit is LimitUnit.MONTH:
            return _plus_days(_plus_months(self.day_zero(anchor), self.amount), days)
        return _plus_days(self.day_zero(anchor), self.amount + days)

    def due(self, anchor: datetime, added: int) -> date:
        """The due date: the base, or the next working day if that is a day off (rules §4; Civil Code art. 148.5)."""
        base = self.base(anchor, added)
        return base if self.counts_working_days else self.calendar.next_working_day(base)

    def gap(self, before: date, after: date) -> int:
        """The days in (before, after], in the unit of the limit (rules §5)."""
        if self.counts_working_days:
            return self.calendar.working_days_between(before, after)
        return (after - before).days

    def earliest(self, end: datetime) -> date:
        """The earliest due date after a suspension that counted and ended at `end` (rules §5)."""
        ended = local(end)
        return self.same_day(ended) if self.unit is LimitUnit.SAME_DAY else self.calendar.next_working_day(ended.date())

    def moment(self, due: date) -> datetime:
        """The end of the last session on the due date, a working day (rules §4)."""
        return at_minute(due, self.sessions.of_working_day(due)[-1].end)

    def opens(self, anchor: datetime) -> date:
        """The first date that can count: the day after `anchor`, for same_day its base date."""
        return self.same_day(anchor) if self.unit is LimitUnit.SAME_DAY else _plus_days(self.day_zero(anchor), 1)

    def length(self, anchor: datetime) -> int:
        """The number of dates that count from `anchor` without suspensions: the extended limit (rules §4, §5)."""
        if self.unit is LimitUnit.SAME_DAY:
            return 1 + self.extension
        return self.gap(self.day_zero(anchor), self.base(anchor, 0))

    def counts(self, day: date) -> bool:
        """True if the limit counts a date that is not suspended (rules §4)."""
        return not self.counts_working_days or self.calendar.is_working_day(day)

    def day_zero(self, anchor: datetime) -> date:
        """The day before the first that counts: the date of `anchor`, after a cut-off the next working day (rules §4).

        With a cut-off, a day off is outside office hours and so after it.
        """
        day, cut_off = anchor.date(), self.cut_off
        if cut_off is None:
            return day
        if self.calendar.is_working_day(day):
            last = cut_off.minute
            if last is None:
                last = self.sessions.of_working_day(day)[-1].end - (cut_off.before_closing or 0)
            if (anchor.hour * 60 + anchor.minute) * 60 + anchor.second <= last * 60:
                return day
        return self.calendar.add_working_days(day, 1)

    def same_day(self, received: datetime) -> date:
        """The receipt date if it is a working day and receipt was by 15:00:00, otherwise the next one (rules §4)."""
        day = received.date()
        if (
            received.hour * 3600 + received.minute * 60 + received.second <= SAME_DAY_LAST_SECOND
            and self.calendar.is_working_day(day)
        ):
            return day
        return self.calendar.add_working_days(day, 1)

    @property
    def counts_working_days(self) -> bool:
        """True if the count leaves out days off; other limits only never end on one (rules §4)."""
        return self.unit is LimitUnit.WORKING_DAY or self.unit is LimitUnit.SAME_DAY


class InHours:
    """Limits in working hours; marks are local instants, cut to the minute (rules §4)."""

    in_minutes: ClassVar[bool] = True
    __slots__ = ("calendar", "minutes", "sessions")

    def __init__(self, limit: TimeLimit, calendar: WorkingCalendar, sessions: WorkingSessions) -> None:
        self.minutes = (limit.amount or 0) * 60
        self.calendar = calendar
        self.sessions = sessions

    def mark(self, at: datetime) -> datetime:
        """The minute of an instant, to compare with a due minute (rules §7)."""
        return floor_minute(at)

    def zero(self, anchor: datetime) -> datetime:
        """The mark after which minutes count from `anchor`."""
        return floor_minute(anchor)

    def base(self, anchor: datetime, added: int) -> datetime:
        """The minute at which the limit from `anchor` is over (rules §4)."""
        return add_working_time(anchor, self.minutes + added, self.calendar, self.sessions)

    def due(self, anchor: datetime, added: int) -> datetime:
        """The due minute: the base, as a count always ends inside a session (rules §4)."""
        return self.base(anchor, added)

    def gap(self, before: datetime, after: datetime) -> int:
        """The session minutes between two instants (rules §5)."""
        return working_minutes_between(before, after, self.calendar, self.sessions)

    def earliest(self, end: datetime) -> datetime:
        """The earliest due minute after a suspension that counted and ended at `end` (rules §5)."""
        return first_working_minute(end, self.calendar, self.sessions)


class CountingRule(Protocol[Mark]):
    """The questions that `run` asks of both kinds of limits."""

    in_minutes: ClassVar[bool]

    def mark(self, at: datetime) -> Mark: ...
    def zero(self, anchor: datetime) -> Mark: ...
    def base(self, anchor: datetime, added: int) -> Mark: ...
    def due(self, anchor: datetime, added: int) -> Mark: ...
    def gap(self, before: Mark, after: Mark) -> int: ...
    def earliest(self, end: datetime) -> Mark: ...


def run(
    rule: CountingRule[Mark], received: datetime, suspensions: Sequence[Suspension], policy: ClockPolicy
) -> tuple[Mark, tuple[AppliedSuspension, ...]]:
    """Applies the suspensions in order, each against the due date of that moment (rules §5).

    Returns the due mark and the effect of each suspension. Raises Invalid `suspension_invalid` if suspensions overlap,
    end before they begin, or begin before the receipt, or if one that is not the last is open.
    """
    _check(rule, received, suspensions)
    anchor, added, due = received, 0, rule.due(received, 0)
    applied = []
    for suspension in suspensions:
        effective = suspension.policy or policy
        in_time = rule.mark(suspension.start) <= due if suspension.counts is None else suspension.counts
        counts = in_time and effective is not ClockPolicy.RUN
        moved = 0
        if counts and suspension.end is not None:
            if effective is ClockPolicy.RESTART:
                before = rule.base(anchor, added)
                anchor, added = local(suspension.end), 0
                moved = rule.gap(before, rule.base(anchor, 0))
            else:
                # After a cut-off the count begins later than the receipt. Suspended days before it move nothing.
                begin, end = max(rule.mark(suspension.start), rule.zero(anchor)), rule.mark(suspension.end)
                moved = rule.gap(begin, end) if begin < end else 0
                added += moved
            # An answer of the applicant cannot arrive after the due date.
            due = max(rule.due(anchor, added), rule.earliest(suspension.end))
        days, minutes = (None, moved) if rule.in_minutes else (moved, None)
        applied.append(
            AppliedSuspension(suspension.start, suspension.end, suspension.reason, effective, counts, days, minutes)
        )
    return due, tuple(applied)


def _check(rule: CountingRule[Mark], received: datetime, suspensions: Sequence[Suspension]) -> None:
    """Refuses suspensions out of order; the receipt is compared by mark, so its whole day is allowed."""
    previous: datetime | None = None
    for index, suspension in enumerate(suspensions):
        start, end = local(suspension.start), suspension.end
        if rule.mark(start) < rule.mark(received):
            raise _refused(index, "A suspension cannot begin before the receipt.")
        if index and (previous is None or start < previous):
            raise _refused(index, "Suspensions follow one another without overlapping, and only the last may be open.")
        if end is not None and local(end) < start:
            raise _refused(index, "A suspension cannot end before it begins.")
        previous = end


def _refused(index: int, detail: str) -> Invalid:
    return Invalid("suspension_invalid", detail, index=index)


def _plus_days(day: date, days: int) -> date:
    try:
        return day + timedelta(days)
    except OverflowError:
        raise out_of_range() from None


def _plus_months(day: date, months: int) -> date:
    """The same day of a later month, or the last day of that month (rules §4; Civil Code art. 147 and 148)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > MAXYEAR:
        raise out_of_range()
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
