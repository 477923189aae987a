"""Records corrections and voids: at once, or asked for by one client and decided by another (rules §8, §13)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domain.calls import held_date
from app.domain.due_dates import redate
from app.domain.lifecycle import Action, Entry, apply, replay_after
from app.domain.localtime import local_date
from app.dossiers import recording
from app.dossiers.action_schemas import ApproveCorrectionIn, CorrectIn, RejectCorrectionIn, VoidIn
from app.dossiers.correction_changes import state_after
from app.dossiers.correction_decisions import (
    CorrectionDecision,
    decide_approval,
    decide_rejection,
    decide_request,
    decide_void,
)
from app.dossiers.queries import Dossier, JournalEntry
from app.dossiers.queries import journal as journal_of
from app.dossiers.rows import EntryRecord
from app.dossiers.schemas import ActIn
from app.dossiers.service import follow_succession
from app.dossiers.unit_of_work import UnitOfWork
from app.dossiers.words_in_force import Written, documents_of, in_force, officer_of


async def request(work: UnitOfWork, dossier: Dossier, body: CorrectIn) -> Dossier:
    """Records a request for a correction; only the dossier's version changes. Raises as `decide_request` does."""
    journal = await journal_of(work.connection, dossier.id)
    decision = decide_request(work, dossier, journal, body)
    return await _record_pending(work, dossier, body, decision.entry, decision.words)


async def approve(work: UnitOfWork, dossier: Dossier, body: ApproveCorrectionIn) -> Dossier:
    """Carries out a pending correction and returns the dossier after it. Raises as `decide_approval` does."""
    journal = await journal_of(work.connection, dossier.id)
    decision = await decide_approval(work, dossier, journal, body)
    return await _carry_out(work, dossier, body, journal, decision)


async def rehearsed(work: UnitOfWork, dossier: Dossier, body: CorrectIn | VoidIn) -> Dossier:
    """The dossier as it would be if the correction or the void took effect now; changes nothing.

    Raises as the request would.
    """
    journal = await journal_of(work.connection, dossier.id)
    if isinstance(body, VoidIn):
        change = decide_void(work, dossier, journal, body).change
    else:
        change = decide_request(work, dossier, journal, body).change
    state = state_after([written.entry for written in journal], change, work.now)
    after = replace(dossier, state=state, procedure_id=change.procedure_id)
    redating = _redating(work, after)
    state = apply(state, redating) if redating else state
    return replace(after, state=replace(state, version=dossier.state.version))


async def _carry_out(
    work: UnitOfWork, dossier: Dossier, body: ActIn, journal: Sequence[JournalEntry], decision: CorrectionDecision
) -> Dossier:
    """Records a correction that takes effect, and what was decided for all dossiers since the entry that it changes."""
    after = await _record_correction(work, dossier, body, journal, decision)
    after = await _redate(work, after)
    return await follow_succession(
        work.connection, work.reference, after, work.caller.client, work.now, notify=work.notify
    )


async def void(work: UnitOfWork, dossier: Dossier, body: VoidIn) -> Dossier:
    """Voids an entry at once, or records the request for it. Raises as `decide_void` does."""
    journal = await journal_of(work.connection, dossier.id)
    decision = decide_void(work, dossier, journal, body)
    if not decision.entry.replaces:
        return await _record_pending(work, dossier, body, decision.entry, decision.words)
    return await _carry_out(work, dossier, body, journal, decision)


async def reject(work: UnitOfWork, dossier: Dossier, body: RejectCorrectionIn) -> Dossier:
    """Ends a pending correction without effect. Raises as `decide_rejection` does."""
    entry, words = decide_rejection(work, dossier, body)
    return await _record_pending(work, dossier, body, entry, words)


async def _record_pending(
    work: UnitOfWork, dossier: Dossier, body: ActIn, entry: Entry, words: Mapping[str, Any]
) -> Dossier:
    """Records an entry that changes nothing but the list of pending corrections."""
    after = replace(dossier, state=apply(dossier.state, entry))
    record = EntryRecord(entry, work.caller.client, body.officer, words, notify=work.notify)
    return await recording.record(work.connection, dossier, after, record)


async def _record_correction(
    work: UnitOfWork,
    dossier: Dossier,
    body: ActIn,
    journal: Sequence[JournalEntry],
    decision: CorrectionDecision,
) -> Dossier:
    entry, words, change = decision
    entries = [*(written.entry for written in journal), entry]
    written = in_force(
        [*map(_written, journal), Written(entry.sequence, entry.type, change.entry.sequence, entry.data, words)]
    )
    after = replace(
        dossier,
        state=replay_after(entries, dossier.state),
        procedure_id=change.procedure_id,
        officer=officer_of(written),
        documents=documents_of(written),
    )
    record = EntryRecord(
        entry,
        work.caller.client,
        body.officer,
        words,
        corrects=change.entry.sequence,
        changes_from=min(change.old.occurred_at, change.entry.occurred_at),
        notify=work.notify,
    )
    return await recording.record_correction(work.connection, dossier, after, record, entries)


def _written(journal_entry: JournalEntry) -> Written:
    entry = journal_entry.entry
    return Written(entry.sequence, entry.type, journal_entry.corrects, entry.data, journal_entry.texts)


async def _redate(work: UnitOfWork, dossier: Dossier) -> Dossier:
    entry = _redating(work, dossier)
    if entry is None:
        return dossier
    after = replace(dossier, state=apply(dossier.state, entry))
    record = EntryRecord(entry, work.caller.client, notify=work.notify)
    return await recording.record(work.connection, dossier, after, record)


def _redating(work: UnitOfWork, dossier: Dossier) -> Entry | None:
    """The entry for calendars that were published since: a correction may have moved the dossier into their days."""
    state = dossier.state
    if not state.open or state.procedure_version is None or state.received_at is None:
        return None
    law, held = work.reference.law(state.procedure_version, state.receiving_unit, state.received_at), held_date(state)
    year = work.reference.years.get(held.year) if held else None
    data = redate(state, law, year.calendar.decision if year else None, local_date(work.now))
    if data is None:
        return None
    return Entry(state.version + 1, Action.REDATE, work.now, work.now, state.responsible_unit, data)
