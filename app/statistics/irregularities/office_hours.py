"""Office hours: whether something happened inside a unit's sessions on a day that is worked."""

from datetime import date, datetime

from app.catalogue.cache import Reference
from app.domain.calendar import Session, WorkingCalendar, WorkingSessions
from app.domain.localtime import local


class OfficeHours:
    """The hours of all units by one calendar."""

    def __init__(self, reference: Reference, calendar: WorkingCalendar) -> None:
        self._reference = reference
        self._calendar = calendar
        self._days: dict[tuple[int | None, date], tuple[Session, ...]] = {}

    def outside(self, unit: int, at: datetime) -> bool:
        """Whether the instant lies outside the sessions that the unit had by then, or on a day off.

        By whole minute; the minute at which a session ends is still inside.
        """
        moment = local(at)
        sessions, revision = self._reference.sessions(unit, at)
        day = moment.date()
        minute = moment.hour * 60 + moment.minute
        return not any(one.start <= minute <= one.end for one in self._sessions(sessions, revision, day))

    def _sessions(self, sessions: WorkingSessions, revision: int | None, day: date) -> tuple[Session, ...]:
        found = self._days.get((revision, day))
        if found is None:
            found = self._days[revision, day] = sessions.on(day, self._calendar)
        return found
