"""Finds the occasions for reminders in a dossier's state, by calendar and time (rules §14)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.calendar import CalendarMissing, WorkingCalendar, WorkingSessions, local_date, working_minutes_between
from app.domain.due_dates import runs_out
from app.domain.duties import asking_due, awaits_hand_on, hand_on_due
from app.domain.state import Clock, DossierState, Status
from app.domain.verdict import working_days_left


class Occasion(StrEnum):
    """The occasion of a reminder (rules §14)."""

    OVERDUE = "overdue"
    PROMISE_PASSED = "promise_passed"
    DUE_TODAY = "due_today"
    PROMISE_TODAY = "promise_today"
    APOLOGY_OWED = "apology_owed"
    PROMISE_SOON = "promise_soon"
    DUE_SOON = "due_soon"
    NOT_TAKEN = "not_taken"
    NO_MOVEMENT = "no_movement"
    SUSPENDED_LONG = "suspended_long"
    HAND_ON_LATE = "hand_on_late"
    ASKING_LATE = "asking_late"
    ANSWER_PASSED = "answer_passed"
    NOT_COLLECTED = "not_collected"


# Sent at once; the others are sent in the morning (rules §14).
URGENT = frozenset(
    {
        Occasion.OVERDUE,
        Occasion.PROMISE_PASSED,
        Occasion.DUE_TODAY,
        Occasion.PROMISE_TODAY,
        Occasion.APOLOGY_OWED,
    }
)
# These have the promised date as key.
OF_PROMISES = frozenset({Occasion.PROMISE_PASSED, Occasion.PROMISE_TODAY, Occasion.PROMISE_SOON})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers of rules §14; days and hours are working ones.

    `soon_…`: the days, hours or per cent of the limit that are left; None switches one off.
    """

    soon_days: int | None = 2
    soon_hours: int | None = None
    soon_percent: int | None = None
    not_taken_hours: int = 4
    idle_days: int = 5
    suspended_days: int = 10
    collect_days: int = 5


# With these thresholds every occasion comes as early as possible.
EARLIEST = Thresholds(soon_days=9999, not_taken_hours=0, idle_days=0, suspended_days=0, collect_days=0)


@dataclass(frozen=True, slots=True)
class DueReminder:
    """An occasion, the unit that has to act, and a key: the due or promised date, or the beginning of the condition.

    The same occasion with another key is a new reminder.
    """

    occasion: Occasion
    unit: int
    key: str


@dataclass(frozen=True, slots=True)
class WorkingMoment:
    """The present instant, with calendar and sessions of the unit that is reminded."""

    now: datetime
    calendar: WorkingCalendar
    sessions: WorkingSessions


def occasions(state: DossierState, at: WorkingMoment, thresholds: Thresholds) -> list[DueReminder]:
    """The reminders that are due for a dossier now (rules §14).

    An occasion that needs the calendar of a missing year is left out; the others remain.
    """
    reminders: list[DueReminder] = []
    for part in (_of_deadline, _of_promise, _of_hand_off, _of_standstill, _of_duties, _of_result):
        with suppress(CalendarMissing):
            for reminder in part(state, at, thresholds):
                reminders.append(reminder)  # noqa: PERF402 - items before a missing year count
    return reminders


def _of_deadline(state: DossierState, at: WorkingMoment, thresholds: Thresholds) -> Iterator[DueReminder]:
    end = runs_out(state) if state.open else None
    if end is None or state.due_date is None:
        return
    key = state.due_date.isoformat()
    today = local_date(at.now)
    if at.now >= end:
        yield DueReminder(Occasion.OVERDUE, state.holder_unit, key)
        return
    if state.clock is not Clock.RUNNING:
        return
    if today == state.due_date:
        yield DueReminder(Occasion.DUE_TODAY, state.holder_unit, key)
        return
    left = working_days_left(at.calendar, today, state.due_date)
    # This is the last day on which an apology is in time (rules §6).
    if left == 1 and state.apology_at is None:
        yield DueReminder(Occasion.APOLOGY_OWED, state.holder_unit, key)
    if _is_soon(state, at, left, thresholds):
        yield DueReminder(Occasion.DUE_SOON, state.holder_unit, key)


