"""The working calendar in minutes: the sessions of a unit on working days (rules §3, §4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from app.domain.errors import Invalid
from app.domain.localtime import TZ, at_minute, floor_minute, local, local_date
from app.domain.working_days import MONDAY, SATURDAY, CalendarMissing, CalendarStatus, CalendarYear, WorkingCalendar

__all__ = [
    "DEFAULT_SESSIONS",
    "MINUTES_OF_DAY",
    "TZ",
    "CalendarMissing",
    "CalendarStatus",
    "CalendarYear",
    "Session",
    "WorkingCalendar",
    "WorkingSessions",
    "add_working_time",
    "at_minute",
    "elapsed_minutes",
    "first_working_minute",
    "floor_minute",
    "local",
    "local_date",
    "next_session",
    "working_minutes_between",
]

MINUTES_OF_DAY = 1440


@dataclass(frozen=True, slots=True, order=True)
class Session:
    """Opening hours of one date, in minutes of the day: [start, end) (rules §3)."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end < MINUTES_OF_DAY:
            raise Invalid("sessions_invalid", "A session begins before it ends, both within one day.")

    @property
    def minutes(self) -> int:
        """The length of the session."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class WorkingSessions:
    """The sessions of a unit that count towards limits, per weekday from Monday (rules §3).

    Openings for reception only are left out. Raises Invalid `sessions_invalid` unless there are seven weekdays, a
    session on each day from Monday to Friday, and sessions in order without overlap.
    """

    week: tuple[tuple[Session, ...], ...]
    weights: tuple[int, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise Invalid("sessions_invalid", "A week has seven days.")
        for weekday, sessions in enumerate(self.week):
            if weekday < SATURDAY and not sessions:
                raise Invalid("sessions_invalid", "Each day from Monday to Friday needs a session.", weekday=weekday)
            if any(later.start < earlier.end for earlier, later in pairwise(sessions)):
                raise Invalid("sessions_invalid", "Sessions are in order and do not overlap.", weekday=weekday)
        object.__setattr__(self, "weights", tuple(sum(s.minutes for s in sessions) for sessions in self.week))

    def of_working_day(self, day: date) -> tuple[Session, ...]:
        """The sessions of a working day: those of its weekday, on a make-up day those of Monday (rules §3)."""
        weekday = day.weekday()
        return self.week[weekday if weekday < SATURDAY else MONDAY]

    def on(self, day: date, calendar: WorkingCalendar) -> tuple[Session, ...]:
        """The sessions of a date; none on a day off (rules §3)."""
        return self.of_working_day(day) if calendar.is_working_day(day) else ()


_WEEKDAY = (Session(7 * 60, 11 * 60 + 30), Session(13 * 60 + 30, 17 * 60))
DEFAULT_SESSIONS = WorkingSessions((_WEEKDAY,) * 5 + ((), ()))


def add_working_time(start: datetime, minutes: int, calendar: WorkingCalendar, sessions: WorkingSessions) -> datetime:
    """The minute at which `minutes` of session time after `start` are over (rules §4, `working_hour`).

    The start is cut to its minute. Outside a session, and at its last minute, the count begins with the next session. A
    count that ends exactly at the end of a session ends there. Zero minutes give the minute at which the count begins.
    Negative minutes raise Invalid `amount_negative`.
    """
    if minutes < 0:
        raise Invalid("amount_negative", "Working time can only be added.")
    if minutes == 0:
        return first_working_minute(start, calendar, sessions)
    day, elapsed = _position(start, calendar, sessions)
    day_due, before = calendar.day_reaching(day, elapsed + minutes, sessions.weights)
    rest = elapsed + minutes - before
    for session in sessions.of_working_day(day_due):
        if rest <= session.minutes:
            return at_minute(day_due, session.start + rest)
        rest -= session.minutes
    raise AssertionError("the rest fits into the sessions of the day")


def first_working_minute(at: datetime, calendar: WorkingCalendar, sessions: WorkingSessions) -> datetime:
    """The first minute inside a session at or after the minute of `at` (rules §4, §5)."""
    return add_working_time(at, 1, calendar, sessions) - timedelta(minutes=1)


def next_session(at: datetime, calendar: WorkingCalendar, sessions: WorkingSessions) -> datetime:
    """The start of the first session that begins after `at`."""
    moment = local(at)
    minute = moment.hour * 60 + moment.minute
    for session in sessions.on(moment.date(), calendar):
        if session.start > minute:
            return at_minute(moment.date(), session.start)
    day = calendar.add_working_days(moment.date(), 1)
    return at_minute(day, sessions.of_working_day(day)[0].start)


def working_minutes_between(
    start: datetime, end: datetime, calendar: WorkingCalendar, sessions: WorkingSessions
) -> int:
    """The session minutes between two instants, each cut to its minute; negative if `end` is first (rules §5)."""
    first, elapsed_first = _position(start, calendar, sessions)
    last, elapsed_last = _position(end, calendar, sessions)
    return calendar.total_between(first, last, sessions.weights) + elapsed_last - elapsed_first


def _position(at: datetime, calendar: WorkingCalendar, sessions: WorkingSessions) -> tuple[date, int]:
    """The local date of an instant, and the session minutes of that date that are over."""
    moment = local(at)
    day, minute = moment.date(), moment.hour * 60 + moment.minute
    return day, elapsed_minutes(sessions.on(day, calendar), minute)


def elapsed_minutes(sessions: Iterable[Session], minute: int) -> int:
    """The minutes of the sessions that are over at a minute of the day."""
    elapsed = 0
    for session in sessions:
        if minute > session.start:
            elapsed += min(minute, session.end) - session.start
    return elapsed
