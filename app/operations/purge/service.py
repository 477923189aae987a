"""Purges dossiers closed long ago: deletes applicants, free text and papers, keeps journal, hashes and figures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import bindparam, delete, exists, func, select, text, update

from app.database import Connection, Database, Prepared
from app.database.tables import applicants, dossiers, entry_texts, participants, purges, rating_comments
from app.domain.localtime import at_minute, local_date
from app.dossiers.details import Row
from app.http.idempotency.responses import delete_responses, dossier_codes
from app.ledger.entries import COMMAND_LINE
from app.ledger.service import record
from app.operations.purge.views import count_views, purge_views

Progress = Callable[[int, int], None]

# Dossiers of one transaction. Other writers take turns between transactions.
_BATCH = 200

_LONG_CLOSED = (
    dossiers.c.closed.is_(True),
    dossiers.c.last_occurred_at < bindparam("before"),
    # A decision on a correction needs the text of its request, and may change the date of closing.
    dossiers.c.correction_at.is_(None),
    ~exists().where(purges.c.dossier_id == dossiers.c.id),
)
_COUNT = Prepared(select(func.count()).select_from(dossiers).where(*_LONG_CLOSED))
_NEXT = Prepared(
    select(dossiers.c.id)
    .where(*_LONG_CLOSED, dossiers.c.id > bindparam("after"))
    .order_by(dossiers.c.id)
    .limit(_BATCH)
    .with_for_update()
)
_PURGED = Prepared(
    select(dossiers.c.code)
    .join(purges, purges.c.dossier_id == dossiers.c.id)
    .where(dossiers.c.code.in_(bindparam("codes", expanding=True)))
)
# Overwrites deleted content with zeros. Otherwise it remains in the file until its page is reused.
_OVERWRITE = Prepared(text("PRAGMA secure_delete = ON"))


@dataclass(frozen=True, slots=True)
class PurgeCounts:
    """Numbers of dossiers and of access log entries that a purge deletes.

    `in_log`: a long reading kept the log of SQLite, which may still have deleted words.
    """

    dossiers: int
    views: int = 0
    in_log: bool = False


def years_before(now: datetime, years: int) -> datetime:
    """The start of today's date this number of years ago; 28 February instead of a missing 29th."""
    today = local_date(now)
    year = today.year - years
    day = date(year, 2, 28) if (today.month, today.day) == (2, 29) else date(year, today.month, today.day)
    return at_minute(day, 0).astimezone(UTC)


async def plan(database: Database, before: datetime, views_before: datetime | None) -> PurgeCounts:
    """The counts of a `purge`, without deleting anything."""
    views = 0 if views_before is None else await count_views(database, views_before)
    async with database.reading() as connection:
        return PurgeCounts(await connection.scalar(_COUNT, before=before), views)


async def purge(
    database: Database,
    now: datetime,
    before: datetime,
    views_before: datetime | None = None,
    progress: Progress | None = None,
) -> PurgeCounts:
    """Purges dossiers closed before `before`, and views of months that ended until `views_before`.

    A rerun continues an ended run. A trigger of the database refuses to delete views of the last two years. Raises
    DatabaseUnavailable as `seal`, and KeysUnusable if a stored response cannot be decrypted; its dossier is purged by
    then.
    """
    total = (await plan(database, before, views_before)).dossiers
    done = after = 0
    while True:
        async with database.writing() as connection:
            if connection.dialect == "sqlite":
                await connection.all(_OVERWRITE)
            ids = [row.id for row in await connection.all(_NEXT, before=before, after=after)]
            await _delete_content(connection, ids, now, before)
        if not ids:
            break
        done, after = done + len(ids), ids[-1]
        if progress:
            progress(done, max(total, done))
    await _delete_responses(database)
    views = 0 if views_before is None else await purge_views(database, views_before, now)
    return PurgeCounts(done, views, in_log=not await database.empty_log())


async def _delete_responses(database: Database) -> None:
    """Deletes stored responses about purged dossiers. There are no later ones, as a purged dossier never changes.

    An edit of particulars is no event, so a dossier closed long ago may have a recent response.
    """
    after: str | None = ""
    while after is not None:
        async with database.writing() as connection:
            codes, after = await dossier_codes(connection, after, _BATCH)
            rows = await connection.all(_PURGED, codes=sorted(set(codes.values())))
            purged = {row.code for row in rows}
            await delete_responses(connection, [response for response, code in codes.items() if code in purged])


async def _delete_content(connection: Connection, ids: list[int], now: datetime, before: datetime) -> None:
    commented = select(rating_comments.c.dossier_id).where(rating_comments.c.dossier_id.in_(ids))
    comments = [row.dossier_id for row in await connection.all(commented)]
    for table in (applicants, participants, entry_texts, rating_comments):
        await connection.run(delete(table).where(table.c.dossier_id.in_(ids)))
    empty: Row = {"summary": None, "documents": [], "officer": None}
    await connection.run(update(dossiers).where(dossiers.c.id.in_(ids)).values(empty))
    rows = [{"dossier_id": dossier_id, "purged_at": now, "closed_before": before} for dossier_id in ids]
    await connection.insert_many(purges, rows)
    await record(connection, {rating_comments: comments, purges: ids}, COMMAND_LINE, now)