def _of_promise(state: DossierState, at: WorkingMoment, _thresholds: Thresholds) -> Iterator[DueReminder]:
    """The promised date: on the working day before it, on it, and after it (rules §6)."""
    promised, today = state.promised_date, local_date(at.now)
    if not state.open or promised is None or state.protected:
        return
    occasion = Occasion.PROMISE_PASSED if today > promised else Occasion.PROMISE_TODAY
    if today < promised:
        if today < at.calendar.previous_working_day(promised):
            return
        occasion = Occasion.PROMISE_SOON
    yield DueReminder(occasion, state.holder_unit, promised.isoformat())


def _is_soon(state: DossierState, at: WorkingMoment, left: int, thresholds: Thresholds) -> bool:
    hours, percent = thresholds.soon_hours, thresholds.soon_percent
    if thresholds.soon_days is not None and left <= thresholds.soon_days:
        return True
    if state.due_at is None or state.received_at is None or (hours is None and percent is None):
        return False
    minutes = working_minutes_between(at.now, state.due_at, at.calendar, at.sessions)
    if hours is not None and minutes <= 60 * hours:
        return True
    if percent is None:
        return False
    whole = working_minutes_between(state.received_at, state.due_at, at.calendar, at.sessions)
    return 100 * minutes <= percent * whole


def _of_hand_off(state: DossierState, at: WorkingMoment, thresholds: Thresholds) -> Iterator[DueReminder]:
    pending = state.pending if state.open else None
    if pending is None:
        return
    minutes = working_minutes_between(pending.given_at, at.now, at.calendar, at.sessions)
    if minutes >= 60 * thresholds.not_taken_hours:
        yield DueReminder(Occasion.NOT_TAKEN, pending.to_unit, pending.given_at.isoformat())


def _of_standstill(state: DossierState, at: WorkingMoment, thresholds: Thresholds) -> Iterator[DueReminder]:
    wait = state.open_wait
    if not state.open:
        return
    if wait is not None:
        if _days_since(wait.start, at) >= thresholds.suspended_days:
            yield DueReminder(Occasion.SUSPENDED_LONG, state.holder_unit, wait.start.isoformat())
    elif _days_since(state.last_occurred_at, at) >= thresholds.idle_days:
        yield DueReminder(Occasion.NO_MOVEMENT, state.holder_unit, state.last_occurred_at.isoformat())


def _of_duties(state: DossierState, at: WorkingMoment, _thresholds: Thresholds) -> Iterator[DueReminder]:
    """Overdue duties of the counter, and the end of the applicant's time to answer (rules §15)."""
    hand_on = hand_on_due(state, at.calendar, at.sessions) if awaits_hand_on(state) else None
    if hand_on is not None and at.now > hand_on:
        yield DueReminder(Occasion.HAND_ON_LATE, state.counter_unit, hand_on.isoformat())
    asking = asking_due(state, at.calendar, at.sessions) if state.status is Status.SUBMITTED else None
    if asking is not None and at.now > asking:
        yield DueReminder(Occasion.ASKING_LATE, state.counter_unit, asking.isoformat())
    answer_by = state.open_wait.answer_by if state.open_wait else None
    if answer_by is not None and at.now > answer_by:
        yield DueReminder(Occasion.ANSWER_PASSED, state.holder_unit, answer_by.isoformat())


def _of_result(state: DossierState, at: WorkingMoment, thresholds: Thresholds) -> Iterator[DueReminder]:
    if state.status is not Status.FINISHED or state.finished_at is None:
        return
    if _days_since(state.finished_at, at) >= thresholds.collect_days:
        yield DueReminder(Occasion.NOT_COLLECTED, state.counter_unit, state.finished_at.isoformat())


def _days_since(instant: datetime, at: WorkingMoment) -> int:
    return at.calendar.working_days_between(local_date(instant), local_date(at.now))
