"""The terms of a dossier's procedure version, and the law that dates it (rules §4, §5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.calendar import WorkingCalendar, WorkingSessions
from app.domain.deadline import ClockPolicy, TimeLimit


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a route: its name and its share of the limit (rules §9); `unit` is a unit's id or a place."""

    unit: int | str
    name: str
    limit: TimeLimit | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a procedure version grants and bounds (rules §4, §5)."""

    version: int
    limits: Mapping[str, TimeLimit | None]
    clock_policy: ClockPolicy
    max_supplement_requests: int
    max_extension: int
    route: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Law:
    """What a deadline is computed with: the calendar, the counter's sessions and their revision, the terms."""

    calendar: WorkingCalendar
    sessions: WorkingSessions
    sessions_revision: int | None
    terms: Terms
