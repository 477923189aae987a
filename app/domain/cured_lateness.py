"""Finds acts that would make a late dossier timely by the time that they state (rules §7, rule 7.10)."""

from datetime import datetime

from app.domain.state import DossierState
from app.domain.verdict import Verdict, overdue


def is_late(state: DossierState, now: datetime) -> bool:
    """True if the dossier is overdue at `now`, was finished late, or was overdue when it ended without a result."""
    if state.verdict is not None:
        return state.verdict is Verdict.LATE
    if state.awaits_agency or state.limit is None or state.due_date is None or state.due_at is None:
        return False
    last = state.waits[-1] if state.waits else None
    is_protected = last is not None and last.end is None and last.counts
    return overdue(state.limit.unit, state.due_date, state.due_at, state.closed_at or now, is_protected)


def cures_lateness(before: DossierState, after: DossierState, at: datetime, now: datetime) -> bool:
    """True if an act at `at`, recorded at `now`, leaves a late dossier that is no longer late."""
    return at < now and before.open and is_late(before, now) and not is_late(after, now)
