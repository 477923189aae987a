"""Decides corrections: a request, an approval or a rejection becomes a journal entry, or is refused (rules §8)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.domain.calendar import CalendarMissing
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import Action, Entry, may
from app.domain.state import PendingCorrection
from app.dossiers.action_schemas import ApproveCorrectionIn, CorrectIn, RejectCorrectionIn
from app.dossiers.correction_changes import CorrectionRequest, EntryChange, change_of
from app.dossiers.permissions import acting_unit, permissions_for
from app.dossiers.queries import Dossier, JournalEntry
from app.dossiers.schemas import ActIn
from app.dossiers.service import allowed_now
from app.dossiers.unit_of_work import UnitOfWork
from app.http.errors import Forbidden


class CorrectionDecision(NamedTuple):
    """The entry to record, its words, and the change of the journal."""

    entry: Entry
    words: Mapping[str, Any]
    change: EntryChange


def decide_request(
    work: UnitOfWork, dossier: Dossier, journal: Sequence[JournalEntry], body: CorrectIn
) -> CorrectionDecision:
    """The entry that asks for other values in one entry; it has no effect before an approval.

    Raises NotAllowed if a correction of the entry is pending, or the corrected journal would not be lawful. Raises
    Invalid for fields that the entry does not have.
    """
    allowed = _require_permission(work, dossier, Action.CORRECT, body)
    for pending in dossier.state.corrections:
        if pending.entry == body.sequence:
            detail = f"A correction of entry {body.sequence} is pending: entry {pending.sequence}."
            raise NotAllowed("correction_pending", detail, allowed_actions=allowed)
    try:
        change = change_of(work.reference, dossier, journal, CorrectionRequest(body.sequence, body.changes, work.now))
    except NotAllowed as refusal:
        refusal.extra["allowed_actions"] = allowed
        raise
    data = {
        "sequence": body.sequence,
        "changes": {key: value for key, value in body.changes.items() if key not in (*ActIn.words, "officer")},
        "asked_by": work.caller.client,
    }
    words = {"reason": body.reason, "note": body.note, "changes": change.words}
    return CorrectionDecision(_entry(work, dossier, Action.CORRECT, data), words, change)


def decide_approval(
    work: UnitOfWork, dossier: Dossier, journal: Sequence[JournalEntry], body: ApproveCorrectionIn
) -> CorrectionDecision:
    """The entry that carries out a pending correction, decided again on the present journal.

    Raises Forbidden `own_correction` and NotAllowed `correction_not_pending`. Raises NotAllowed `journal_not_lawful` if
    the correction is no longer lawful; it stays pending then.
    """
    allowed = _require_permission(work, dossier, Action.APPROVE_CORRECTION, body)
    pending = _pending(dossier, body.sequence, allowed)
    if pending.client == work.caller.client:
        detail = "The client that asked for a correction cannot approve it: another client has to."
        raise Forbidden("own_correction", detail, allowed_actions=allowed)
    request = journal[pending.sequence - 1]
    changes = {**request.entry.data["changes"], **request.texts.get("changes", {})}
    try:
        change = change_of(work.reference, dossier, journal, CorrectionRequest(pending.entry, changes, work.now))
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
    # The new words are stored with the entry that gives them effect, as the new data are.
    words = {"note": body.note, "changes": change.words}
    return CorrectionDecision(_entry(work, dossier, Action.APPROVE_CORRECTION, data), words, change)


def decide_rejection(work: UnitOfWork, dossier: Dossier, body: RejectCorrectionIn) -> tuple[Entry, Mapping[str, Any]]:
    """The entry that ends a pending correction without effect, and its words.

    Raises NotAllowed `correction_not_pending`.
    """
    allowed = _require_permission(work, dossier, Action.REJECT_CORRECTION, body)
    pending = _pending(dossier, body.sequence, allowed)
    data = {"correction": pending.sequence, "sequence": pending.entry}
    words = {"reason": body.reason, "note": body.note}
    return _entry(work, dossier, Action.REJECT_CORRECTION, data), words


def _require_permission(work: UnitOfWork, dossier: Dossier, action: Action, body: ActIn) -> list[str]:
    """The actions that this caller may do now; raises Forbidden if corrections are never among them."""
    permissions = permissions_for(dossier.state, work.caller, work.scope)
    allowed = allowed_now(work, dossier, permissions)
    if not may(dossier.state, action, permissions):
        raise Forbidden("action_not_yours", "Only a supervisor corrects a journal.", allowed_actions=allowed)
    if body.at is not None:
        raise Invalid("invalid", "A correction happens now; the entry's own time goes into changes.", pointer="/at")
    return allowed


def _pending(dossier: Dossier, sequence: int, allowed: list[str]) -> PendingCorrection:
    for pending in dossier.state.corrections:
        if pending.sequence == sequence:
            return pending
    detail = f"Entry {sequence} is no pending correction."
    raise NotAllowed("correction_not_pending", detail, allowed_actions=allowed)


def _entry(work: UnitOfWork, dossier: Dossier, action: Action, data: Mapping[str, Any]) -> Entry:
    unit = acting_unit(dossier.state, work.caller.role)
    return Entry(dossier.state.version + 1, action, work.now, work.now, unit, data)
