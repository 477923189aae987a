"""Puts a backup in the place of an SQLite database, once it has been found sound."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.audit.verification.service import Difference, verify
from app.database import open_database, schema
from app.database.readiness import require_figures, require_keys
from app.database.sqlite_errors import is_among
from app.domain.errors import Conflict
from app.encryption.key_files import Keys
from app.operations.backups.atomic_files import beside, part_of, publish
from app.operations.backups.integrity import bad, check

Progress = Callable[[int, int], None]

# Differences that a refusal names; `motcua verify` names all.
_MOST_NAMED = 5


def restore(
    file: Path, database: Path, *, force: bool, keys: Keys | None = None, progress: Progress | None = None
) -> str:
    """Make the database from the backup in `file`; the revision of its schema.

    What is checked is the copy that is then put in place. With the `keys` of its personal data every journal is
    replayed and every figure recounted as well. Raises Invalid `backup_bad` for an unsound one, Conflict `file_exists`
    where there is a database unless `force`, and Conflict `database_in_use` where somebody has it open. A database that
    was there stays as it was until the new one is whole. Not for use inside an event loop.
    """
    database, file = database.resolve(), file.resolve()
    if file == database:
        raise Conflict("file_exists", f"{file} is the database itself.")
    if not force:
        _refuse_existing(database)
    logs = [path.name for path in beside(file) if path.exists() and path.stat().st_size]
    if logs:
        raise bad(f"{', '.join(logs)} lies beside it, so it is a database in use or a bare copy of one")
    with part_of(database) as part:
        shutil.copyfile(file, part)
        revision = check(part)
        if keys is not None:
            _require_agreement(part, revision, keys, progress)
        with _alone(database):
            for path in beside(database):
                # The log of another database would be written into this one.
                path.unlink(missing_ok=True)
            publish(part, database, force=force)
    return revision


def _refuse_existing(database: Path) -> None:
    found = [path for path in (database, *beside(database)) if path.exists()]
    if found:
        raise Conflict("file_exists", f"There is a database already ({found[0]}): --force replaces it.")


def _require_agreement(part: Path, revision: str, keys: Keys, progress: Progress | None) -> None:
    if revision != schema.head():
        raise bad(
            f"its schema is at {revision}, and only one at {schema.head()} can be replayed; "
            "restore it without --verify, then run `motcua migrate` and `motcua verify`"
        )
    differences = asyncio.run(_differences(part, keys, progress))
    if differences:
        named = "; ".join(str(one) for one in differences[:_MOST_NAMED])
        raise bad(f"{len(differences)} differences from its journals ({named})")


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
    """Holds the database that is to be replaced, if there is one, so that nobody writes to what nobody will see."""
    if not database.exists():
        yield
        return
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            # Only the last one that has it open may end its log, which moves it into the file: until the very end
            # the old database is whole without anything beside it.
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if is_among(error, {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}):
                raise Conflict(
                    "database_in_use", f"The database {database} is in use: stop the service, then restore."
                ) from error
            # A damaged one is what backups are for.
        yield
