"""Updates spans, occurrences and counts with each change, and after a correction."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, update

from app.database import Connection, Prepared
from app.database.tables import entries, occurrences, pending_increments, spans
from app.domain.lifecycle import Action, Entry, effective, states
from app.domain.localtime import local_date
from app.domain.state import DossierState
from app.rollups.facts import (
    STEP,
    History,
    Occurrence,
    Span,
    SpanKey,
    effective_at,
    occurrences_of,
    project,
    span_keys,
)
from app.rollups.increments import Counts, Place, content_of

Row = dict[str, Any]
TableRow = tuple[Table, Row]


@dataclass(frozen=True, slots=True)
class Late:
    """A change to figures of past days: from `since` on, for the units that had the dossier until then."""

    since: datetime
    units: Collection[int]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a dossier with the states before (None for the first entry) and after."""

    dossier_id: int
    place: Place
    before: DossierState | None
    after: DossierState
    entry: Entry
    late: Late | None = None


def _close(*phases: str) -> Prepared:
    return Prepared(
        update(spans)
        .where(
            spans.c.dossier_id == bindparam("dossier"),
            spans.c.to_at.is_(None),
            spans.c.from_at <= bindparam("end", type_=spans.c.from_at.type),
            *([spans.c.phase == STEP] if phases == (STEP,) else [spans.c.phase != STEP] if phases else []),
        )
        .values(to_at=bindparam("end", type_=spans.c.to_at.type))
        .returning(spans.c.number)
    )


# Statements that end current spans, by the set of lanes: the dossier (False), its step (True).
_CLOSE = {
    frozenset({False}): _close("dossier"),
    frozenset({True}): _close(STEP),
    frozenset({False, True}): _close(),
}
_BEGAN_LATER = Prepared(
    select(spans.c.number).where(
        spans.c.dossier_id == bindparam("dossier"), spans.c.to_at.is_(None), spans.c.from_at > bindparam("at")
    )
)
_DELETE = tuple(
    Prepared(delete(table).where(table.c.dossier_id == bindparam("dossier"))) for table in (spans, occurrences)
)
_JOURNAL = Prepared(select(entries).where(entries.c.dossier_id == bindparam("dossier")).order_by(entries.c.sequence))

_KEY_COLUMNS = tuple(field.name for field in fields(SpanKey))
_OCCURRENCE_COLUMNS = tuple(field.name for field in fields(Occurrence))


def rows(dossier_id: int, place: Place, history: History, counts: Counts) -> list[TableRow]:
    """The rows of `spans` and `occurrences`, each with its table, for a complete effective journal.

    Adds their counts to `counts`.
    """
    span_facts, occurrence_facts = project(history)
    counts.add_dossier(place, span_facts, occurrence_facts)
    return rows_of(dossier_id, span_facts, occurrence_facts)


def rows_of(dossier_id: int, span_facts: Iterable[Span], occurrence_facts: Iterable[Occurrence]) -> list[TableRow]:
    """The rows of spans and occurrences, each with its table."""
    return [
        *(_span_row(dossier_id, span) for span in span_facts),
        *(_occurrence_row(dossier_id, occurrence) for occurrence in occurrence_facts),
    ]


def increment(counts: Counts) -> list[TableRow]:
    """The row of `pending_increments` with the counts; empty without counts."""
    content = content_of(counts)
    size = sum(map(len, content.values()))
    return [(pending_increments, {"size": size, "content": content})] if content else []


async def follow(connection: Connection, change: Change) -> None:
    """Adds an entry that was just written; for a correction use `rebuild`.

    At most one span of the dossier and one of its step ends, and one of each begins.
    """
    keys_before, keys = span_keys(change.before) if change.before else (), span_keys(change.after)
    at = effective_at(change.before, change.entry)
    ended = [key for key in keys_before if key not in keys]
    # The end of a suspension or of a step sets a due date, which may equal the current one.
    continues = len(ended) < len(keys_before) and not change.entry.data.keys().isdisjoint(("deadline", "step"))
    if keys_before and await _recorded_late(connection, change.dossier_id, ended, at, dated=continues):
        journal = await _journal(connection, change.dossier_id)
        await rebuild(connection, change, history_of(journal[:-1]), history_of(journal))
        return
    counts = late_counts(change)
    day = local_date(at)
    for key in ended:
        counts.add_start(change.place, key, day, -1)
    new = [Span(change.entry.sequence, at, None, key) for key in keys if key not in keys_before]
    for span in new:
        counts.add_start(change.place, span.key, day)
    occurrence_facts = occurrences_of(change.before, change.after, change.entry)
    for occurrence in occurrence_facts:
        counts.add_occurrence(change.place, occurrence)
    await connection.insert_by_end([*rows_of(change.dossier_id, new, occurrence_facts), *increment(counts)])


async def _recorded_late(
    connection: Connection, dossier_id: int, ended: Sequence[SpanKey], at: datetime, *, dated: bool
) -> bool:
    """Ends the spans with the keys `ended`. True if a current span began after the entry.

    In this case a calendar was published between the event and its recording. If the keys stay the same, only a new
    due date (`dated`) requires the check: it is valid from the event on, that of the calendar from its publication on.
    """
    if ended:
        statement = _CLOSE[frozenset(key.phase == STEP for key in ended)]
        if len(await connection.all(statement, dossier=dossier_id, end=at)) < len(ended):
            return True
    return dated and await connection.scalar(_BEGAN_LATER, dossier=dossier_id, at=at) is not None


async def rebuild(
    connection: Connection, change: Change, before: History, after: History, place_before: Place | None = None
) -> None:
    """Replaces the counts by the effective journal before the entry with those by the journal after it.

    `place_before` is the place before the entry; None if it stays the same.
    """
    for statement in _DELETE:
        await connection.run(statement, dossier=change.dossier_id)
    counts = late_counts(change)
    counts.add_dossier(place_before or change.place, *project(before), sign=-1)
    new = rows(change.dossier_id, change.place, after, counts)
    await connection.insert_by_end([*new, *increment(counts)])


def late_counts(change: Change) -> Counts:
    """The late change of the entry, if it is one."""
    counts = Counts()
    if change.late is not None:
        counts.change_late(change.place, change.late.units, change.late.since, change.entry.recorded_at)
    return counts


def history_of(journal: Sequence[Entry]) -> History:
    """The effective journal with the state after each entry."""
    return list(zip(effective(journal), states(journal), strict=True))


async def _journal(connection: Connection, dossier_id: int) -> list[Entry]:
    return [
        Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data)
        for row in await connection.all(_JOURNAL, dossier=dossier_id)
    ]


def _span_row(dossier_id: int, span: Span) -> TableRow:
    key = {name: getattr(span.key, name) for name in _KEY_COLUMNS}
    return spans, {
        "dossier_id": dossier_id,
        "number": span.number,
        "from_at": span.from_at,
        "to_at": span.to_at,
        **key,
    }


def _occurrence_row(dossier_id: int, occurrence: Occurrence) -> TableRow:
    columns = {name: getattr(occurrence, name) for name in _OCCURRENCE_COLUMNS}
    return occurrences, {"dossier_id": dossier_id, **columns}
