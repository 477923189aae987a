"""Purges dossiers that were closed long ago: applicants, words and papers go, journal, hashes and figures stay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import bindparam, delete, exists, func, select, text, update

from app.database import Connection, Database, Prepared
from app.database.tables import access_log, applicants, dossiers, entry_texts, purges, rating_comments
from app.domain.localtime import at_minute, local_date
from app.dossiers.details import Row
from app.http.idempotency.answers import codes_told, forget

Progress = Callable[[int, int], None]

# Dossiers purged in one transaction: others get to write in between.
_BATCH = 200

_LONG_CLOSED = (
    dossiers.c.closed.is_(True),
    dossiers.c.last_occurred_at < bindparam("before"),
    # Whoever decides on a correction needs what its request says, and may find that it was closed later.
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
_OLD_VIEWS = access_log.c.viewed_at < bindparam("before")
_COUNT_VIEWS = Prepared(select(func.count()).select_from(access_log).where(_OLD_VIEWS))
_FORGET_VIEWS = Prepared(delete(access_log).where(_OLD_VIEWS))
# What is deleted is overwritten, instead of lying in the file until its place is needed.
_OVERWRITE = Prepared(text("PRAGMA secure_delete = ON"))


@dataclass(frozen=True, slots=True)
class Purged:
    """How many dossiers were purged, or would be, and how many rows of the access log."""

    dossiers: int
    views: int = 0


def years_before(now: datetime, years: int) -> datetime:
    """The beginning of today's date so many years ago; of 28 February for the 29th where there is none."""
    today = local_date(now)
    year = today.year - years
    day = date(year, 2, 28) if (today.month, today.day) == (2, 29) else date(year, today.month, today.day)
    return at_minute(day, 0).astimezone(UTC)


async def would_purge(database: Database, before: datetime, views_before: datetime | None) -> Purged:
    """What `purge` would do."""
    async with database.reading() as connection:
        views = 0 if views_before is None else await connection.scalar(_COUNT_VIEWS, before=views_before)
        return Purged(await connection.scalar(_COUNT, before=before), views)


async def purge(
    database: Database,
    now: datetime,
    before: datetime,
    views_before: datetime | None = None,
    progress: Progress | None = None,
) -> Purged:
    """Purges what was closed before the instant, and forgets views before theirs; a rerun goes on where it ended.

    Views of the last two years are kept by the database itself, which refuses otherwise. Raises KeysUnusable where
    there are kept answers and they cannot be opened; what they are about is purged by then.
    """
    total = (await would_purge(database, before, views_before)).dossiers
    done = after = 0
    while True:
        async with database.writing() as connection:
            if connection.dialect == "sqlite":
                await connection.all(_OVERWRITE)
            ids = [row.id for row in await connection.all(_NEXT, before=before, after=after)]
            await _take_away(connection, ids, now, before)
        if not ids:
            break
        done, after = done + len(ids), ids[-1]
        if progress:
            progress(done, max(total, done))
    await _forget_answers(database)
    if views_before is None:
        return Purged(done)
    async with database.writing() as connection:
        return Purged(done, await connection.run(_FORGET_VIEWS, before=views_before))


async def _forget_answers(database: Database) -> None:
    """Deletes the answers kept for retries that tell of purged dossiers; later ones tell of none, as none changes.

    Mending particulars is no event: one that was closed long ago may have been mended just now.
    """
    after: str | None = ""
    while after is not None:
        async with database.writing() as connection:
            codes, after = await codes_told(connection, after, _BATCH)
            told = await connection.all(_PURGED, codes=sorted(set(codes.values())))
            gone = {row.code for row in told}
            await forget(connection, [answer for answer, code in codes.items() if code in gone])


async def _take_away(connection: Connection, ids: list[int], now: datetime, before: datetime) -> None:
    for table in (applicants, entry_texts, rating_comments):
        await connection.run(delete(table).where(table.c.dossier_id.in_(ids)))
    empty: Row = {"summary": None, "documents": [], "officer": None}
    await connection.run(update(dossiers).where(dossiers.c.id.in_(ids)).values(empty))
    rows = [{"dossier_id": one, "purged_at": now, "closed_before": before} for one in ids]
    await connection.insert_many(purges, rows)
