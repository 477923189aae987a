"""Computes the effect of a correction: one entry with other values or voided, and later entries decided again.

Source: rules §8.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.domain.calendar import local_date
from app.domain.corrections import corrected, voided
from app.domain.decisions import EFFECTS, require_past
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import CORRECTIONS, Action, Entry, effective, replay, state_before
from app.domain.money import FEE_FIELDS
from app.domain.regimes import regime_on
from app.domain.state import DossierState
from app.domain.terms import Law
from app.dossiers.correction_receipts import later_receipt, rules_again
from app.dossiers.intake import fee_inputs
from app.dossiers.operations import BODIES
from app.dossiers.queries import Dossier, JournalEntry
from app.dossiers.schemas import ActIn, DossierIn, split
from app.dossiers.service import require_late
from app.http.field_errors import field_error
from app.http.wire_types import validated

# The fields of the first entry that can change. Its unit and its day are in the code, which stays (rules §10).
_OPENING_FIELDS = frozenset(
    {"at", "officer", "note", "reason", "channel", "procedure", "responsible_unit", "another_area", *FEE_FIELDS}
)
# Entries that `void` does not take back, each with its own way back (rules §8, rule 8.28).
_UNVOIDABLE: Mapping[Action, str] = {
    Action.CORRECT: "A request for a correction ends by `reject-correction`.",
    Action.APPROVE_CORRECTION: "A correction that took effect is taken back by another correction.",
    Action.REJECT_CORRECTION: "A rejected correction is asked for again by `correct` or `void`.",
    Action.VOID: "A voided entry does not come back: record it again.",
    Action.PARTICULARS: "Changed particulars are changed back by another change of the particulars.",
    Action.REDATE: "A published calendar set this date: publish the calendar as it is right.",
    Action.SUCCEED: "The succession of a unit is an act of law for all its dossiers; `transfer` moves a single one.",
}
_UNCORRECTABLE = CORRECTIONS | {Action.PARTICULARS, Action.REDATE, Action.OUTAGE, Action.SUCCEED}


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """The entry to correct, the new values of fields of its body, and the instant of the correction."""

    sequence: int
    changes: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True)
class EntryChange:
    """The entry before and after, its new words, and the procedure of the dossier after the correction.

    `replaced` has all entries that change, in the form of `domain.corrections.corrected`.
    """

    old: Entry
    entry: Entry
    words: Mapping[str, Any]
    procedure_id: int
    replaced: Mapping[str, Any]


def change_of(
    reference: Reference, dossier: Dossier, journal: Sequence[JournalEntry], request: CorrectionRequest
) -> EntryChange:
    """The effect of the correction on the present journal.

    Raises NotFound `unknown_entry`, NotAllowed `not_correctable` and `journal_not_lawful`, and Invalid for unknown
    fields and for `nothing_changes`.
    """
    change = _entry_change(reference, dossier, journal, request)
    entries = [written.entry for written in journal]
    follow = later_receipt(reference, entries, change.procedure_id)
    law_for = laws(reference, entries, change.entry, change.procedure_id)
    replaced = corrected(entries, change.entry, law_for, follow)
    if not replaced and not change.words:
        raise Invalid("nothing_changes", "The entry has these values already.", pointer="/changes")
    change = replace(change, replaced=replaced)
    require_late(state_after(entries, change, request.now), request.changes, "/changes")
    return change


def state_after(journal: Sequence[Entry], change: EntryChange, now: datetime) -> DossierState:
    """The state of the dossier if the change took effect now."""
    data = {"correction": 0, "sequence": change.old.sequence, "replaced": change.replaced}
    approval = Entry(len(journal) + 1, Action.APPROVE_CORRECTION, now, now, change.old.unit, data)
    return replay([*journal, approval])


def void_of(
    reference: Reference, dossier: Dossier, journal: Sequence[JournalEntry], sequence: int, now: datetime
) -> EntryChange:
    """The effect of voiding an entry of the present journal.

    Raises NotFound `unknown_entry`, and NotAllowed `not_voidable` and `later_entries`.
    """
    entries = [written.entry for written in journal]
    old = _in_force(entries, sequence)
    if old.type in _UNVOIDABLE:
        raise NotAllowed("not_voidable", _UNVOIDABLE[old.type], pointer="/sequence")
    law_for = laws(reference, entries, old, dossier.procedure_id)
    follow = later_receipt(reference, entries, dossier.procedure_id)
    return EntryChange(old, old, {}, dossier.procedure_id, voided(entries, sequence, now, law_for, follow))


def _entry_change(
    reference: Reference, dossier: Dossier, journal: Sequence[JournalEntry], request: CorrectionRequest
) -> EntryChange:
    old = _correctable(journal, request.sequence)
    model = _body_of(old)
    _require_fields(old, model, request.changes)
    body = validated(model, {**_present_body(reference, dossier, old, journal), **request.changes}, "/changes")
    at = body.at or old.occurred_at
    require_past(at, request.now, "/changes/at")
    at = min(at, request.now)
    inputs, words = split(body)
    procedure_id = dossier.procedure_id
    if isinstance(body, DossierIn):
        procedure_id = reference.procedure(body.procedure).id
        inputs = _opening_inputs(reference, dossier, old, body, at)
        if "fee" in old.data or not request.changes.keys().isdisjoint(FEE_FIELDS):
            inputs |= fee_inputs(body)
    elif "to_unit" in inputs:
        inputs["to_unit"] = reference.unit(inputs["to_unit"], local_date(at), pointer="/changes/to_unit").id
    if old.type is Action.RECEIVE and "regime" in old.data:
        stated = inputs.pop("another_area", None)
        entries = [written.entry for written in journal]
        before = state_before(entries, old.sequence)
        receipt = replace(old, occurred_at=at, data={**old.data, **inputs})
        inputs |= rules_again(reference, entries, old, procedure_id, receipt, before, stated)
    if old.type is Action.SUBMIT and "regime" in old.data:
        inputs["regime"] = regime_on(local_date(at)).code
    changed_words = {key: value for key, value in words.items() if key in request.changes}
    if "officer" in request.changes and body.officer:
        changed_words["officer"] = body.officer
    entry = replace(old, occurred_at=at, data=_data(old, inputs, changed_words))
    return EntryChange(old, entry, changed_words, procedure_id, {})


def _correctable(journal: Sequence[JournalEntry], sequence: int) -> Entry:
    old = _in_force([written.entry for written in journal], sequence)
    if old.type in _UNCORRECTABLE:
        raise NotAllowed("not_correctable", f"An entry of type {old.type} cannot be corrected; correct its cause.")
    return old


def _in_force(entries: Sequence[Entry], sequence: int) -> Entry:
    old = next((entry for entry in effective(entries) if entry.sequence == sequence), None)
    if old is None:
        detail = f"Entry {sequence} is voided." if 1 <= sequence <= len(entries) else "The journal has no such entry."
        raise NotFound("unknown_entry", detail, pointer="/sequence")
    return old


def _is_opening(entry: Entry) -> bool:
    return entry.type is Action.SUBMIT or (entry.type is Action.RECEIVE and entry.sequence == 1)


def _body_of(entry: Entry) -> type[ActIn]:
    return DossierIn if _is_opening(entry) else BODIES[entry.type]


def _require_fields(entry: Entry, model: type[ActIn], changes: Mapping[str, Any]) -> None:
    """Raises Invalid for a field that this entry does not have, or that is not corrected here."""
    # Papers are changed with the particulars of the dossier, whichever entry brought them.
    papers = {"documents"} if entry.type in (Action.RECEIVE, Action.SUPPLEMENT) else set()
    possible = _OPENING_FIELDS if _is_opening(entry) else frozenset(model.model_fields.keys() - papers)
    if unknown := sorted(changes.keys() - possible):
        detail = f"possible: {', '.join(sorted(possible))}"
        errors = [field_error(f"/changes/{name}", "unknown_member", detail) for name in unknown]
        hint = "This entry has no such field to correct. An entry made by mistake is taken back by `void`."
        raise Invalid("invalid", hint, errors=errors)


def _data(old: Entry, inputs: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """The data of the corrected entry; its effects are those of before until it is decided again."""
    names = ("flags", "texts", "unrecorded", *EFFECTS, *(() if "officer" in words else ("officer_person",)))
    kept = {key: old.data[key] for key in names if key in old.data}
    texts = sorted({*kept.get("texts", ()), *(words.keys() - {"officer"})})
    return {**kept, **inputs, **({"texts": texts} if texts else {})}


def _present_body(
    reference: Reference, dossier: Dossier, old: Entry, journal: Sequence[JournalEntry]
) -> dict[str, Any]:
    """The body that would record the entry today: its inputs and its words, corrections included."""
    words: dict[str, Any] = {}
    for written in journal:
        if written.entry.sequence == old.sequence:
            words |= written.texts
        elif written.corrects == old.sequence:
            words |= written.texts.get("changes", {})
    if _is_opening(old):
        # Applicant and papers are not corrected here. They only complete the body.
        return {
            "procedure": reference.procedures[dossier.procedure_id].code,
            "receiving_unit": old.data["receiving_unit"],
            "responsible_unit": old.data["responsible_unit"],
            "channel": old.data["channel"],
            "applicant": {"name": "-"},
            "submit": old.type is Action.SUBMIT,
            **_present_fee(dossier, old),
            **{key: value for key, value in words.items() if key in ("note", "reason", "officer")},
        }
    inputs = {key: value for key, value in old.data.items() if key not in EFFECTS and key != "texts"}
    fields = BODIES[old.type].model_fields
    return {key: value for key, value in {**inputs, **words}.items() if key in fields}


def _present_fee(dossier: Dossier, old: Entry) -> dict[str, Any]:
    """The money of the receipt; of one that does not name the fee, the fee that the row of the dossier has."""
    kept = {name: old.data[name] for name in FEE_FIELDS if name in old.data}
    return {"fee": dossier.state.money.unrecorded, **kept}


def _opening_inputs(
    reference: Reference, dossier: Dossier, old: Entry, body: DossierIn, at: datetime
) -> dict[str, Any]:
    on, procedure = local_date(at), reference.procedure(body.procedure)
    responsible, unit = body.responsible_unit, old.data["responsible_unit"]
    if on != local_date(old.occurred_at):
        reference.unit(old.data["receiving_unit"], on, pointer="/changes/at")
        reference.unit(unit, on, pointer="/changes/at")
    if responsible is not None and responsible != unit:
        unit = reference.unit(responsible, on, pointer="/changes/responsible_unit").id
    if procedure.id != dossier.procedure_id:
        reference.version_on(procedure, on)
    return {
        "procedure": procedure.id,
        "channel": body.channel,
        "receiving_unit": old.data["receiving_unit"],
        "responsible_unit": unit,
    }


def laws(
    reference: Reference, entries: Sequence[Entry], changed: Entry, procedure_id: int
) -> Callable[[Entry], Law | None]:
    """The law for each entry of the journal with one `changed` entry, as a function.

    The procedure version is that of the corrected receipt. The calendars are the revisions that the entry names, so a
    correction brings in no later decision (rules §13).
    """
    in_force = effective(entries)
    before = next((entry for entry in in_force if entry.type is Action.RECEIVE), None)
    if before is None:
        return lambda _entry: None
    receipt = changed if before.sequence == changed.sequence else before
    version = _version(reference, before, receipt, procedure_id)
    unit = in_force[0].data["receiving_unit"]

    def law_for(entry: Entry) -> Law | None:
        revisions = entry.data.get("deadline", {}).get("calendar", ())
        calendar = reference.calendar_then(revisions, entry.recorded_at)
        return reference.law(version, unit, receipt.occurred_at, calendar)

    return law_for


def _version(reference: Reference, before: Entry, receipt: Entry, procedure_id: int) -> int:
    """The version of the receipt: it changes only with another day or another procedure (rules §4)."""
    kept: int = before.data["procedure_version"]
    same_day = local_date(before.occurred_at) == local_date(receipt.occurred_at)
    if same_day and reference.procedure_of(kept).id == procedure_id:
        return kept
    return reference.version_on(reference.procedures[procedure_id], local_date(receipt.occurred_at)).id
