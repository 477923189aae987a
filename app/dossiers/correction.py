"""What a correction makes of a journal: one entry with other fields, and all that follows decided anew (rules §8)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.domain.calendar import local_date
from app.domain.corrections import corrected
from app.domain.decisions import CLOCK_TOLERANCE, EFFECTS
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import CORRECTIONS, Action, Entry, effective
from app.domain.terms import Law
from app.dossiers.queries import Dossier, JournalEntry
from app.dossiers.schemas import BODIES, ActIn, DossierIn, split
from app.http.field_errors import field_error
from app.http.wire_types import validated

# Of the first entry only these: its unit and day are in the code, which is issued once (rules §10).
_OPENING_FIELDS = frozenset({"at", "officer", "note", "reason", "channel", "procedure", "responsible_unit"})
_UNCORRECTABLE = CORRECTIONS | {Action.PARTICULARS, Action.REDATE, Action.SUCCEED}


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """What is to be put right: fields of one entry's body, at this instant."""

    sequence: int
    changes: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True)
class EntryChange:
    """The entry before and after, as the law sees it, with its words, and the procedure where that changed.

    `replaced` are the entries that it alters, as `corrected` gives them.
    """

    old: Entry
    entry: Entry
    words: Mapping[str, Any]
    procedure_id: int
    replaced: Mapping[str, Any]


def change_of(
    reference: Reference, dossier: Dossier, written: Sequence[JournalEntry], asked: CorrectionRequest
) -> EntryChange:
    """What the correction makes of the journal as it stands.

    Raises NotFound `unknown_entry`, NotAllowed `not_correctable` and `journal_not_lawful`, Invalid for fields that the
    entry has not and `nothing_changes`.
    """
    change = _change(reference, dossier, written, asked)
    entries = [one.entry for one in written]
    replaced = corrected(entries, change.entry, laws(reference, entries, change))
    if not replaced and not change.words:
        raise Invalid("nothing_changes", "The entry says this already.", pointer="/changes")
    return replace(change, replaced=replaced)


def _change(
    reference: Reference, dossier: Dossier, written: Sequence[JournalEntry], asked: CorrectionRequest
) -> EntryChange:
    entries = [one.entry for one in written]
    old = next((one for one in effective(entries) if one.sequence == asked.sequence), None)
    if old is None:
        raise NotFound("unknown_entry", f"The journal has no entry {asked.sequence}.", pointer="/sequence")
    if old.type in _UNCORRECTABLE:
        raise NotAllowed("not_correctable", f"An entry of type {old.type} is not corrected; its cause is.")
    opening = old.type is Action.SUBMIT or (old.type is Action.RECEIVE and old.sequence == 1)
    model: type[ActIn] = DossierIn if opening else BODIES[old.type]
    # The papers of a dossier are mended with its particulars, whichever entry brought them.
    brought = {"documents"} if old.type in (Action.RECEIVE, Action.SUPPLEMENT) else set()
    known = _OPENING_FIELDS if opening else frozenset(model.model_fields.keys() - brought)
    if unknown := sorted(asked.changes.keys() - known):
        possible = f"possible: {', '.join(sorted(known))}"
        errors = [field_error(f"/changes/{name}", "unknown_member", possible) for name in unknown]
        raise Invalid("invalid", "This entry has no such field to correct.", errors=errors)
    present = _present_body(reference, dossier, old, written, opening)
    new = validated(model, {**present, **asked.changes}, "/changes")
    at = new.at or old.occurred_at
    if at > asked.now + CLOCK_TOLERANCE:
        raise Invalid("in_the_future", "The event lies in the future.", pointer="/changes/at")
    at = min(at, asked.now)
    inputs, words = split(new)
    procedure_id = dossier.procedure_id
    if isinstance(new, DossierIn):
        procedure_id = reference.procedure(new.procedure).id
        inputs = _opening_inputs(reference, dossier, old, new, at)
    elif "to_unit" in inputs:
        inputs["to_unit"] = reference.unit(inputs["to_unit"], local_date(at), pointer="/changes/to_unit").id
    kept = {key: old.data[key] for key in ("flags", "texts", *EFFECTS) if key in old.data}
    changed_words = {key: value for key, value in words.items() if key in asked.changes}
    if "officer" in asked.changes and new.officer:
        changed_words["officer"] = new.officer
    texts = sorted({*kept.get("texts", ()), *(changed_words.keys() - {"officer"})})
    data = {**kept, **inputs, **({"texts": texts} if texts else {})}
    return EntryChange(old, replace(old, occurred_at=at, data=data), changed_words, procedure_id, {})


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
        # The applicant and the papers are mended, not corrected; they are given here only to complete the asked.
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


def laws(reference: Reference, entries: Sequence[Entry], change: EntryChange) -> Callable[[Entry], Law | None]:
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
