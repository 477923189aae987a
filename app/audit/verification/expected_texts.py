"""What the words beside a journal tell of a dossier's row: who works on it, its papers, what is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.audit.verification.stored_dossiers import Kept
from app.domain.lifecycle import CORRECTIONS, Action

# What nobody can tell: the words were purged, or never stood beside the journal.
_UNKNOWN: Final = object()
_BRINGING = frozenset({Action.SUBMIT, Action.RECEIVE, Action.SUPPLEMENT})

Words = Mapping[str, Any]


def told_by_words(kept: Kept) -> dict[str, Any]:
    """The columns `officer`, `documents` and `summary` as the words give them, without those that they do not tell."""
    words = {row.sequence: _words(kept, row) for row in kept.journal}
    told = {
        "officer": _officer(kept.journal, words),
        "documents": _documents(kept.journal, words),
        "summary": _summary(kept.journal, words),
    }
    return {name: value for name, value in told.items() if value is not _UNKNOWN}


def _words(kept: Kept, row: Any) -> Words | None:
    """What was written with an entry, None where it was purged or is no longer what was written."""
    written = kept.texts.get(row.sequence)
    if written is None:
        return {} if row.text_hash is None else None
    return written.content if isinstance(written.content, dict) else None


def _officer(journal: Sequence[Any], words: Mapping[int, Words | None]) -> Any:
    """Whom the last entry names that names one; a correction renames unless a later entry named somebody (rules §8)."""
    officer: Any = None
    for row in journal:
        said = words[row.sequence]
        if row.type in CORRECTIONS and row.corrects is None:
            continue  # it took no effect
        if said is None:
            officer = _UNKNOWN
        elif row.type not in CORRECTIONS:
            officer = said.get("officer", officer)
        elif "officer" in said.get("changes", {}):
            later = [
                words[entry.sequence] for entry in journal[row.corrects : row.sequence] if entry.type not in CORRECTIONS
            ]
            if not any(answer and "officer" in answer for answer in later):
                officer = _UNKNOWN if None in later else said["changes"]["officer"]
    return officer


def _documents(journal: Sequence[Any], words: Mapping[int, Words | None]) -> Any:
    """The papers that came in, or what mended particulars put in their place."""
    papers: Any = []
    for row in journal:
        said = words[row.sequence]
        if row.type in _BRINGING and said is None and "documents" in row.data.get("texts", ()):
            papers = _UNKNOWN
        elif row.type in _BRINGING and said and papers is not _UNKNOWN:
            papers = [*papers, *said.get("documents", ())]
        elif row.type == Action.PARTICULARS and "documents" in row.data["fields"]:
            papers = _UNKNOWN if said is None else said.get("documents", [])
    return papers


def _summary(journal: Sequence[Any], words: Mapping[int, Words | None]) -> Any:
    """What mended particulars say; that of the first entry is kept in the row alone."""
    summary: Any = _UNKNOWN
    for row in journal:
        if row.type == Action.PARTICULARS and "summary" in row.data["fields"]:
            said = words[row.sequence]
            summary = _UNKNOWN if said is None else said.get("summary")
    return summary
