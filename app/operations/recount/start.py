"""Begins a recount: chooses the entries that it counts, and subtracts what is stored of them."""

import asyncio
import random

from sqlalchemy import bindparam, delete, func, select

from app.audit.verification.stored_dossiers import COUNT
from app.database import Database, DatabaseUnavailable, IntegrityFailed, Prepared, schema
from app.database.shared_state import writing_in_a_state
from app.database.tables import dossiers, entries, pending_increments, recounts
from app.operations.recount import apart, progress
from app.rollups.roll_up import write
from app.rollups.scratch import pending_counts

_LAST_ENTRY = Prepared(select(func.coalesce(func.max(entries.c.id), 0)))
_LAST = Prepared(select(func.coalesce(func.max(dossiers.c.id), 0)))
_DROP = Prepared(delete(pending_increments).where(pending_increments.c.id == bindparam("row")))
# Seconds to wait for running writers. New writers wait behind this lock.
_PATIENCE = 1.0
_TRIES = 30
_PAUSE = (0.2, 1.5)


async def begin(database: Database) -> None:
    """Begins a recount, unless one of this schema is under way.

    Later increments add to the counts of the entries that were there. So the recount needs the difference for these
    entries alone. Raises DatabaseUnavailable if running writers do not end in time, try after try.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            await _begin(database)
        except IntegrityFailed:
            return  # another process has begun it
        except DatabaseUnavailable:
            if not tries_left:
                raise
            await asyncio.sleep(random.uniform(*_PAUSE))  # noqa: S311 - no secret
        else:
            return


async def _begin(database: Database) -> None:
    revision = schema.head()
    async with database.reading() as connection:
        run = await progress.under_way(connection)
    if run is not None and run.revision == revision:
        return
    async with writing_in_a_state(database, entries, _PATIENCE) as connection:
        if run is not None:
            await progress.end(connection)
            await apart.clear(connection)
        bounds = {"last_entry": await connection.scalar(_LAST_ENTRY), "last_dossier": await connection.scalar(_LAST)}
        row = {"id": 1, "revision": revision, **bounds, "dossiers": await connection.scalar(COUNT)}
        await connection.insert(recounts, {**row, "position": 0, "counted": 0, "again": False})
        await apart.subtract_stored(connection)
        async for page, foreign in pending_counts(connection):
            for counts in page:
                await write(connection, counts.taken_back(), apart.APART)
            for unread in foreign:
                # Nobody can add it to the figures, and it ends each roll-up.
                await connection.run(_DROP, row=unread.key)
