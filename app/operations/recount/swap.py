"""Ends a recount: adds what was missing to the stored counts in one transaction."""

from sqlalchemy import bindparam, delete, select

from app.audit.verification.journal_versions import count_into, journal_of, versions
from app.audit.verification.stored_dossiers import journal_rows
from app.database import Connection, Database, Prepared
from app.database.tables import entries, recount_due
from app.operations.recount import apart, progress
from app.rollups.increments import Counts
from app.rollups.roll_up import lock_roll_up, write

_CHANGED_LATE = Prepared(
    select(entries.c.dossier_id)
    .where(entries.c.id > bindparam("last_entry"), entries.c.changes_from.is_not(None))
    .distinct()
)
_DUE = delete(recount_due)


async def swap(database: Database) -> bool:
    """Brings the recount into the counts that figures read, and ends it. True: another one has to follow.

    Readers see the counts before or after it. Writers go on: their increments stay pending meanwhile.
    """
    async with database.writing() as connection:
        await lock_roll_up(connection)
        run = await progress.under_way(connection, locked=True)
        if run is None:
            return False  # another process has ended it
        if run.position < run.last_dossier:
            return True
        await apart.add_to_stored(connection)
        await _add_late_changes_since(connection, run.last_entry)
        await apart.clear(connection)
        await progress.end(connection)
        if not run.again:
            await connection.run(_DUE)
    return bool(run.again)


async def _add_late_changes_since(connection: Connection, last_entry: int) -> None:
    """Keeps late changes by later entries, which were replaced. Those of increments still pending are added twice."""
    for (dossier_id,) in await connection.all(_CHANGED_LATE, last_entry=last_entry):
        rows = await journal_rows(connection, dossier_id)
        counts = Counts()
        count_into(counts, list(versions(journal_of(rows))), rows)
        await write(connection, Counts(late=counts.late))
