"""Recounts all figures from the journals."""

from collections.abc import Callable, Sequence

from sqlalchemy import Table, delete, select

from app.audit.verification.journal_versions import count_into, journal_of, versions
from app.audit.verification.stored_dossiers import COUNT, StoredDossier, chunks
from app.database import Connection, Database, Prepared
from app.database.locks import lock_table
from app.database.tables import (
    dossiers,
    late_changes,
    occurrences,
    pending_increments,
    recount_due,
    rollup_cells,
    rollup_moves,
    rollup_totals,
    spans,
)
from app.rollups import roll_up
from app.rollups.increments import Counts
from app.rollups.service import rows_of

Progress = Callable[[int, int], None]

# Dossiers counted in memory before the counts are written.
_MANY = 20_000
_COUNTED = (pending_increments, rollup_totals, rollup_cells, rollup_moves, late_changes, spans, occurrences)
_DUE = Prepared(select(recount_due.c.why))


async def recount(database: Database, progress: Progress | None = None) -> int:
    """Recounts every dossier in one transaction. The number of dossiers.

    Changes by others wait until it ends. Raises the errors of replaying a broken journal; `verify` names such journals.
    """
    async with database.writing() as connection:
        # A change of a dossier locks its row first, so it waits for this lock. Reads continue.
        await lock_table(connection, dossiers, "EXCLUSIVE")
        await roll_up.lock_roll_up(connection)
        total, done, counts = await connection.scalar(COUNT), 0, Counts()
        for table in _COUNTED:
            await connection.run(delete(table))
        async for chunk in chunks(connection):
            await _count(connection, chunk, counts)
            done += len(chunk)
            if done % _MANY < len(chunk):
                await roll_up.write(connection, counts)
                counts = Counts()
            if progress:
                progress(done, total)
        await roll_up.write(connection, counts)
        await connection.run(delete(recount_due))
    return done


async def recount_if_due(database: Database, progress: Progress | None = None) -> int | None:
    """As `recount` if a migration requires it; None otherwise."""
    async with database.reading() as connection:
        due = await connection.scalar(_DUE)
    return await recount(database, progress) if due is not None else None


async def _count(connection: Connection, chunk: Sequence[StoredDossier], counts: Counts) -> None:
    rows_by_table: dict[Table, list[dict[str, object]]] = {spans: [], occurrences: []}
    for dossier in chunk:
        history = list(versions(journal_of(dossier.journal)))
        for table, row in rows_of(dossier.id, *count_into(counts, history, dossier.journal)):
            rows_by_table[table].append(row)
    for table, rows in rows_by_table.items():
        await connection.insert_many(table, rows)
