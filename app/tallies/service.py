"""Keeps spans and occurrences in step with the journal: with each change, and after a correction."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, update

from app.database import Connection, Prepared
from app.domain.lifecycle import Action, Entry, effective, states
from app.domain.state import DossierState
from app.tables import entries, occurrences, spans
from app.tallies.projection import History, Occurrence, Span, SpanKey, effective_at, occurrences_of, project, span_key

Row = dict[str, Any]
TableRow = tuple[Table, Row]

_CLOSE = Prepared(
    update(spans)
    .where(
        spans.c.dossier_id == bindparam("dossier"),
        spans.c.to_at.is_(None),
        spans.c.from_at <= bindparam("end", type_=spans.c.from_at.type),
    )
    .values(to_at=bindparam("end", type_=spans.c.to_at.type))
    .returning(spans.c.number)
)
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


def rows(dossier_id: int, history: History) -> tuple[list[TableRow], list[TableRow]]:
    """The rows of `spans` and of `occurrences`, each with its table, of a dossier's whole effective journal."""
    found, happened = project(history)
    return [_span_row(dossier_id, one) for one in found], [_occurrence_row(dossier_id, one) for one in happened]


async def follow(
    connection: Connection, dossier_id: int, before: DossierState | None, after: DossierState, entry: Entry
) -> None:
    """Carry on with an entry just written (a correction is for `rebuild`): at most one span ends and one begins."""
    key, known = span_key(after), span_key(before) if before else None
    at = effective_at(before, entry)
    if known and await _recorded_late(connection, dossier_id, at, changed=key != known, dated="deadline" in entry.data):
        await rebuild(connection, dossier_id, await _history(connection, dossier_id))
        return
    new = [_occurrence_row(dossier_id, one) for one in occurrences_of(before, after, entry)]
    if key and key != known:
        new.append(_span_row(dossier_id, Span(entry.sequence, at, None, key)))
    if new:
        await connection.insert_together(new)


async def _recorded_late(connection: Connection, dossier_id: int, at: datetime, *, changed: bool, dated: bool) -> bool:
    """Ends the open span where the key changed; true where that span began after the entry.

    Then a calendar was published after the event and before it was recorded. Where the key is the same, only a new due
    date tells: it holds from the event on, the published one from the publication on.
    """
    if changed:
        return await connection.scalar(_CLOSE, dossier=dossier_id, end=at) is None
    return dated and await connection.scalar(_BEGAN_LATER, dossier=dossier_id, at=at) is not None


async def rebuild(connection: Connection, dossier_id: int, history: History) -> None:
    """Count a dossier anew from its whole effective journal, as a correction makes it necessary."""
    for statement in _FORGET:
        await connection.run(statement, dossier=dossier_id)
    found, happened = rows(dossier_id, history)
    await connection.insert_together([*found, *happened])


async def _history(connection: Connection, dossier_id: int) -> History:
    journal = [
        Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data)
        for row in await connection.all(_JOURNAL, dossier=dossier_id)
    ]
    return list(zip(effective(journal), states(journal), strict=True))


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
