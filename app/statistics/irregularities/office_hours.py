"""Office hours: compares an instant with a unit's sessions on a working day."""

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
        """True on a day off, or outside the sessions that the unit had at the instant.

        By whole minute; the last minute of a session is inside.
        """
        moment = local(at)
        sessions, revision = self._reference.sessions(unit, at)
        minute = moment.hour * 60 + moment.minute
        day = self._sessions(sessions, revision, moment.date())
        return not any(session.start <= minute <= session.end for session in day)

    def _sessions(self, sessions: WorkingSessions, revision: int | None, day: date) -> tuple[Session, ...]:
        on_day = self._days.get((revision, day))
        if on_day is None:
            on_day = self._days[revision, day] = sessions.on(day, self._calendar)
        return on_day
