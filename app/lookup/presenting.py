"""A dossier as anybody may see it: where it stands, and what happened, without the people in it."""

from datetime import date, datetime
from weakref import WeakKeyDictionary

from app.catalogue.presenting import SessionOut
from app.catalogue.reference import Reference, Unit
from app.domain.lifecycle import Action, Entry
from app.domain.state import Clock, DossierState
from app.domain.verdict import Verdict
from app.dossiers.presenting import ProcedureOut, is_overdue, projected_due_date, unit_out
from app.lookup.queries import Found
from app.lookup.schemas import CollectAtOut, LookupOut, StepOut
from app.lookup.texts import FINISHED_LATE, OVERDUE, REFUSED, RESCHEDULED, STATUS, STEPS, day_text


def lookup_out(reference: Reference, found: Found, now: datetime, language: str) -> LookupOut:
    """The dossier as it stands now, its texts in "vi" or "en" (contract, Citizens)."""
    state = found.state
    procedure = reference.procedures[found.procedure_id]
    version = reference.version(state.procedure_version).version if state.procedure_version else None
    waiting = state.waiting if state.clock is Clock.SUSPENDED else None
    overdue = is_overdue(state, now)
    return LookupOut(
        code=found.code,
        procedure=ProcedureOut(code=procedure.code, name=procedure.name, version=version, field=procedure.field),
        status=state.status.value,
        status_text=STATUS[state.status].say(language),
        stage=state.stage.value,
        received_at=state.received_at,
        due_date=state.due_date,
        promised_date=state.promised_date,
        provisional=state.provisional,
        clock=state.clock.value,
        overdue=overdue,
        finished_at=state.finished_at,
        returned_at=state.returned_at,
        verdict=state.verdict.value if state.verdict else None,
        suspended_since=waiting.start if waiting else None,
        suspension_reason=waiting.reason if waiting else None,
        projected_due_date=projected_due_date(reference, state, now) if waiting else None,
        apology=_apology(state, overdue, language),
        holder_unit=unit_out(reference, state.holder_unit),
        collect_at=_collect_at(reference, state.counter_unit),
        steps=[
            StepOut(at=entry.occurred_at, text=_step(reference, state, entry, language))
            for entry in found.happened
            if _is_told(entry)
        ],
    )


def _apology(state: DossierState, overdue: bool, language: str) -> str | None:
    """A sentence of regret where the dossier is late, or will be by what was promised (rules §6)."""
    if state.due_date is None:
        return None
    due = day_text(state.due_date, language)
    if state.open and state.promised_date is not None:
        return RESCHEDULED.say(language, due=due, promised=day_text(state.promised_date, language))
    if overdue:
        return OVERDUE.say(language, due=due)
    return FINISHED_LATE.say(language, due=due) if state.verdict is Verdict.LATE else None


# The counters of each copy of the reference data: a tenth of the work of a look-up, and the same for all of a unit's.
_COUNTERS: WeakKeyDictionary[Reference, dict[int, CollectAtOut]] = WeakKeyDictionary()


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


def _is_told(entry: Entry) -> bool:
    # Once the journal was corrected a calendar may turn out to change nothing, and a succession to move nothing.
    match entry.type:
        case Action.REDATE:
            return "deadline" in entry.data
        case Action.SUCCEED:
            return bool(entry.data["from_unit"] != entry.data["to_unit"])
    return entry.type in STEPS


def _step(reference: Reference, state: DossierState, entry: Entry, language: str) -> str:
    data = entry.data
    match entry.type:
        case Action.RECEIVE:
            facts = {"counter": _named(reference, state.receiving_unit)}
        case Action.FORWARD | Action.TRANSFER:
            facts = {"to": _named(reference, data["to_unit"])}
        case Action.TAKE:
            facts = {"unit": _named(reference, entry.unit)}
        case Action.EXTEND:
            facts = {"days": data["days"]}
        case Action.RESCHEDULE:
            facts = {"promised": _day(data["promised_date"], language)}
        case Action.REDATE:
            facts = {"due": _day(data["deadline"]["due_date"], language)}
        case Action.SUCCEED:
            facts = {"gone": _named(reference, data["from_unit"]), "to": _named(reference, data["to_unit"])}
        case Action.FINISH if data["outcome"] == "refused":
            return REFUSED.say(language)
        case _:
            facts = {}
    return STEPS[entry.type].say(language, **facts)


def _day(text: str, language: str) -> str:
    return day_text(date.fromisoformat(text), language)


def _named(reference: Reference, unit_id: int) -> str:
    unit: Unit = reference.units[unit_id]
    # An office's name says what it is, a territory's does not: "Phòng Tư pháp", but "Xã Trà My".
    return unit.name if unit.kind == "office" else f"{unit.type} {unit.name}"
