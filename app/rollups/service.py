"""Keeps spans, occurrences and counts in step with the journal: with each change, and after a correction."""

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
    """An entry that changes figures of days gone by: since when, and of which units, those that had it until then."""

    since: datetime
    units: Collection[int]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a dossier: what the dossier was before it (None: nothing) and what it is after."""

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


# Of the spans that hold, whether the dossier's (False) and its step's (True) are closed.
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
_FORGET = tuple(
    Prepared(delete(table).where(table.c.dossier_id == bindparam("dossier"))) for table in (spans, occurrences)
)
_JOURNAL = Prepared(select(entries).where(entries.c.dossier_id == bindparam("dossier")).order_by(entries.c.sequence))

_KEY_COLUMNS = tuple(field.name for field in fields(SpanKey))
_OCCURRENCE_COLUMNS = tuple(field.name for field in fields(Occurrence))


def rows(dossier_id: int, place: Place, history: History, counts: Counts) -> list[TableRow]:
    """The rows of `spans` and of `occurrences`, each with its table, of a dossier's whole effective journal.

    What they count is added to `counts`.
    """
    found, happened = project(history)
    counts.whole(place, found, happened)
    return rows_of(dossier_id, found, happened)


def rows_of(dossier_id: int, found: Iterable[Span], happened: Iterable[Occurrence]) -> list[TableRow]:
    """The rows that keep spans and occurrences."""
    return [*(_span_row(dossier_id, item) for item in found), *(_occurrence_row(dossier_id, item) for item in happened)]


def increment(counts: Counts) -> list[TableRow]:
    """The row that appends what is counted; none where it is nothing."""
    content = content_of(counts)
    size = sum(map(len, content.values()))
    return [(pending_increments, {"size": size, "content": content})] if content else []


async def follow(connection: Connection, change: Change) -> None:
    """Carry on with an entry just written (a correction is for `rebuild`).

    Of the dossier and of its step at most one span ends and one begins.
    """
    known, keys = span_keys(change.before) if change.before else (), span_keys(change.after)
    at = effective_at(change.before, change.entry)
    ended = [key for key in known if key not in keys]
    # What ends a suspension or a step sets a date, which may be the one that holds already.
    goes_on = len(ended) < len(known) and not change.entry.data.keys().isdisjoint(("deadline", "step"))
    if known and await _recorded_late(connection, change.dossier_id, ended, at, dated=goes_on):
        journal = await _journal(connection, change.dossier_id)
        await rebuild(connection, change, history_of(journal[:-1]), history_of(journal))
        return
    counts = counted_late(change)
    day = local_date(at)
    for key in ended:
        counts.begin(change.place, key, day, -1)
    new = [Span(change.entry.sequence, at, None, key) for key in keys if key not in known]
    for span in new:
        counts.begin(change.place, span.key, day)
    happened = occurrences_of(change.before, change.after, change.entry)
    for item in happened:
        counts.happen(change.place, item)
    await connection.insert_by_end([*rows_of(change.dossier_id, new, happened), *increment(counts)])


async def _recorded_late(
    connection: Connection, dossier_id: int, ended: Sequence[SpanKey], at: datetime, *, dated: bool
) -> bool:
    """Ends the spans whose keys no longer hold; true where one that holds began after the entry.

    Then a calendar was published after the event and before it was recorded. Where a key is the same, only a new due
    date tells: it holds from the event on, the published one from the publication on.
    """
    if ended:
        statement = _CLOSE[frozenset(key.phase == STEP for key in ended)]
        if len(await connection.all(statement, dossier=dossier_id, end=at)) < len(ended):
            return True
    return dated and await connection.scalar(_BEGAN_LATER, dossier=dossier_id, at=at) is not None


async def rebuild(
    connection: Connection, change: Change, before: History, after: History, place_before: Place | None = None
) -> None:
    """Count a dossier anew: no longer by its effective journal before the entry, but by the one after it.

    `place_before` is where it was counted until then, None where that stays.
    """
    for statement in _FORGET:
        await connection.run(statement, dossier=change.dossier_id)
    counts = counted_late(change)
    counts.whole(place_before or change.place, *project(before), sign=-1)
    new = rows(change.dossier_id, change.place, after, counts)
    await connection.insert_by_end([*new, *increment(counts)])


def counted_late(change: Change) -> Counts:
    """What the entry says of figures already given."""
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


def _occurrence_row(dossier_id: int, one: Occurrence) -> TableRow:
    return occurrences, {"dossier_id": dossier_id, **{name: getattr(one, name) for name in _OCCURRENCE_COLUMNS}}
