"""The setting of a simulated life: frequencies of events, and moments during opening hours."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from app.domain.calendar import WorkingCalendar, WorkingSessions, add_working_time, at_minute, working_minutes_between
from app.domain.localtime import local_date


@dataclass(frozen=True, slots=True)
class Rates:
    """Frequencies of events as shares of 1. `lateness` multiplies each unit's share of late results.

    `longest_delay` is in working days. `longest_review` of an online submission is in minutes of opening hours.
    """

    online: float = 0.23
    postal: float = 0.05
    longest_review: int = 420
    early: float = 0.62
    lateness: float = 1.0
    longest_delay: int = 40
    supplement: float = 0.05
    payment: float = 0.3
    verification: float = 0.004
    refused: float = 0.01
    withdrawn: float = 0.007
    discontinued: float = 0.0015
    declined: float = 0.03
    extended: float = 0.01
    apology: float = 0.85
    consulted: float = 0.06
    backdated: float = 0.003
    rated: float = 0.12
    commented: float = 0.3


@dataclass(frozen=True, slots=True)
class Setting:
    """The setting of one life: random source, rates, calendar, sessions and participants."""

    random: Random
    rates: Rates
    calendar: WorkingCalendar
    sessions: WorkingSessions
    channel: str
    consulted: int | None
    late_share: float
    pays: bool
    max_extension: int
    received_by: str
    return_method: str

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def soon(self, after: datetime, minutes: int = 240) -> datetime:
        """A moment within this number of minutes of opening hours."""
        return self._moment(after, self.random.randint(2, minutes))

    def between(self, after: datetime, until: datetime, share: float = 1.0) -> datetime:
        """A moment of opening hours between two instants, in the first `share` of that time."""
        room = working_minutes_between(after, until, self.calendar, self.sessions)
        return max(after, min(until, self._moment(after, self.random.randint(0, max(0, int(room * share))))))

    def days_later(self, after: datetime, days: int) -> datetime:
        """A moment of opening hours this number of working days later."""
        if days <= 0:
            return self.soon(after, 120)
        return self.on(self.calendar.add_working_days(local_date(after), days), after)

    def on(self, day: date, after: datetime) -> datetime:
        """A moment of opening hours on a working day, after another instant."""
        hours = self.sessions.of_working_day(day)
        session = self.random.choice(hours)
        at = at_minute(day, self.random.randint(session.start + 5, session.end - 1))
        closing = at_minute(day, hours[-1].end)
        return at if at > after else self.between(after, max(after, closing))

    def _moment(self, after: datetime, minutes: int) -> datetime:
        at = add_working_time(after, minutes, self.calendar, self.sessions)
        return max(after, at + timedelta(seconds=self.random.randrange(60)))
