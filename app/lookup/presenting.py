"""A dossier as anybody may see it: where it stands, and what happened, without the people in it."""

from datetime import date, datetime
from weakref import WeakKeyDictionary

from app.catalogue.cache import Reference
from app.catalogue.presenting import SessionOut
from app.database import Row
from app.domain.lifecycle import Action
from app.domain.state import Clock
from app.domain.verdict import Verdict
from app.dossiers.answer_schemas import ProcedureOut
from app.dossiers.presenting import projected_due_date, unit_out
from app.lookup.queries import DossierSnapshot, JournalStep
from app.lookup.schemas import CollectAtOut, LookupOut, LookupStepOut
from app.lookup.texts import FINISHED_LATE, OVERDUE, REFUSED, RESCHEDULED, STATUS, STEPS, day_text


def lookup_out(reference: Reference, found: DossierSnapshot, now: datetime, language: str) -> LookupOut:
    """The dossier as it stands now, its texts in "vi" or "en" (contract, Citizens)."""
    row = found.row
    overdue = row.open and row.overdue_from is not None and now >= row.overdue_from
    state = found.state if row.clock == Clock.SUSPENDED else None
    waiting = state.open_wait if state else None
    return LookupOut(
        code=row.code,
        procedure=_procedure(reference, row.procedure_id, row.procedure_version_id),
        status=row.status,
        status_text=STATUS[row.status].say(language),
        stage=row.stage,
        received_at=row.received_at,
        due_date=row.due_date,
        promised_date=row.promised_date,
        provisional=row.provisional,
        clock=row.clock,
        overdue=overdue,
        finished_at=row.finished_at,
        returned_at=row.returned_at,
        verdict=row.verdict,
        suspended_since=waiting.start if waiting else None,
        suspension_reason=waiting.reason if waiting else None,
        projected_due_date=projected_due_date(reference, state, now) if state else None,
        apology=_apology(row, overdue, language),
        holder_unit=_collect_at(reference, row.holder_unit_id).unit,
        collect_at=_collect_at(reference, row.counter_unit_id),
        steps=[
            LookupStepOut(at=one.at, text=_step(reference, row.receiving_unit_id, one, language))
            for one in found.steps
            if _is_told(one)
        ],
    )


def _apology(row: Row, overdue: bool, language: str) -> str | None:
    """A sentence of regret where the dossier is late, or will be by what was promised (rules §6)."""
    if row.due_date is None:
        return None
    due = day_text(row.due_date, language)
    if row.open and row.promised_date is not None:
        return RESCHEDULED.say(language, due=due, promised=day_text(row.promised_date, language))
    if overdue:
        return OVERDUE.say(language, due=due)
    return FINISHED_LATE.say(language, due=due) if row.verdict == Verdict.LATE else None


# The counters of each copy of the reference data: a tenth of the work of a look-up, and the same for all of a unit's.
_COUNTERS: WeakKeyDictionary[Reference, dict[int, CollectAtOut]] = WeakKeyDictionary()


_PROCEDURES: WeakKeyDictionary[Reference, dict[tuple[int, int | None], ProcedureOut]] = WeakKeyDictionary()


def _procedure(reference: Reference, procedure_id: int, version_id: int | None) -> ProcedureOut:
    known = _PROCEDURES.setdefault(reference, {})
    key = (procedure_id, version_id)
    if key not in known:
        procedure = reference.procedures[procedure_id]
        version = reference.version(version_id).version if version_id else None
        known[key] = ProcedureOut(code=procedure.code, name=procedure.name, version=version, field=procedure.field)
    return known[key]


def _collect_at(reference: Reference, unit_id: int) -> CollectAtOut:
    known = _COUNTERS.setdefault(reference, {})
    if unit_id not in known:
        unit = reference.units[unit_id]
        known[unit_id] = CollectAtOut(
            unit=unit_out(reference, unit_id),
            address=unit.address,
            phone=unit.phone,
            sessions=[SessionOut.model_validate(one) for one in reference.week(unit_id)],
        )
    return known[unit_id]


def _is_told(entry: JournalStep) -> bool:
    # Once the journal was corrected a calendar may turn out to change nothing, and a succession to move nothing.
    match entry.type:
        case Action.REDATE:
            return "deadline" in entry.data
        case Action.SUCCEED:
            return bool(entry.data["from_unit"] != entry.data["to_unit"])
    return entry.type in STEPS


def _step(reference: Reference, receiving_unit: int, entry: JournalStep, language: str) -> str:
    data, units = entry.data, reference.units
    match entry.type:
        case Action.RECEIVE:
            facts = {"counter": units[receiving_unit].full_name}
        case Action.FORWARD | Action.TRANSFER:
            facts = {"to": units[data["to_unit"]].full_name}
        case Action.TAKE:
            facts = {"unit": units[entry.unit].full_name}
        case Action.EXTEND:
            facts = {"days": data["days"]}
        case Action.RESCHEDULE:
            facts = {"promised": _day(data["promised_date"], language)}
        case Action.REDATE:
            facts = {"due": _day(data["deadline"]["due_date"], language)}
        case Action.SUCCEED:
            facts = {"gone": units[data["from_unit"]].full_name, "to": units[data["to_unit"]].full_name}
        case Action.FINISH if data["outcome"] == "refused":
            return REFUSED.say(language)
        case _:
            facts = {}
    return STEPS[Action(entry.type)].say(language, **facts)


def _day(text: str, language: str) -> str:
    return day_text(date.fromisoformat(text), language)
