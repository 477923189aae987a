"""Correcting one entry of a journal: all that follows is decided anew, and the old entry stays (rules §8, §13)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.access.errors import Forbidden
from app.catalogue.reference import Reference
from app.domain.calendar import local_date
from app.domain.corrections import corrected
from app.domain.dating import redate
from app.domain.decisions import CLOCK_TOLERANCE, EFFECTS
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import Action, Entry, apply, effective, may, replay
from app.domain.state import Clock
from app.domain.terms import Law
from app.dossiers import recording
from app.dossiers.queries import Dossier, JournalEntry, journal
from app.dossiers.rows import Recorded
from app.dossiers.schemas import BODIES, ActIn, CorrectIn, DossierIn, split
from app.dossiers.service import Desk, allowed_now, follow_succession
from app.dossiers.standing import acting_unit, standing_before
from app.wire import validated

# Of the first entry only these: its unit and day are in the code, which is issued once (rules §10).
_OPENING_FIELDS = frozenset({"at", "officer", "note", "reason", "channel", "procedure", "responsible_unit"})
_UNCORRECTABLE = frozenset({Action.CORRECT, Action.PARTICULARS, Action.REDATE, Action.SUCCEED})


@dataclass(frozen=True, slots=True)
class Change:
    """The corrected entry: as the law sees it, with its words, and the procedure where that changed."""

    entry: Entry
    words: Mapping[str, Any]
    procedure_id: int


async def correct(desk: Desk, dossier: Dossier, body: CorrectIn) -> Dossier:
    """Replaces fields of one entry, at once, and answers with the dossier as it is then.

    Raises NotAllowed where the corrected journal would not be lawful, Invalid for fields that the entry has not.
    """
    standing = standing_before(dossier.state, desk.caller.role, desk.scope)
    allowed = allowed_now(desk, dossier, standing)
    if not may(dossier.state, Action.CORRECT, standing):
        raise Forbidden("action_not_yours", "Only a supervisor corrects a journal.", allowed_actions=allowed)
    if body.at is not None:
        raise Invalid("invalid", "A correction happens now; the entry's own time goes into changes.", pointer="/at")
    written = await journal(desk.connection, dossier.id)
    entries = [one.entry for one in written]
    try:
        change = _change(desk, dossier, written, body)
        replaced = corrected(entries, change.entry, laws(desk.reference, entries, change))
    except NotAllowed as refusal:
        refusal.extra["allowed_actions"] = allowed
        raise
    if not replaced and not change.words:
        raise Invalid("nothing_changes", "The entry says this already.", pointer="/changes")
    after = await _record(desk, dossier, body, written, change, replaced)
    after = await _brought_up_to_date(desk, after)
    return await follow_succession(desk.connection, desk.reference, after, desk.caller.client, desk.now)


async def _record(
    desk: Desk,
    dossier: Dossier,
    body: CorrectIn,
    written: Sequence[JournalEntry],
    change: Change,
    replaced: Mapping[str, Any],
) -> Dossier:
    entries = [one.entry for one in written]
    old = next(one for one in effective(entries) if one.sequence == body.sequence)
    data = {
        "sequence": body.sequence,
        "changes": {key: value for key, value in body.changes.items() if key not in (*ActIn.words, "officer")},
        "replaced": replaced,
        "flags": ["corrected"],
    }
    words = {"reason": body.reason, "note": body.note, "changes": change.words}
    unit = acting_unit(dossier.state, desk.caller.role)
    entry = Entry(dossier.state.version + 1, Action.CORRECT, desk.now, desk.now, unit, data)
    all_entries = [*entries, entry]
    after = replace(
        dossier,
        state=replay(all_entries),
        procedure_id=change.procedure_id,
        officer=_officer(dossier, written, change),
    )
    one = Recorded(
        entry,
        desk.caller.client,
        body.officer,
        words,
        corrects=body.sequence,
        changes_from=min(old.occurred_at, change.entry.occurred_at),
    )
    return await recording.record_correction(desk.connection, dossier, after, one, all_entries)


def _officer(dossier: Dossier, written: Sequence[JournalEntry], change: Change) -> str | None:
    """The corrected officer, unless a later entry names who works on it now."""
    later = [one for one in written if one.entry.sequence > change.entry.sequence and "officer" in one.texts]
    working = [one for one in later if one.entry.type is not Action.CORRECT]
    return dossier.officer if working else change.words.get("officer", dossier.officer)


async def _brought_up_to_date(desk: Desk, dossier: Dossier) -> Dossier:
    """An open dossier follows what was published since: a correction may have moved it to days that it now concerns."""
    state = dossier.state
    if not state.open or state.clock is not Clock.RUNNING or state.received_at is None:
        return dossier
    if state.procedure_version is None or state.due_date is None:
        return dossier
    law = desk.reference.law(state.procedure_version, state.receiving_unit, state.received_at)
    year = desk.reference.years.get(state.due_date.year)
    data = redate(state, law, year.calendar.decision if year else None)
    if data is None:
        return dossier
    entry = Entry(state.version + 1, Action.REDATE, desk.now, desk.now, state.responsible_unit, data)
    after = replace(dossier, state=apply(state, entry))
    return await recording.record(desk.connection, dossier, after, Recorded(entry, desk.caller.client))


def _change(desk: Desk, dossier: Dossier, written: Sequence[JournalEntry], body: CorrectIn) -> Change:
    entries = [one.entry for one in written]
    old = next((one for one in effective(entries) if one.sequence == body.sequence), None)
    if old is None:
        raise NotFound("unknown_entry", f"The journal has no entry {body.sequence}.", pointer="/sequence")
    if old.type in _UNCORRECTABLE:
        raise NotAllowed("not_correctable", f"An entry of type {old.type} is not corrected; its cause is.")
    opening = old.type is Action.SUBMIT or (old.type is Action.RECEIVE and old.sequence == 1)
    model: type[ActIn] = DossierIn if opening else BODIES[old.type]
    # The papers of a dossier are mended with its particulars, whichever entry brought them.
    brought = {"documents"} if old.type in (Action.RECEIVE, Action.SUPPLEMENT) else set()
    known = _OPENING_FIELDS if opening else frozenset(model.model_fields.keys() - brought)
    if unknown := sorted(body.changes.keys() - known):
        errors = [
            {"pointer": f"/changes/{name}", "detail": f"possible: {', '.join(sorted(known))}"} for name in unknown
        ]
        raise Invalid("invalid", "This entry has no such field to correct.", errors=errors)
    present = _present_body(desk.reference, dossier, old, written, opening)
    new = validated(model, {**present, **body.changes}, "/changes")
    at = new.at or old.occurred_at
    if at > desk.now + CLOCK_TOLERANCE:
        raise Invalid("in_the_future", "The event lies in the future.", pointer="/changes/at")
    at = min(at, desk.now)
    inputs, words = split(new)
    procedure_id = dossier.procedure_id
    if isinstance(new, DossierIn):
        procedure_id = desk.reference.procedure(new.procedure).id
        inputs = _opening_inputs(desk.reference, dossier, old, new, at)
    elif "to_unit" in inputs:
        inputs["to_unit"] = desk.reference.unit(inputs["to_unit"], local_date(at), pointer="/changes/to_unit").id
    kept = {key: old.data[key] for key in ("flags", "texts", *EFFECTS) if key in old.data}
    changed_words = {key: value for key, value in words.items() if key in body.changes}
    if "officer" in body.changes and new.officer:
        changed_words["officer"] = new.officer
    texts = sorted({*kept.get("texts", ()), *(changed_words.keys() - {"officer"})})
    data = {**kept, **inputs, **({"texts": texts} if texts else {})}
    return Change(replace(old, occurred_at=at, data=data), changed_words, procedure_id)


def _present_body(
    reference: Reference, dossier: Dossier, old: Entry, written: Sequence[JournalEntry], opening: bool
) -> dict[str, Any]:
    """The entry's body as it would have to be sent today: its inputs and its words, corrections included."""
    words: dict[str, Any] = {}
    for one in written:
        if one.entry.sequence == old.sequence:
            words |= one.texts
        elif one.corrects == old.sequence:
            words |= one.texts.get("changes", {})
    if opening:
        # The applicant and the papers are mended, not corrected; they are given here only to complete the body.
        return {
            "procedure": reference.procedures[dossier.procedure_id].code,
            "receiving_unit": old.data["receiving_unit"],
            "responsible_unit": old.data["responsible_unit"],
            "channel": old.data["channel"],
            "applicant": {"name": "-"},
            "submit": old.type is Action.SUBMIT,
            **{key: value for key, value in words.items() if key in ("note", "reason", "officer")},
        }
    inputs = {key: value for key, value in old.data.items() if key not in EFFECTS and key != "texts"}
    known = BODIES[old.type].model_fields
    return {key: value for key, value in {**inputs, **words}.items() if key in known}


