"""Decides corrections: a request, an approval or a rejection becomes a journal entry, or is refused (rules §8)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from app.access.client_names import client_key
from app.access.grants import common_issuer
from app.domain.calendar import CalendarMissing
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import AUTOMATIC, TRANSITIONS, Action, Entry, Role, may
from app.domain.state import Flag, PendingCorrection
from app.dossiers.action_schemas import ApproveCorrectionIn, CorrectIn, RejectCorrectionIn, VoidIn
from app.dossiers.correction_changes import CorrectionRequest, EntryChange, change_of, void_of
from app.dossiers.permissions import acting_unit, may_read, needs_names, permissions_for
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
    _require_none_pending(dossier, body.sequence, allowed)
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


def decide_void(
    work: UnitOfWork, dossier: Dossier, journal: Sequence[JournalEntry], body: VoidIn
) -> CorrectionDecision:
    """The entry that voids another at once, or asks for it (rules §8).

    Raises Forbidden `void_needs_supervisor` where another caller may only ask. Raises NotAllowed if a correction of the
    entry is pending, the entry has another way back, or later entries need it.
    """
    alone = _may_void_alone(work, journal, body.sequence)
    allowed = _require_permission(work, dossier, Action.VOID, body, recorded_last=alone)
    _require_none_pending(dossier, body.sequence, allowed)
    try:
        change = void_of(work.reference, dossier, journal, body.sequence, work.now)
    except NotAllowed as refusal:
        refusal.extra["allowed_actions"] = allowed
        raise
    words = {"reason": body.reason, "note": body.note}
    data: dict[str, Any] = {"sequence": body.sequence}
    if alone:
        data |= {"replaced": change.replaced, "flags": [Flag.UNDONE.value]}
        entry = replace(_entry(work, dossier, Action.VOID, data), unit=change.entry.unit)
        return CorrectionDecision(entry, words, change)
    if Role.SUPERVISOR in permissions_for(dossier.state, work.caller, work.scope_for(dossier)).roles:
        data["asked_by"] = work.caller.client
        return CorrectionDecision(_entry(work, dossier, Action.VOID, data), words, change)
    minutes = int(work.undo.total_seconds()) // 60
    detail = (
        f"You can void only your own last entry, within {minutes} minutes. After that a supervisor asks for it and "
        "another one approves."
    )
    raise Forbidden("void_needs_supervisor", detail, allowed_actions=allowed)


def _may_void_alone(work: UnitOfWork, journal: Sequence[JournalEntry], sequence: int) -> bool:
    """True for the last entry of this client, within the time for it."""
    if sequence > len(journal):
        return False
    written, later = journal[sequence - 1], journal[sequence:]
    return (
        written.client == work.caller.client
        and needs_names(work.caller.role)
        and may_read(work.scope, {written.entry.unit})
        and work.now - written.entry.recorded_at <= work.undo
        and written.entry.type not in AUTOMATIC
        and all(other.entry.type in AUTOMATIC for other in later)
    )


async def decide_approval(
    work: UnitOfWork, dossier: Dossier, journal: Sequence[JournalEntry], body: ApproveCorrectionIn
) -> CorrectionDecision:
    """The entry that carries out a pending correction, decided again on the present journal.

    Raises Forbidden `own_correction`, `approval_not_proven` or `approver_not_independent`. Raises NotAllowed
    `correction_not_pending`, and `journal_not_lawful` if the correction is no longer lawful; it stays pending then.
    """
    allowed = _require_permission(work, dossier, Action.APPROVE_CORRECTION, body)
    pending = _pending(dossier, body.sequence, allowed)
    if client_key(pending.client) == client_key(work.caller.client):
        detail = "The client that asked for a correction cannot approve it: another client has to."
        raise Forbidden("own_correction", detail, allowed_actions=allowed)
    await _require_second_person(work, pending, allowed)
    request = journal[pending.sequence - 1]
    try:
        change = _change_asked_for(work, dossier, journal, request)
    except CalendarMissing:
        raise
    except (NotAllowed, NotFound, Invalid) as refusal:
        raise NotAllowed("journal_not_lawful", refusal.detail, allowed_actions=allowed) from refusal
    changes = {"changes": request.entry.data["changes"]} if request.entry.type is Action.CORRECT else {}
    data = {
        "correction": pending.sequence,
        "sequence": pending.entry,
        **changes,
        "replaced": change.replaced,
        "flags": [Flag.CORRECTED.value],
    }
    # The new words are stored with the entry that gives them effect, as the new data are.
    words = {"note": body.note, "changes": change.words}
    return CorrectionDecision(_entry(work, dossier, Action.APPROVE_CORRECTION, data), words, change)


async def _require_second_person(work: UnitOfWork, pending: PendingCorrection, allowed: list[str]) -> None:
    """Refuses an approver without proof of who it is, or who is not independent of the asker (rules §8, §21)."""
    if not work.caller.strong:
        detail = (
            "Approving needs a sign-in at the provider or with your second factor. After a reset by an administrator "
            "this right rests for a week."
        )
        raise Forbidden("approval_not_proven", detail, allowed_actions=allowed)
    issuer = await common_issuer(work.connection, pending.client, pending.asked_at, work.caller)
    if issuer is None:
        return
    if work.caller.person is not None:
        detail = (
            f"The client {issuer} asked, or gave access: you and the client that asked would be no two persons. "
            "Another supervisor has to approve."
        )
    else:
        detail = (
            f"The client {issuer} gave access to both you and the client that asked: this would be no second person. "
            "Approve with a token that another administrator issued or rotated, or an operator by a command."
        )
    raise Forbidden("approver_not_independent", detail, allowed_actions=allowed)


def _change_asked_for(
    work: UnitOfWork, dossier: Dossier, journal: Sequence[JournalEntry], request: JournalEntry
) -> EntryChange:
    sequence = request.entry.data["sequence"]
    if request.entry.type is Action.VOID:
        return void_of(work.reference, dossier, journal, sequence, work.now)
    changes = {**request.entry.data["changes"], **request.texts.get("changes", {})}
    return change_of(work.reference, dossier, journal, CorrectionRequest(sequence, changes, work.now))


def decide_rejection(work: UnitOfWork, dossier: Dossier, body: RejectCorrectionIn) -> tuple[Entry, Mapping[str, Any]]:
    """The entry that ends a pending correction without effect, and its words.

    Raises NotAllowed `correction_not_pending`.
    """
    allowed = _require_permission(work, dossier, Action.REJECT_CORRECTION, body)
    pending = _pending(dossier, body.sequence, allowed)
    data = {"correction": pending.sequence, "sequence": pending.entry}
    words = {"reason": body.reason, "note": body.note}
    return _entry(work, dossier, Action.REJECT_CORRECTION, data), words


def _require_permission(
    work: UnitOfWork, dossier: Dossier, action: Action, body: ActIn, *, recorded_last: bool = False
) -> list[str]:
    """The actions that this caller may do now; raises Forbidden if this correction is never among them."""
    permissions = permissions_for(dossier.state, work.caller, work.scope_for(dossier))
    if recorded_last:
        permissions = replace(permissions, recorded_last=True)
    allowed = allowed_now(work, dossier, permissions)
    if not may(dossier.state, action, permissions):
        raise Forbidden("action_not_yours", f"You may not {action} this dossier.", allowed_actions=allowed)
    if dossier.state.status not in TRANSITIONS[action].sources:
        detail = "The dossier is annulled: its first entry was made by mistake."
        raise NotAllowed("not_possible", detail, allowed_actions=allowed)
    if body.at is not None:
        raise Invalid("invalid", "A correction happens now; the entry's own time goes into changes.", pointer="/at")
    return allowed


def _require_none_pending(dossier: Dossier, sequence: int, allowed: list[str]) -> None:
    for pending in dossier.state.corrections:
        if pending.entry == sequence:
            detail = f"A correction of entry {sequence} is pending: entry {pending.sequence}."
            raise NotAllowed("correction_pending", detail, allowed_actions=allowed)


def _pending(dossier: Dossier, sequence: int, allowed: list[str]) -> PendingCorrection:
    for pending in dossier.state.corrections:
        if pending.sequence == sequence:
            return pending
    detail = f"Entry {sequence} is no pending correction."
    raise NotAllowed("correction_not_pending", detail, allowed_actions=allowed)


def _entry(work: UnitOfWork, dossier: Dossier, action: Action, data: Mapping[str, Any]) -> Entry:
    unit = acting_unit(dossier.state, work.caller.role)
    return Entry(dossier.state.version + 1, action, work.now, work.now, unit, data)
