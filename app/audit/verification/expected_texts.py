"""Gives officer, papers and summary of a stored dossier according to the texts of its entries."""

from collections.abc import Mapping
from typing import Any

from app.audit.verification.stored_dossiers import StoredDossier, StoredEntry
from app.domain.lifecycle import Action
from app.dossiers.words_in_force import UNKNOWN, Written, documents_of, in_force, officer_of, summary_of


def expected_texts(dossier: StoredDossier) -> dict[str, Any]:
    """The columns `officer`, `documents` and `summary` according to the texts, without those that remain unknown."""
    journal = in_force(
        [Written(row.sequence, row.type, row.corrects, row.data, _words(dossier, row)) for row in dossier.journal]
    )
    columns = {"officer": officer_of(journal), "documents": documents_of(journal), "summary": summary_of(journal)}
    return {name: value for name, value in columns.items() if value is not UNKNOWN}


def expected_externals(dossier: StoredDossier) -> set[tuple[str, str]] | None:
    """The codes in other systems according to the last edit of them; None if none is known."""
    edits = [row for row in dossier.journal if _edits_externals(row)]
    words = _words(dossier, edits[-1]) if edits else None
    if words is None:
        return None
    return {(external["system"], external["code"]) for external in words.get("external", ())}


def _edits_externals(row: StoredEntry) -> bool:
    return row.type == Action.PARTICULARS and isinstance(row.data, dict) and "external" in row.data.get("fields", ())


def _words(dossier: StoredDossier, row: StoredEntry) -> Mapping[str, Any] | None:
    stored = dossier.texts.get(row.sequence)
    if stored is None:
        return {} if row.text_hash is None else None
    return stored.content if isinstance(stored.content, dict) else None
