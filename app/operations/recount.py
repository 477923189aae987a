"""Makes all that figures are counted from anew, from the journals alone."""

from collections.abc import Callable, Sequence

from sqlalchemy import Table, delete, select

from app.audit.verification.journal_versions import count_into, journal_of, tellings
from app.audit.verification.stored_dossiers import COUNT, Kept, chunks
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

# Dossiers whose counts are held in memory before they are written.
_MANY = 20_000
_EMPTIED = (pending_increments, rollup_totals, rollup_cells, rollup_moves, late_changes, spans, occurrences)
_DUE = Prepared(select(recount_due.c.why))


async def recount(database: Database, progress: Progress | None = None) -> int:
    """Counts every dossier anew, in one transaction; answers with how many there are.

    Others wait with their changes until it ends. Raises what replaying a journal raises: `verify` names what is wrong
    with it.
    """
    async with database.writing() as connection:
        # A change locks its dossier first. So none happens until the end, while reading goes on.
        await lock_table(connection, dossiers, "EXCLUSIVE")
        await roll_up.lock_roll_up(connection)
        total, done, counts = await connection.scalar(COUNT), 0, Counts()
        for table in _EMPTIED:
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
    """As `recount`, where a migration asks for it; None where it need not be."""
    async with database.reading() as connection:
        due = await connection.scalar(_DUE)
    return await recount(database, progress) if due is not None else None


async def _count(connection: Connection, chunk: Sequence[Kept], counts: Counts) -> None:
    found: dict[Table, list[dict[str, object]]] = {spans: [], occurrences: []}
    for kept in chunk:
        told = list(tellings(journal_of(kept.journal)))
        for table, row in rows_of(kept.row.id, *count_into(counts, told, kept.journal)):
            found[table].append(row)
    for table, rows in found.items():
        await connection.insert_many(table, rows)
