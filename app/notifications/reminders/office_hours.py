"""Office hours of units, during which reminders are sent."""

from datetime import datetime

from app.catalogue.cache import Reference
from app.domain.calendar import CalendarMissing, elapsed_minutes, first_working_minute, floor_minute, local
from app.domain.occasions import WorkingMoment


def moment_at(reference: Reference, unit_id: int, now: datetime) -> WorkingMoment:
    """The present moment with calendar and sessions of the unit."""
    sessions, _revision = reference.sessions(unit_id, now)
    return WorkingMoment(now, reference.calendar, sessions)


def is_open(at: WorkingMoment) -> bool:
    """Whether it is within the office hours. False in a year without a calendar."""
    here = local(at.now)
    minute = here.hour * 60 + here.minute
    try:
        today = at.sessions.on(here.date(), at.calendar)
    except CalendarMissing:
        return False
    return elapsed_minutes(today, minute + 1) > elapsed_minutes(today, minute)


def opens_next(at: WorkingMoment) -> datetime:
    """The first minute of office hours from now on. Raises CalendarMissing."""
    return first_working_minute(floor_minute(at.now), at.calendar, at.sessions)
