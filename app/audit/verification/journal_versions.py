"""A journal told as it stood at each time, and what it counts: for the verification and for counting anew."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.domain.lifecycle import Action, Entry, apply, effective
from app.domain.state import DossierState
from app.dossiers.rows import units_of
from app.rollups.facts import Occurrence, Span, project
from app.rollups.increments import Counts, Place

# Entries with the state after each.
Telling = Sequence[tuple[Entry, DossierState]]


def journal_of(rows: Sequence[Any]) -> list[Entry]:
    """The journal in rows of `entries`."""
    return [
        Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data) for row in rows
    ]


def tellings(journal: Sequence[Entry]) -> Iterator[Telling]:
    """The journal as it stood before each correction that took effect, and as it stands."""
    ends = [entry.sequence - 1 for entry in journal if entry.replaces]
    for end in (*ends, len(journal)):
        state: DossierState | None = None
        telling: list[tuple[Entry, DossierState]] = []
        for entry in effective(journal[:end]):
            state = apply(state, entry)
            telling.append((entry, state))
        yield telling


def count_into(counts: Counts, told: Sequence[Telling], rows: Sequence[Any]) -> tuple[list[Span], list[Occurrence]]:
    """Adds what one dossier counts; gives its spans and occurrences. `rows` are its journal's."""
    opening, state = told[-1][0][0], told[-1][-1][1]
    place = Place(state.receiving_unit, opening.data["procedure"], state.channel)
    spans, occurrences = project(told[-1])
    counts.whole(place, spans, occurrences)
    units: set[int] = set()
    known = 0
    for telling in told:
        # What a correction makes of all that went before it concerns the units that it brings in, too.
        for entry, after in telling:
            units |= units_of(after)
            if entry.sequence > known:
                row = rows[entry.sequence - 1]
                if row.changes_from is not None:
                    counts.change_late(place, units, row.changes_from, row.recorded_at)
        known = len(telling)
    return spans, occurrences
