"""Corrections are asked for by one supervisor and approved or rejected by another (rules §8, §13)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domain.calendar import CalendarMissing
from app.domain.due_dates import redate
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import CORRECTIONS, Action, Entry, apply, may, replay
from app.domain.state import Clock, PendingCorrection
from app.dossiers import recording
from app.dossiers.correction import CorrectionRequest, EntryChange, change_of
from app.dossiers.permissions import acting_unit, permissions_for
from app.dossiers.queries import Dossier, JournalEntry, journal
from app.dossiers.rows import EntryRecord
from app.dossiers.schemas import ActIn, ApproveCorrectionIn, CorrectIn, RejectCorrectionIn
from app.dossiers.service import UnitOfWork, allowed_now, follow_succession
from app.http.errors import Forbidden


async def correct(work: UnitOfWork, dossier: Dossier, body: CorrectIn) -> Dossier:
    """Asks for other fields of one entry; nothing but the dossier's version changes until somebody else approves it.

    Raises NotAllowed where the corrected journal would not be lawful or a correction of the entry is pending, Invalid
    for fields that the entry has not.
    """
    allowed = _require_right(work, dossier, Action.CORRECT, body)
    for one in dossier.state.corrections:
        if one.entry == body.sequence:
            detail = f"A correction of entry {body.sequence} is pending: entry {one.sequence}."
            raise NotAllowed("correction_pending", detail, allowed_actions=allowed)
    written = await journal(work.connection, dossier.id)
    try:
        change = change_of(work.reference, dossier, written, CorrectionRequest(body.sequence, body.changes, work.now))
    except NotAllowed as refusal:
        refusal.extra["allowed_actions"] = allowed
        raise
    data = {
        "sequence": body.sequence,
        "changes": {key: value for key, value in body.changes.items() if key not in (*ActIn.words, "officer")},
        "asked_by": work.caller.client,
    }
    words = {"reason": body.reason, "note": body.note, "changes": change.words}
    return await _noted(work, dossier, _entry(work, dossier, Action.CORRECT, data), body, words)


async def approve(work: UnitOfWork, dossier: Dossier, body: ApproveCorrectionIn) -> Dossier:
    """Carries out a pending correction, decided anew on the journal as it stands now, and answers with the dossier.

    Raises Forbidden `own_correction`, NotAllowed `correction_not_pending`, and `journal_not_lawful` where it is not
    lawful any more: then it stays pending.
    """
    allowed = _require_right(work, dossier, Action.APPROVE_CORRECTION, body)
    pending = _pending(dossier, body.sequence, allowed)
    if pending.client == work.caller.client:
        detail = "A correction is approved by another client than the one that asked for it."
        raise Forbidden("own_correction", detail, allowed_actions=allowed)
    written = await journal(work.connection, dossier.id)
    request = written[pending.sequence - 1]
    changes = {**request.entry.data["changes"], **request.texts.get("changes", {})}
    try:
        change = change_of(work.reference, dossier, written, CorrectionRequest(pending.entry, changes, work.now))
    except CalendarMissing:
        raise
    except (NotAllowed, NotFound, Invalid) as refusal:
        raise NotAllowed("journal_not_lawful", refusal.detail, allowed_actions=allowed) from refusal
    data = {
        "correction": pending.sequence,
        "sequence": pending.entry,
        "changes": request.entry.data["changes"],
        "replaced": change.replaced,
        "flags": ["corrected"],
    }
    entry = _entry(work, dossier, Action.APPROVE_CORRECTION, data)
    after = await _carried_out(work, dossier, entry, body, (written, change))
    after = await _brought_up_to_date(work, after)
    return await follow_succession(work.connection, work.reference, after, work.caller.client, work.now)


async def reject(work: UnitOfWork, dossier: Dossier, body: RejectCorrectionIn) -> Dossier:
    """Ends a pending correction without effect; whoever asked for it may so withdraw it.

    Raises NotAllowed `correction_not_pending`.
    """
    allowed = _require_right(work, dossier, Action.REJECT_CORRECTION, body)
    pending = _pending(dossier, body.sequence, allowed)
    data = {"correction": pending.sequence, "sequence": pending.entry}
    words = {"reason": body.reason, "note": body.note}
    return await _noted(work, dossier, _entry(work, dossier, Action.REJECT_CORRECTION, data), body, words)


def _require_right(work: UnitOfWork, dossier: Dossier, action: Action, body: ActIn) -> list[str]:
    """What this caller may do now; raises Forbidden where this is nothing of it whatever the state."""
    permissions = permissions_for(dossier.state, work.caller, work.scope)
    allowed = allowed_now(work, dossier, permissions)
    if not may(dossier.state, action, permissions):
        raise Forbidden("action_not_yours", "Only a supervisor corrects a journal.", allowed_actions=allowed)
    if body.at is not None:
        raise Invalid("invalid", "A correction happens now; the entry's own time goes into changes.", pointer="/at")
    return allowed


def _pending(dossier: Dossier, sequence: int, allowed: list[str]) -> PendingCorrection:
    for one in dossier.state.corrections:
        if one.sequence == sequence:
            return one
    detail = f"Entry {sequence} is no correction that is pending."
    raise NotAllowed("correction_not_pending", detail, allowed_actions=allowed)


def _entry(work: UnitOfWork, dossier: Dossier, action: Action, data: Mapping[str, Any]) -> Entry:
    unit = acting_unit(dossier.state, work.caller.role)
    return Entry(dossier.state.version + 1, action, work.now, work.now, unit, data)


async def _noted(work: UnitOfWork, dossier: Dossier, entry: Entry, body: ActIn, words: Mapping[str, Any]) -> Dossier:
    """An entry that changes nothing but what is pending."""
    after = replace(dossier, state=apply(dossier.state, entry))
    one = EntryRecord(entry, work.caller.client, body.officer, words, notify=work.notify)
    return await recording.record(work.connection, dossier, after, one)


async def _carried_out(
    work: UnitOfWork, dossier: Dossier, entry: Entry, body: ActIn, known: tuple[Sequence[JournalEntry], EntryChange]
) -> Dossier:
    written, change = known
    entries = [*(one.entry for one in written), entry]
    after = replace(
        dossier,
        state=replay(entries),
        procedure_id=change.procedure_id,
        officer=_officer(dossier, written, change),
    )
    one = EntryRecord(
        entry,
        work.caller.client,
        body.officer,
        # What its words became stands with what takes effect, as its data do.
        {"note": body.note, "changes": change.words},
        corrects=change.entry.sequence,
        changes_from=min(change.old.occurred_at, change.entry.occurred_at),
        notify=work.notify,
    )
    return await recording.record_correction(work.connection, dossier, after, one, entries)


def _officer(dossier: Dossier, written: Sequence[JournalEntry], change: EntryChange) -> str | None:
    """The corrected officer, unless a later entry names who works on it now."""
    later = [one for one in written if one.entry.sequence > change.entry.sequence and "officer" in one.texts]
    working = [one for one in later if one.entry.type not in CORRECTIONS]
    return dossier.officer if working else change.words.get("officer", dossier.officer)


async def _brought_up_to_date(work: UnitOfWork, dossier: Dossier) -> Dossier:
    """An open dossier follows what was published since: a correction may have moved it to days that it now concerns."""
    state = dossier.state
    if not state.open or state.clock is not Clock.RUNNING or state.received_at is None:
        return dossier
    if state.procedure_version is None or state.due_date is None:
        return dossier
    law = work.reference.law(state.procedure_version, state.receiving_unit, state.received_at)
    year = work.reference.years.get(state.due_date.year)
    data = redate(state, law, year.calendar.decision if year else None)
    if data is None:
        return dossier
    entry = Entry(state.version + 1, Action.REDATE, work.now, work.now, state.responsible_unit, data)
    after = replace(dossier, state=apply(state, entry))
    one = EntryRecord(entry, work.caller.client, notify=work.notify)
    return await recording.record(work.connection, dossier, after, one)
