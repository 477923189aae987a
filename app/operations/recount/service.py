"""Recounts all figures from the journals in short transactions, while others write (docs/decisions/0007-rollups.md).

The counts are sums, and each change adds to them. So a recount needs the entries of one moment, counts them apart, and
adds the difference from what was stored at that moment. What was added since stays.
"""

from collections.abc import Callable

from sqlalchemy import select

from app.database import Database, Prepared
from app.database.tables import recount_due
from app.operations.recount.counting import count_step
from app.operations.recount.progress import under_way
from app.operations.recount.start import begin
from app.operations.recount.swap import swap

Progress = Callable[[int, int], None]

_DUE = Prepared(select(recount_due.c.why))


async def recount(database: Database, progress: Progress | None = None) -> int:
    """Recounts every dossier. The number of dossiers.

    Others go on writing. If it is broken off, the next call goes on where it was; several at a time help each other.
    Raises the errors of replaying a broken journal; `verify` names such journals.
    """
    counted, again = 0, True
    while again:
        await begin(database)
        counted = await _count(database, progress)
        again = await swap(database)
    return counted


async def recount_if_due(database: Database, progress: Progress | None = None) -> int | None:
    """As `recount` if a migration requires it; None otherwise."""
    async with database.reading() as connection:
        due = await connection.scalar(_DUE)
    return await recount(database, progress) if due is not None else None


async def _count(database: Database, progress: Progress | None) -> int:
    """Counts until no dossier of the recount is left. The number of its dossiers."""
    dossiers: int = 0
    while True:
        async with database.reading() as connection:
            run = await under_way(connection)
        if run is None:
            return dossiers
        dossiers = run.dossiers
        if progress:
            progress(run.counted, dossiers)
        if run.position >= run.last_dossier:
            return dossiers
        await count_step(database, run)
