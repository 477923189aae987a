"""Derives officer, papers and summary of a dossier from the texts of its entries."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.audit.verification.stored_dossiers import StoredDossier, StoredEntry
from app.domain.lifecycle import CORRECTIONS, Action

# The value of a column if a text that it depends on was purged or is not stored.
_UNKNOWN: Final = object()
_WITH_PAPERS = frozenset({Action.SUBMIT, Action.RECEIVE, Action.SUPPLEMENT})

# The text of each entry by its sequence; None if it was purged or changed.
Texts = Mapping[int, Mapping[str, Any] | None]


def expected_texts(dossier: StoredDossier) -> dict[str, Any]:
    """The columns `officer`, `documents` and `summary` according to the texts, without those that remain unknown."""
    texts = {row.sequence: _text(dossier, row) for row in dossier.journal}
    columns = {
        "officer": _officer(dossier.journal, texts),
        "documents": _documents(dossier.journal, texts),
        "summary": _summary(dossier.journal, texts),
    }
    return {name: value for name, value in columns.items() if value is not _UNKNOWN}


def _text(dossier: StoredDossier, row: StoredEntry) -> Mapping[str, Any] | None:
    stored = dossier.texts.get(row.sequence)
    if stored is None:
        return {} if row.text_hash is None else None
    return stored.content if isinstance(stored.content, dict) else None


def _officer(journal: Sequence[StoredEntry], texts: Texts) -> Any:
    """The officer of the last entry that names one. A correction renames it unless a later entry does (rules §8)."""
    officer: Any = None
    for row in journal:
        text = texts[row.sequence]
        if row.type in CORRECTIONS and row.corrects is None:
            continue  # a request or a rejection
        if text is None:
            officer = _UNKNOWN
        elif row.type not in CORRECTIONS:
            officer = text.get("officer", officer)
        elif "officer" in text.get("changes", {}):
            later = [
                texts[entry.sequence] for entry in journal[row.corrects : row.sequence] if entry.type not in CORRECTIONS
            ]
            if not any(other and "officer" in other for other in later):
                officer = _UNKNOWN if None in later else text["changes"]["officer"]
    return officer


def _documents(journal: Sequence[StoredEntry], texts: Texts) -> Any:
    """The papers received, or the papers of a later edit of particulars."""
    papers: Any = []
    for row in journal:
        text = texts[row.sequence]
        if row.type in _WITH_PAPERS and text is None and "documents" in row.data.get("texts", ()):
            papers = _UNKNOWN
        elif row.type in _WITH_PAPERS and text and papers is not _UNKNOWN:
            papers = [*papers, *text.get("documents", ())]
        elif row.type == Action.PARTICULARS and "documents" in row.data["fields"]:
            papers = _UNKNOWN if text is None else text.get("documents", [])
    return papers


def _summary(journal: Sequence[StoredEntry], texts: Texts) -> Any:
    """The summary of the last edit of particulars. The first summary is only in the row of the dossier."""
    summary: Any = _UNKNOWN
    for row in journal:
        if row.type == Action.PARTICULARS and "summary" in row.data["fields"]:
            text = texts[row.sequence]
            summary = _UNKNOWN if text is None else text.get("summary")
    return summary
