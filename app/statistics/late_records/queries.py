"""Query of late records, the latest first, from an index with late records alone."""

from datetime import datetime, timedelta

from sqlalchemy import literal, select, text, tuple_

from app.database import Connection, Row
from app.database.tables import RECORDED_LATE, dossiers, entries, entry_texts
from app.domain.localtime import at_minute
from app.http.pagination import decode_cursor, encode_cursor, foreign_cursor
from app.statistics.late_records.parameters import LateRecordFilter

_DAY = timedelta(days=1)
_SELECT = (
    select(
        entries.c.id,
        entries.c.dossier_id,
        dossiers.c.code,
        entries.c.sequence,
        entries.c.type,
        entries.c.unit_id,
        entries.c.occurred_at,
        entries.c.recorded_at,
        entries.c.client,
        entry_texts.c.content,
    )
    .join(dossiers, dossiers.c.id == entries.c.dossier_id)
    .outerjoin(
        entry_texts,
        (entry_texts.c.dossier_id == entries.c.dossier_id) & (entry_texts.c.sequence == entries.c.sequence),
    )
    .where(text(RECORDED_LATE))
    .order_by(entries.c.recorded_at.desc(), entries.c.id.desc())
)


async def late_records(
    connection: Connection, filters: LateRecordFilter, limit: int, cursor: str | None
) -> tuple[list[Row], str | None]:
    """One page of the records, and the cursor of the next."""
    statement = _SELECT.where(entries.c.type.in_(list(filters.types)))
    if filters.units is not None:
        statement = statement.where(entries.c.unit_id.in_(sorted(filters.units)))
    if filters.first is not None:
        statement = statement.where(entries.c.recorded_at >= at_minute(filters.first, 0))
    if filters.last is not None:
        statement = statement.where(entries.c.recorded_at < at_minute(filters.last + _DAY, 0))
    if cursor is not None:
        at, last = decode_cursor(cursor, datetime, int)
        if at is None or last is None:
            raise foreign_cursor()
        place = (literal(at, entries.c.recorded_at.type), literal(last, entries.c.id.type))
        statement = statement.where(tuple_(entries.c.recorded_at, entries.c.id) < tuple_(*place))
    rows = await connection.all(statement.limit(limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    return rows, encode_cursor((rows[-1].recorded_at, rows[-1].id)) if more else None
