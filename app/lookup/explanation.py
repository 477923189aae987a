"""Explains a due date day by day: that of a dossier from its journal, or that of a request (rules §4, §5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from app.catalogue.cache import Reference
from app.domain.calendar import CalendarYear, WorkingCalendar, WorkingSessions, local_date
from app.domain.deadline import (
    AppliedSuspension,
    ClockPolicy,
    CutOff,
    DayLine,
    Deadline,
    Explanation,
    LimitUnit,
    Suspension,
    TimeLimit,
    explain,
)
from app.domain.due_dates import suspensions
from app.domain.errors import NotAllowed
from app.domain.lifecycle import Action, Entry, effective
from app.domain.state import DossierState, SuspensionReason, limit_data
from app.dossiers.answer_schemas import LimitOut
from app.lookup.reasons import Origin, day_text, rule_text
from app.lookup.schemas import (
    CalendarDecisionOut,
    DayOut,
    DeadlineOut,
    HoursDayOut,
    HoursSuspensionOut,
    SuspensionOut,
)


@dataclass(frozen=True, slots=True)
class DeadlineCase:
    """The basis of a due date (rules §3 to §5)."""

    received_at: datetime
    limit: TimeLimit
    calendar: WorkingCalendar
    sessions: WorkingSessions
    policy: ClockPolicy
    suspensions: Sequence[Suspension]
    extension_days: int
    cut_off: CutOff | None = None
    origin: Origin | None = None


def case_of(reference: Reference, state: DossierState, journal: Sequence[Entry]) -> DeadlineCase:
    """The basis of a dossier's present due date, with the revisions that its entry names (rules §13).

    Raises NotAllowed `no_deadline_yet` before the receipt.
    """
    setting = next((entry for entry in reversed(effective(journal)) if "deadline" in entry.data), None)
    counted_from = state.counted_from
    if counted_from is None or state.limit is None or setting is None:
        raise NotAllowed("no_deadline_yet", "The dossier was not received, so it has no due date.")
    waits = state.waits
    if setting.type is Action.FINISH:
        # A refusal during a suspension is judged as if that ended then under `exclude` (rules §7).
        waits = (*waits[:-1], replace(waits[-1], policy=ClockPolicy.EXCLUDE))
    revisions = setting.data["deadline"]
    return DeadlineCase(
        counted_from,
        state.limit,
        reference.calendar_with(revisions["calendar"]),
        reference.sessions_of(revisions["sessions"]),
        state.policy,
        suspensions(waits, counted_from),
        state.added_days,
        reference.version(state.procedure_version).terms.special.cut_off if state.procedure_version else None,
        Origin(state.regime, state.another_area, state.awaits_agency),
    )


class Day(NamedTuple):
    """One day in words; `number` counts the days of the limit, None for a day that does not count."""

    date: date
    counted: bool
    number: int | None
    why: str


class DeadlineText(NamedTuple):
    """A due date with its rule and its days in words, for a page."""

    due_date: date
    rule: str
    days: list[Day]
    calendar_decisions: Sequence[CalendarYear]


def deadline_text(case: DeadlineCase, language: str) -> DeadlineText:
    """The explanation in words, in "vi" or "en"; raises the errors of `domain.deadline.explain`."""
    explanation = _explanation(case)
    deadline, whys = explanation.deadline, _whys(explanation, case, language)
    return DeadlineText(
        deadline.due_date,
        rule_text(case.limit, deadline, case.extension_days, language, case.cut_off, case.origin),
        [Day(line.date, line.counted, line.number, why) for line, why in whys],
        _years(case, deadline),
    )


def explained(case: DeadlineCase, language: str) -> DeadlineOut:
    """The due date with a line per day, in "vi" or "en"; raises the errors of `domain.deadline.explain`."""
    explanation = _explanation(case)
    deadline = explanation.deadline
    return DeadlineOut(
        due_date=deadline.due_date,
        due_at=deadline.due_at,
        original_due_date=deadline.original_due_date,
        provisional=deadline.provisional,
        limit=LimitOut(**limit_data(case.limit)),
        received_at=case.received_at,
        rule=rule_text(case.limit, deadline, case.extension_days, language, case.cut_off, case.origin),
        days=[_day_out(line, why) for line, why in _whys(explanation, case, language)],
        suspensions=[_suspension_out(suspension, case.limit) for suspension in deadline.suspensions],
        extension_days=case.extension_days,
        calendar_decisions=[
            CalendarDecisionOut(year=year.year, status=year.status.value, decision=year.decision)
            for year in _years(case, deadline)
        ],
    )


def _explanation(case: DeadlineCase) -> Explanation:
    return explain(
        case.received_at,
        case.limit,
        case.calendar,
        case.sessions,
        policy=case.policy,
        suspensions=case.suspensions,
        extension_days=case.extension_days,
        cut_off=case.cut_off,
    )


def _whys(explanation: Explanation, case: DeadlineCase, language: str) -> Iterator[tuple[DayLine, str]]:
    deadline, limit, calendar = explanation.deadline, case.limit, case.calendar
    return ((line, day_text(line, limit, deadline, calendar, language)) for line in explanation.days)


def _years(case: DeadlineCase, deadline: Deadline) -> Sequence[CalendarYear]:
    return case.calendar.years_in(local_date(case.received_at), deadline.due_date)


def _day_out(line: DayLine, why: str) -> DayOut:
    if line.minutes is None:
        return DayOut(date=line.date, counted=line.counted, number=line.number, why=why)
    return HoursDayOut(date=line.date, counted=line.counted, number=line.number, why=why, minutes=line.minutes)


def _suspension_out(suspension: AppliedSuspension, limit: TimeLimit) -> SuspensionOut:
    reason = SuspensionReason(suspension.reason)
    if limit.unit is LimitUnit.WORKING_HOUR:
        return HoursSuspensionOut(
            **{"from": suspension.start},
            to=suspension.end,
            reason=reason,
            policy=suspension.policy,
            days_added=None,
            minutes_added=suspension.minutes_added or 0,
        )
    return SuspensionOut(
        **{"from": local_date(suspension.start)},
        to=local_date(suspension.end) if suspension.end else None,
        reason=reason,
        policy=suspension.policy,
        days_added=suspension.days_added,
    )
