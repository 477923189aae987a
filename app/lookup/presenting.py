"""Presents a dossier to the public: its status and its steps, without any people."""

from datetime import date, datetime
from weakref import WeakKeyDictionary

from app.catalogue.cache import Reference
from app.catalogue.presenting import SessionOut
from app.database import Row
from app.domain.localtime import local_date
from app.domain.money import money_of
from app.domain.state import PAYABLE, Clock
from app.domain.verdict import Verdict
from app.dossiers.answer_schemas import ProcedureOut
from app.dossiers.presenting import is_expected, procedure_out, projected_due_date, unit_out
from app.lookup.queries import DossierSnapshot
from app.lookup.schemas import CollectAtOut, DeadlineOut, LookupDeadlineOut, LookupOut, LookupStepOut
from app.lookup.steps import is_public, step_text
from app.lookup.texts import FINISHED_LATE, OVERDUE, RESCHEDULED, STATUS, day_text


def lookup_out(
    reference: Reference, snapshot: DossierSnapshot, now: datetime, language: str, *, complete: bool
) -> LookupOut:
    """The dossier at `now`, with texts in "vi" or "en" (contract, Citizens).

    Without `complete` times, steps, money and the names of procedure and holder are left out (rules §20).
    """
    row = snapshot.row
    overdue = row.open and row.overdue_from is not None and now >= row.overdue_from
    state = snapshot.state if row.clock == Clock.SUSPENDED else None
    wait = state.open_wait if state else None
    suspended_since = wait.start if wait else None
    return LookupOut(
        code=row.code,
        complete=complete,
        procedure=_procedure(reference, row.procedure_id, row.procedure_version_id) if complete else None,
        status=row.status,
        status_text=STATUS[row.status].say(language),
        stage=row.stage,
        received_at=row.received_at if complete else None,
        received_date=_date(row.received_at),
        due_date=row.due_date,
        due_date_expected=is_expected(row.clock, row.due_date),
        promised_date=row.promised_date,
        provisional=row.provisional,
        clock=row.clock,
        overdue=overdue,
        finished_at=row.finished_at if complete else None,
        finished_date=_date(row.finished_at),
        returned_at=row.returned_at if complete else None,
        returned_date=_date(row.returned_at),
        verdict=row.verdict,
        suspended_since=suspended_since if complete else None,
        suspended_date=_date(suspended_since),
        suspension_reason=wait.reason if wait else None,
        projected_due_date=projected_due_date(reference, state, now) if state else None,
        apology=_apology(row, overdue, language),
        fee=row.fee if complete else None,
        fee_outstanding=_outstanding(row) if complete else None,
        holder_unit=_collect_at(reference, row.holder_unit_id).unit if complete else None,
        collect_at=_collect_at(reference, row.counter_unit_id),
        steps=_steps(reference, snapshot, language) if complete else None,
    )


def lookup_deadline_out(explained: DeadlineOut, *, complete: bool) -> LookupDeadlineOut:
    """The explained due date; without `complete` its dates alone (rules §20)."""
    hidden = dict.fromkeys(("due_at", "limit", "received_at", "rule", "days", "suspensions", "extension_days"))
    shown = vars(explained) if complete else {**vars(explained), **hidden}
    return LookupDeadlineOut.model_construct(**shown, complete=complete)


def _date(instant: datetime | None) -> date | None:
    return None if instant is None else local_date(instant)


def _outstanding(row: Row) -> int:
    return money_of(row.money, row.fee).outstanding if row.status in PAYABLE else 0


def _steps(reference: Reference, snapshot: DossierSnapshot, language: str) -> list[LookupStepOut]:
    receiving = snapshot.row.receiving_unit_id
    return [
        LookupStepOut(at=step.at, text=step_text(reference, receiving, step, language))
        for step in snapshot.steps
        if is_public(step)
    ]


def _apology(row: Row, overdue: bool, language: str) -> str | None:
    """An apology if the dossier is late, or will be late by its promised date (rules §6)."""
    if row.due_date is None:
        return None
    due = day_text(row.due_date, language)
    if row.open and row.promised_date is not None:
        return RESCHEDULED.say(language, due=due, promised=day_text(row.promised_date, language))
    if overdue:
        return OVERDUE.say(language, due=due)
    return FINISHED_LATE.say(language, due=due) if row.verdict == Verdict.LATE else None


# Cached per copy of the reference data: they are a tenth of the work of a look-up, and the same for a whole unit.
_COUNTERS: WeakKeyDictionary[Reference, dict[int, CollectAtOut]] = WeakKeyDictionary()


_PROCEDURES: WeakKeyDictionary[Reference, dict[tuple[int, int | None], ProcedureOut]] = WeakKeyDictionary()


def _procedure(reference: Reference, procedure_id: int, version_id: int | None) -> ProcedureOut:
    cached = _PROCEDURES.setdefault(reference, {})
    key = (procedure_id, version_id)
    if key not in cached:
        version = reference.version(version_id) if version_id else None
        cached[key] = procedure_out(reference.procedures[procedure_id], version)
    return cached[key]


def _collect_at(reference: Reference, unit_id: int) -> CollectAtOut:
    cached = _COUNTERS.setdefault(reference, {})
    if unit_id not in cached:
        unit = reference.units[unit_id]
        cached[unit_id] = CollectAtOut(
            unit=unit_out(reference, unit_id),
            address=unit.address,
            phone=unit.phone,
            sessions=[SessionOut.model_validate(session) for session in reference.week(unit_id)],
        )
    return cached[unit_id]
