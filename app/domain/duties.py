"""Duties that have a time: hand a dossier on, ask for papers, remind the applicant to answer (rules §15, §16)."""

from datetime import datetime, timedelta

from app.domain.calendar import WorkingCalendar, WorkingSessions, add_working_time, at_minute, local, local_date
from app.domain.state import DossierState, Status

# The start of the next working day, by our reading: its first hour (rules §15).
_FIRST_HOUR = timedelta(hours=1)
# Papers are asked for within 8 working hours (online) or one working day (rules §15).
_ASKING_MINUTES = 8 * 60
# The applicant is reminded so many working days before the end of the time to answer (rules §16).
_REMINDED_DAYS_BEFORE = 2


def hand_on_due(state: DossierState, calendar: WorkingCalendar, sessions: WorkingSessions) -> datetime | None:
    """The last instant to hand on or take a dossier received at the counter; None without this duty (rules §15)."""
    last = state.regime.hand_on_by
    if last is None or state.received_at is None or state.channel != "counter":
        return None
    received = local(state.received_at)
    day = received.date()
    if calendar.is_working_day(day) and received.time() <= last:
        return at_minute(day, sessions.of_working_day(day)[-1].end)
    next_day = calendar.add_working_days(day, 1)
    return at_minute(next_day, sessions.of_working_day(next_day)[0].start) + _FIRST_HOUR


def asking_due(state: DossierState, calendar: WorkingCalendar, sessions: WorkingSessions) -> datetime | None:
    """The last instant to ask for missing papers; None if they were asked for, or without this duty (rules §15)."""
    begun = state.submitted_at or state.received_at
    if not state.regime.asking_watched or begun is None or state.papers_asked:
        return None
    return checking_due(state.channel, begun, calendar, sessions)


def checking_due(channel: str, begun: datetime, calendar: WorkingCalendar, sessions: WorkingSessions) -> datetime:
    """The instant by which a dossier that came in at `begun` is checked: received, declined, or asked for papers."""
    if channel == "online":
        return add_working_time(begun, _ASKING_MINUTES, calendar, sessions)
    day = calendar.add_working_days(local(begun).date(), 1)
    return at_minute(day, sessions.of_working_day(day)[-1].end)


def awaits_hand_on(state: DossierState) -> bool:
    """True until the counter has handed the dossier on, or an officer has taken it."""
    return state.status is Status.RECEIVED and state.open_wait is None


def answer_reminded_at(
    asked_at: datetime, answer_by: datetime, calendar: WorkingCalendar, sessions: WorkingSessions
) -> datetime | None:
    """The first minute of the day on which the applicant is reminded of a request for papers (rules §16).

    None if that day is not after the day of the request, because the request itself comes late enough.
    """
    day = local_date(answer_by)
    for _ in range(_REMINDED_DAYS_BEFORE):
        day = calendar.previous_working_day(day)
    return at_minute(day, sessions.of_working_day(day)[0].start) if day > local_date(asked_at) else None
