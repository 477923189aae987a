"""Checks the rows of one journal: hash chain, approvals of corrections, and marks of changed figures."""

from collections.abc import Iterator

from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import StoredDossier, StoredEntry
from app.domain.hash_chain import START, hash_of
from app.domain.lifecycle import Action
from app.domain.state import Flag
from app.dossiers.chain import entry_content
from app.dossiers.rows import changes_from

# Corrections that took effect, and voids at once.
_CHANGING = frozenset({Flag.CORRECTED, Flag.UNDONE})
_REQUESTS = frozenset({Action.CORRECT, Action.VOID})
_DECISIONS = frozenset({Action.APPROVE_CORRECTION, Action.REJECT_CORRECTION})


def chain_differences(dossier: StoredDossier) -> Iterator[Difference]:
    """Entries with a hash other than that of their content and the hash before, and a wrong last hash (rules §13)."""
    previous = START
    for row in dossier.journal:
        expected = hash_of(entry_content(dossier.code, previous, row.hashed()))
        if row.hash != expected:
            yield Difference(dossier.code, row.sequence, "hash", expected, row.hash)
        previous = row.hash
    if dossier.columns["journal_hash"] != previous:
        yield Difference(dossier.code, None, "journal_hash", previous, dossier.columns["journal_hash"])


def mark_differences(dossier: StoredDossier) -> Iterator[Difference]:
    """Entries with a wrong mark for changes of figures of the past (rules §11)."""
    for row in dossier.journal:
        flags = row.data.get("flags", ()) if isinstance(row.data, dict) else ()
        changes = not _CHANGING.isdisjoint(flags) or changes_from(row.occurred_at, row.recorded_at, flags) is not None
        if changes != (row.changes_from is not None):
            yield Difference(dossier.code, row.sequence, "changes_from", "as the flags require", row.changes_from)


def approval_differences(dossier: StoredDossier) -> Iterator[Difference]:
    """Decisions on corrections that were not pending, and approvals by the client of the request (rules §8)."""
    pending: dict[int, StoredEntry] = {}
    for row in dossier.journal:
        fault: tuple[str, object, object] | None = None
        if row.type in _REQUESTS and "asked_by" in row.data:
            pending[row.sequence] = row
            if row.data["asked_by"] != row.client:
                fault = ("asked_by", row.client, row.data["asked_by"])
        elif row.type == Action.VOID:
            fault = _fault_of_void(row, dossier.journal[row.data["sequence"] - 1])
        elif row.type in _DECISIONS:
            fault = _fault_of_decision(row, pending.pop(row.data["correction"], None))
        if fault:
            yield Difference(dossier.code, row.sequence, *fault)


def _fault_of_void(row: StoredEntry, voided: StoredEntry) -> tuple[str, object, object] | None:
    """The field with its expected and actual value; None for a void at once by the client of the entry (rules §8)."""
    return None if row.client == voided.client else ("client", voided.client, row.client)


def _fault_of_decision(row: StoredEntry, request: StoredEntry | None) -> tuple[str, object, object] | None:
    """The field with its expected and actual value; None for a proper decision."""
    if request is None:
        return "correction", "a pending correction", row.data["correction"]
    if row.data["sequence"] != request.data["sequence"]:
        return "sequence", request.data["sequence"], row.data["sequence"]
    if row.type == Action.REJECT_CORRECTION:
        return None
    if row.client == request.client:
        return "client", "a client other than that of the request", row.client
    if row.data.get("changes") != request.data.get("changes"):
        return "changes", request.data.get("changes"), row.data.get("changes")
    return None
