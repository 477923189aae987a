"""The window within which an event is recorded late without a supervisor (rules §8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.actions import ActionRequest
from app.domain.calendar import WorkingCalendar, WorkingSessions, working_minutes_between
from app.domain.errors import NotAllowed

# An event further back is outside every window. Calendars of the years before may be missing.
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class BackdatingWindow:
    """A span of working time, counted in the sessions of the unit that records."""

    length: timedelta
    calendar: WorkingCalendar
    sessions: WorkingSessions

    def includes(self, at: datetime, recorded_at: datetime) -> bool:
        """True if an event is recorded within the window."""
        back = recorded_at - at
        # Working time is never longer than the time by the clock.
        if back <= self.length or back > _LONGEST:
            return back <= self.length
        minutes = working_minutes_between(at, recorded_at, self.calendar, self.sessions)
        return timedelta(minutes=minutes) <= self.length

    def require(self, request: ActionRequest) -> None:
        """Raises NotAllowed for an event before the window without a supervisor and a reason; imports are exempt."""
        if request.imported or (request.supervisor and request.texts & {"reason", "note"}):
            return
        if not self.includes(request.at, request.recorded_at):
            raise NotAllowed(
                "too_far_back",
                f"An event over {self.length / timedelta(hours=1):g} working hours back needs a supervisor and a"
                " reason.",
                pointer="/at",
            )