def _opening_inputs(reference: Reference, dossier: Dossier, old: Entry, new: DossierIn, at: datetime) -> dict[str, Any]:
    on, procedure = local_date(at), reference.procedure(new.procedure)
    responsible, unit = new.responsible_unit, old.data["responsible_unit"]
    if on != local_date(old.occurred_at):
        reference.unit(old.data["receiving_unit"], on, pointer="/changes/at")
        reference.unit(unit, on, pointer="/changes/at")
    if responsible is not None and responsible != unit:
        unit = reference.unit(responsible, on, pointer="/changes/responsible_unit").id
    if procedure.id != dossier.procedure_id:
        reference.version_on(procedure, on)
    return {
        "procedure": procedure.id,
        "channel": new.channel,
        "receiving_unit": old.data["receiving_unit"],
        "responsible_unit": unit,
    }


def laws(reference: Reference, entries: Sequence[Entry], change: Change) -> Callable[[Entry], Law | None]:
    """The law for each entry of the journal: the version of the receipt as it then stands, and for the calendar the
    revisions that the entry itself names, so that a correction brings in no later decision (rules §13)."""
    receipt = next(
        (
            change.entry if one.sequence == change.entry.sequence else one
            for one in effective(entries)
            if one.type is Action.RECEIVE
        ),
        None,
    )
    if receipt is None:
        return lambda _entry: None
    before = next(one for one in effective(entries) if one.type is Action.RECEIVE)
    version = _version(reference, before, receipt, change.procedure_id)
    unit = effective(entries)[0].data["receiving_unit"]

    def law_for(entry: Entry) -> Law | None:
        named = entry.data.get("deadline", {}).get("calendar", ())
        calendar = reference.calendar_then(named, entry.recorded_at)
        return reference.law(version, unit, receipt.occurred_at, calendar)

    return law_for


def _version(reference: Reference, before: Entry, receipt: Entry, procedure_id: int) -> int:
    """The version of the receipt: a later one changes nothing, but another day or procedure may (rules §4)."""
    kept: int = before.data["procedure_version"]
    same_day = local_date(before.occurred_at) == local_date(receipt.occurred_at)
    if same_day and reference.procedure_of(kept).id == procedure_id:
        return kept
    return reference.version_on(reference.procedures[procedure_id], local_date(receipt.occurred_at)).id
