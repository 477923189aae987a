"""The terms of a procedure version, and all that a deadline is computed with (rules §4, §5, §9)."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.calendar import WorkingCalendar, WorkingSessions
from app.domain.deadline import ClockPolicy, TimeLimit


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a route: its name and its share of the limit (rules §9); `unit` is an id, or names a role."""

    unit: int | str
    name: str
    limit: TimeLimit | None


@dataclass(frozen=True, slots=True)
class Terms:
    """The limits and bounds of a procedure version (rules §4, §5)."""

    version: int
    limits: Mapping[str, TimeLimit | None]
    clock_policy: ClockPolicy
    max_supplement_requests: int
    max_extension: int
    route: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Law:
    """Calendar, sessions of the counter with their revision, and terms: the basis of a deadline (rules §3 to §5)."""

    calendar: WorkingCalendar
    sessions: WorkingSessions
    sessions_revision: int | None
    terms: Terms
