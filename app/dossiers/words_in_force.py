"""Derives officer, papers and summary of a dossier from the words of its entries, after corrections (rules §8)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from app.domain.lifecycle import CORRECTIONS, Action

# The value of a field if words that it depends on were purged or are not stored.
UNKNOWN: Final = object()
_WITH_PAPERS = frozenset({Action.SUBMIT, Action.RECEIVE, Action.SUPPLEMENT})


class Written(NamedTuple):
    """One entry with its words; `words` is None if they were purged or changed."""

    sequence: int
    type: str
    corrects: int | None
    data: Mapping[str, Any]
    words: Mapping[str, Any] | None


def in_force(journal: Sequence[Written]) -> list[Written]:
    """The entries of a whole journal that are not voided."""
    voided = {
        int(number)
        for written in journal
        if isinstance(written.data, dict)
        for number, new in written.data.get("replaced", {}).items()
        if "voided" in new
    }
    return [written for written in journal if written.sequence not in voided]


def officer_of(journal: Sequence[Written]) -> Any:
    """The officer of the last entry that names one. A correction renames it unless a later entry does (rules §8)."""
    officer: Any = None
    for position, written in enumerate(journal):
        words = written.words
        if written.type in CORRECTIONS and (written.corrects is None or written.type == Action.VOID):
            continue  # a request, a rejection or a void
        if words is None:
            officer = UNKNOWN
        elif written.type not in CORRECTIONS:
            officer = words.get("officer", officer)
        elif "officer" in words.get("changes", {}):
            later = [
                other.words
                for other in journal[:position]
                if other.sequence > (written.corrects or 0) and other.type not in CORRECTIONS
            ]
            if not any(other and "officer" in other for other in later):
                officer = UNKNOWN if None in later else words["changes"]["officer"]
    return officer


def documents_of(journal: Sequence[Written]) -> Any:
    """The papers received, or the papers of a later edit of particulars."""
    papers: Any = []
    for written in journal:
        words = written.words
        if written.type in _WITH_PAPERS and words is None and "documents" in written.data.get("texts", ()):
            papers = UNKNOWN
        elif written.type in _WITH_PAPERS and words and papers is not UNKNOWN:
            papers = [*papers, *words.get("documents", ())]
        elif written.type == Action.PARTICULARS and "documents" in written.data["fields"]:
            papers = UNKNOWN if words is None else words.get("documents", [])
    return papers


def summary_of(journal: Sequence[Written]) -> Any:
    """The summary of the last edit of particulars. The first summary is only in the row of the dossier."""
    summary: Any = UNKNOWN
    for written in journal:
        if written.type == Action.PARTICULARS and "summary" in written.data["fields"]:
            summary = UNKNOWN if written.words is None else written.words.get("summary")
    return summary
