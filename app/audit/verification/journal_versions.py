"""Versions of a journal before and after each correction, and the counts that follow from them."""

from collections.abc import Iterable, Iterator, Sequence

from app.audit.verification.stored_dossiers import StoredEntry
from app.domain.lifecycle import Action, Entry, apply, effective
from app.domain.state import DossierState
from app.dossiers.rows import units_of
from app.rollups.facts import Occurrence, Span, project
from app.rollups.increments import Counts, Place

# Effective entries with the state after each.
Version = Sequence[tuple[Entry, DossierState]]


def journal_of(rows: Iterable[StoredEntry]) -> list[Entry]:
    """The journal in rows of `entries`."""
    return [
        Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data) for row in rows
    ]


def versions(journal: Sequence[Entry]) -> Iterator[Version]:
    """The journal before each correction that took effect, and the current journal."""
    ends = [entry.sequence - 1 for entry in journal if entry.replaces]
    for end in (*ends, len(journal)):
        state: DossierState | None = None
        version: list[tuple[Entry, DossierState]] = []
        for entry in effective(journal[:end]):
            state = apply(state, entry)
            version.append((entry, state))
        yield version


def count_into(
    counts: Counts, history: Sequence[Version], rows: Sequence[StoredEntry]
) -> tuple[list[Span], list[Occurrence]]:
    """Adds the counts of one dossier to `counts`; its spans and occurrences. `rows` are its journal."""
    opening, state = history[-1][0][0], history[-1][-1][1]
    place = Place(state.receiving_unit, opening.data["procedure"], state.channel)
    spans, occurrences = project(history[-1])
    counts.add_dossier(place, spans, occurrences)
    units: set[int] = set()
    counted = 0
    for version in history:
        # A correction changes figures of all units before it and of the units that it brings in.
        for entry, after in version:
            units |= units_of(after)
            if entry.sequence > counted:
                row = rows[entry.sequence - 1]
                if row.changes_from is not None:
                    counts.change_late(place, units, row.changes_from, row.recorded_at)
        counted = version[-1][0].sequence
    return spans, occurrences
