"""A due date explained day by day: that of a dossier as its journal set it, or one that somebody asks for."""

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
    """All that a due date depends on (rules §4, §5)."""

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
    """What a dossier's present due date was computed from: the revisions named by the entry that set it (rules §13).

    Raises NotAllowed `no_deadline_yet` for a dossier that was never received.
    """
    setting = next((one for one in reversed(effective(journal)) if "deadline" in one.data), None)
    counted_from = state.counted_from
    if counted_from is None or state.limit is None or setting is None:
        raise NotAllowed("no_deadline_yet", "The dossier was not received, so it has no due date.")
    waits = state.waits
    if setting.type is Action.FINISH:
        # Refused under a suspension: judged as if it ended then under `exclude`, whatever the policy (rules §7).
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
    """One day as a person reads it; `number` counts the days of the limit, None on a day that does not count."""

    date: date
    counted: bool
    number: int | None
    why: str


class DeadlineText(NamedTuple):
    """A due date as a person reads how it comes about."""

    due_date: date
    rule: str
    days: list[Day]
    calendar_decisions: Sequence[CalendarYear]


def deadline_text(case: DeadlineCase, language: str) -> DeadlineText:
    """What people read of `explained`, for a page; it raises the same."""
    explanation = _explanation(case)
    deadline, whys = explanation.deadline, _whys(explanation, case, language)
    return DeadlineText(
        deadline.due_date,
        rule_text(case.limit, deadline, case.extension_days, language, case.cut_off, case.origin),
        [Day(line.date, line.counted, line.number, why) for line, why in whys],
        _years(case, deadline),
    )


def explained(case: DeadlineCase, language: str) -> DeadlineOut:
    """The due date with a line for every day, in "vi" or "en"; raises what `domain.deadline.explain` raises."""
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
        suspensions=[_suspension_out(one, case.limit) for one in deadline.suspensions],
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


def _suspension_out(one: AppliedSuspension, limit: TimeLimit) -> SuspensionOut:
    reason = SuspensionReason(one.reason)
    if limit.unit is LimitUnit.WORKING_HOUR:
        return HoursSuspensionOut(
            **{"from": one.start},
            to=one.end,
            reason=reason,
            policy=one.policy,
            days_added=None,
            minutes_added=one.minutes_added or 0,
        )
    return SuspensionOut(
        **{"from": local_date(one.start)},
        to=local_date(one.end) if one.end else None,
        reason=reason,
        policy=one.policy,
        days_added=one.days_added,
    )
