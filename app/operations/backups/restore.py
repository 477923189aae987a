"""Replaces an SQLite database with a backup, after checks of the backup."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.audit.verification.service import Difference, verify
from app.database import open_database, schema
from app.database.places import RESTORED
from app.database.readiness import require_figures, require_keys
from app.database.sqlite_errors import is_among
from app.domain.errors import Conflict
from app.encryption.key_files import Keys
from app.operations.backups.atomic_files import companions, part_of, publish
from app.operations.backups.integrity import bad, check

Progress = Callable[[int, int], None]

# Largest number of differences in a message; `motcua verify` lists all.
_MOST_NAMED = 5


def restore(
    file: Path, database: Path, *, force: bool, keys: Keys | None = None, progress: Progress | None = None
) -> str:
    """Makes the database from the backup in `file` and returns its schema revision.

    The checked copy itself becomes the database. With the `keys` of its personal data, the checks replay every journal
    and recount every figure. Raises Invalid `backup_bad` for a damaged backup, Conflict `file_exists` if the database
    exists, unless `force`, and Conflict `database_in_use` if a process has it open. An existing database is unchanged
    until the new one is complete. Not for use within an event loop.
    """
    database, file = database.resolve(), file.resolve()
    if file == database:
        raise Conflict("file_exists", f"{file} is the database itself.")
    if not force:
        _refuse_existing(database)
    logs = [path.name for path in companions(file) if path.exists() and path.stat().st_size]
    if logs:
        raise bad(f"{', '.join(logs)} exists next to it, so it is a database in use or an incomplete copy")
    with part_of(database) as part:
        shutil.copyfile(file, part)
        revision = check(part)
        _mark(part)
        if keys is not None:
            _require_agreement(part, revision, keys, progress)
        with _alone(database):
            for path in companions(database):
                # SQLite would apply the log of the old database to the new one.
                path.unlink(missing_ok=True)
            publish(part, database, force=force)
    return revision


def _mark(part: Path) -> None:
    """Marks the copy as restored, so that the service refuses it until `motcua resume`."""
    with closing(sqlite3.connect(part)) as connection, connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(reference_state)")}
        # A backup of an earlier version has no such column.
        if "place" in columns:
            connection.execute("UPDATE reference_state SET place = ?", (RESTORED,))


def _refuse_existing(database: Path) -> None:
    existing = [path for path in (database, *companions(database)) if path.exists()]
    if existing:
        raise Conflict("file_exists", f"The database exists already ({existing[0]}): --force replaces it.")


def _require_agreement(part: Path, revision: str, keys: Keys, progress: Progress | None) -> None:
    if revision != schema.head():
        raise bad(
            f"its schema revision is {revision}, and only {schema.head()} can be replayed; "
            "restore it without --verify, then run `motcua migrate` and `motcua verify`"
        )
    differences = asyncio.run(_differences(part, keys, progress))
    if differences:
        named = "; ".join(str(difference) for difference in differences[:_MOST_NAMED])
        raise bad(f"{len(differences)} values differ from its journals ({named})")


async def _differences(part: Path, keys: Keys, progress: Progress | None) -> list[Difference]:
    database = await open_database(f"sqlite:///{part}", keys=keys)
    try:
        async with database.reading() as connection:
            await require_figures(connection)
            await require_keys(connection)
        return await verify(database, progress)
    finally:
        await database.close()


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """Locks the database to be replaced, if it exists: writes to it during the restore would be lost."""
    if not database.exists():
        yield
        return
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            # This merges the log into the file and fails while another process has the database open. So the old
            # database is complete in one file until it is replaced.
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if is_among(error, {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}):
                raise Conflict(
                    "database_in_use", f"The database {database} is in use: stop the service, then restore."
                ) from error
            # Any other error means a damaged database, which the backup replaces.
        yield
